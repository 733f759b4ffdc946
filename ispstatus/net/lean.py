"""Packages that import all of themselves at once, loaded only as far as they are used.

``import pyroute2.netlink`` runs the ``__init__`` of pyroute2 first, which imports its databases, servers and tools:
seven megabytes that the daemon has no use for.
"""

import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from types import ModuleType

from typing_extensions import override


class _Late(ModuleType):
    """A package that runs its own code when somebody asks for something that is not there yet."""

    @override
    def __getattr__(self, name: str) -> object:
        spec = self.__spec__
        is_module = not name.startswith("__") and find_spec(f"{self.__name__}.{name}") is not None
        if name.startswith("__") or is_module or spec is None or spec.loader is None:
            raise AttributeError(name)  # a module is imported by whoever asked for it
        self.__class__ = ModuleType  # type: ignore[assignment]
        spec.loader.exec_module(self)
        return getattr(self, name)


def load_late(package: str) -> None:
    """Have modules of ``package`` importable without running the package's own code; it runs when it is used."""
    if package in sys.modules:
        return
    spec: ModuleSpec | None = find_spec(package)
    if spec is not None:
        module = module_from_spec(spec)
        module.__class__ = _Late
        sys.modules[package] = module
