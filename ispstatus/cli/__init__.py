"""The ``ispstatus`` command: parses, calls, prints, and turns our errors into exit codes.

Every command is a module with ``add(commands)``; what it needs is imported when it runs, so that ``--help`` is quick.
"""

import argparse
import sys
from collections.abc import Sequence

from ispstatus import __version__
from ispstatus.cli import agents, backup, check, demo, keys, probe, reflector, run, uplinks
from ispstatus.cli.options import EXIT_CONFIG, EXIT_FAILED
from ispstatus.model.errors import ConfigError, IspStatusError, NewerSchema


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code: 0, 1 failed, 2 usage, 78 configuration."""
    parser = argparse.ArgumentParser(
        prog="ispstatus",
        description="Tells, for each ISP uplink of this box, whether it is usable now, why not, "
        "and what it really delivered.",
        epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 78 configuration refused.",
    )
    parser.add_argument("--version", action="version", version=f"ispstatus {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in (run, check, probe, uplinks, agents, keys, demo, backup, reflector):
        module.add(commands)
    args = parser.parse_args(argv)
    try:
        code: int = args.run(args)
    except (ConfigError, NewerSchema) as error:
        print(f"ispstatus: {error}", file=sys.stderr)
        return EXIT_CONFIG
    except IspStatusError as error:
        print(f"ispstatus: {error}", file=sys.stderr)
        return EXIT_FAILED
    except BrokenPipeError:
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_FAILED
    return code
