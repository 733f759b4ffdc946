"""Packages that import all of themselves at once, of which only some modules are wanted.

``import pyroute2.netlink`` runs the ``__init__`` of pyroute2 first, which imports its databases, servers and tools:
seven megabytes of the daemon's memory that nothing here uses.
"""

import sys
from importlib.util import find_spec, module_from_spec


def load_parts_only(package: str) -> None:
    """Have the modules of ``package`` importable while its own ``__init__`` never runs in this process.

    Names the ``__init__`` would define do not exist then: import them from the module they live in. A package that is
    loaded already, or is not installed, is left alone.
    """
    spec = None if package in sys.modules else find_spec(package)
    if spec is not None:
        sys.modules[package] = module_from_spec(spec)
