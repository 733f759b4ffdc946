"""``python -m ispstatus`` is the ``ispstatus`` command."""

import sys

from ispstatus.cli import main

if __name__ == "__main__":
    sys.exit(main())
