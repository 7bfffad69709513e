"""Look up variants by name, with one error message for unknown names.

A variant is either a module of a package (a layout, a detector) or an entry of a dict (a backbone,
a distortion). To add one, add that module or entry.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, TypeVar

from pydantic import AfterValidator

from stages.common.errors import ParamsError

T = TypeVar("T")


class Modules(Mapping[str, ModuleType]):
    """The modules of a package by name, sorted; names that begin with ``_`` are left out.

    Listing the modules does not import them; a module is imported when it is looked up.
    """

    def __init__(self, package: str) -> None:
        """List the modules of `package`, a dotted name."""
        self._package = package

    def __getitem__(self, name: str) -> ModuleType:
        if name not in self._names():
            raise KeyError(name)
        return import_module(f"{self._package}.{name}")

    def __contains__(self, name: object) -> bool:
        return name in self._names()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def _names(self) -> list[str]:
        names = [module.name for module in iter_modules(import_module(self._package).__path__)]
        return sorted(name for name in names if not name.startswith("_"))


def find(kind: str, name: str, things: Mapping[str, T]) -> T:
    """Return the entry `name` of `things`; the error message calls it a `kind`.

    Raises
    ------
    ParamsError
        There is no such entry.
    """
    if name not in things:
        raise ParamsError(f"unknown {kind} {name!r}; known are {', '.join(sorted(things))}")
    return things[name]


def name_in(kind: str, things: Mapping[str, Any]) -> AfterValidator:
    """Create a validator (for ``Annotated[str, …]``) that accepts only the names in `things`."""

    def check(name: str) -> str:
        find(kind, name, things)
        return name

    return AfterValidator(check)
