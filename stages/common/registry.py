"""Look up by name: one way to list what exists, one error for an unknown name.

A thing is either a file of a package (a layout, a detector) or a row of a table, a dict of a
module (a backbone, a distortion). Adding one is adding that file or that row.
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
    """The modules of a package by name, sorted; those whose name begins with ``_`` are not public.

    They are listed without being imported, and imported when they are taken.
    """

    def __init__(self, package: str) -> None:
        """Look into `package`, a dotted name."""
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
    """Return the entry `name` of `things`; `kind` names the sort of thing in the error.

    Raises
    ------
    ParamsError
        There is none.
    """
    if name not in things:
        raise ParamsError(f"unknown {kind} {name!r}; known are {', '.join(sorted(things))}")
    return things[name]


def name_in(kind: str, things: Mapping[str, Any]) -> AfterValidator:
    """Validate a parameter (``Annotated[str, …]``) as the name of one of `things`."""

    def check(name: str) -> str:
        find(kind, name, things)
        return name

    return AfterValidator(check)
