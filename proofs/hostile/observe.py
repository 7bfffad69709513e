"""Run inside the process that decodes a stranger's file: what the work took of memory.

That process imports this module again for each item, so it imports next to nothing.
"""

import resource
from collections.abc import Callable
from typing import Any

from stages.common.errors import ItemError


def observed(function: Callable, *arguments: Any) -> tuple[Any, int]:
    """A function's result, and the most resident memory of this process so far in bytes.

    A `ItemError` carries it as its attribute ``peak``.
    """
    try:
        return function(*arguments), _peak()
    except ItemError as error:
        error.peak = _peak()
        raise


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
