"""The hierarchy of errors.

::

    PipelineError          fatal, for the user to fix: one message, exit code 1, no traceback
    ├── ParamsError        params.yaml or machine.yaml: an unknown key, a wrong type or range
    ├── TableError         a table with a missing column, a wrong type, a duplicate key or a NaN
    ├── InputError         a file, folder, archive, model or dataset layout that cannot be used
    ├── EnvironmentMismatch  an installed library is not the version that versions.yaml names
    ├── StaleCode          a stage's code is not what the stage `code` recorded
    └── TooManyFailures    more items failed than `max_failed_fraction` allows
    ItemError             one item cannot be processed: it becomes a row of the failure table
    └── MachineFailure     caused by the machine, not the item (time limit, killed process):
                           also a row, but the next run retries the item
"""

from collections.abc import Sequence

MAX_NAMED = 10


def first_of(lines: Sequence[str], rest: str = "") -> list[str]:
    """Return the first `MAX_NAMED` lines for a message, and a line that counts the rest.

    Parameters
    ----------
    lines : sequence of str
        One line per entry.
    rest : str
        File that contains all of them, if any.
    """
    if len(lines) <= MAX_NAMED:
        return list(lines)
    more = f"… and {len(lines) - MAX_NAMED} more"
    return [*lines[:MAX_NAMED], f"{more} in {rest}" if rest else more]


class PipelineError(Exception):
    """A user error or broken input that ends the stage; the message says what to do."""


class ParamsError(PipelineError, ValueError):
    """A parameter is unknown, ill-typed or out of range.

    It is a `ValueError` so that pydantic adds the key when a section's validator raises it.
    """


class TableError(PipelineError):
    """A table does not follow its schema."""


class InputError(PipelineError):
    """A declared input is missing or cannot be used."""


class EnvironmentMismatch(PipelineError):
    """The installed version of a library differs from versions.yaml."""


class StaleCode(PipelineError):
    """The code of a stage differs from the digests that the stage ``code`` recorded."""


class TooManyFailures(PipelineError):
    """More items failed than the parameters allow."""


class ItemError(Exception):
    """One item cannot be processed; it is skipped, and the failure table holds this message."""


class MachineFailure(ItemError):
    """One item was not finished because of the machine; the next run retries it."""
