"""Measure peak memory inside the process that decodes an untrusted file.

That process imports this module again for each item, so the module imports next to nothing.
"""

import resource
from collections.abc import Callable
from typing import Any

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
