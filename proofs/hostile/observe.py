"""Measure peak memory inside the process that decodes an untrusted file.

What it imports, the fork server imports once for all items.
"""

import resource
from collections.abc import Callable
from typing import Any

import stages.faces.whole_picture  # noqa: F401
from stages.common.errors import ItemError


def observed(function: Callable, *arguments: Any) -> tuple[Any, int]:
    """Call a function; return its result and the peak resident memory of this process in bytes.

    If it raises an `ItemError`, the peak is stored in the error's attribute ``peak``.
    """
    try:
        return function(*arguments), _peak()
    except ItemError as error:
        error.peak = _peak()
        raise


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
