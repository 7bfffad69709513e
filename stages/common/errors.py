"""The tree of errors.

::

    PipelineError          fatal, and the user's to fix: one line, exit code 1, no traceback
    ├── ParamsError        params.yaml or machine.yaml: an unknown key, a wrong type or range
    ├── TableError         a table without a column, with a wrong type, a duplicate, NaN
    ├── InputError         a file, folder, archive, model or dataset layout that cannot be used
    ├── EnvironmentMismatch  an installed library is not the version that versions.yaml names
    ├── StaleCode          a stage's code is not what the stage `code` recorded
    └── TooManyFailures    more media were set aside than `max_failed_fraction` allows
    ItemError             one item cannot be processed: it becomes a row of the failure table
    └── MachineFailure     the machine, not the item, is to blame (time limit, killed worker):
                           a row as well, but the next run tries the item again
"""

from collections.abc import Sequence

MAX_NAMED = 10


def first_of(lines: Sequence[str], rest: str = "") -> list[str]:
    """Keep the first `MAX_NAMED` lines for a message, and say how many more there are.

    Parameters
    ----------
    lines : sequence of str
        One line a thing.
    rest : str
        Where the whole list is.
    """
    if len(lines) <= MAX_NAMED:
        return list(lines)
    more = f"… and {len(lines) - MAX_NAMED} more"
    return [*lines[:MAX_NAMED], f"{more} in {rest}" if rest else more]


class PipelineError(Exception):
    """A user's mistake or a broken input that ends the stage; the message says what to do."""


class ParamsError(PipelineError, ValueError):
    """A parameter is unknown, ill-typed or out of range.

    A `ValueError`, so that pydantic puts the key before it where a check of a section raises it.
    """


class TableError(PipelineError):
    """A table does not follow its schema."""


class InputError(PipelineError):
    """A declared input is missing or cannot be used."""


class EnvironmentMismatch(PipelineError):
    """An installed library differs from versions.yaml."""


class StaleCode(PipelineError):
    """The code of a stage differs from what the stage ``code`` recorded."""


class TooManyFailures(PipelineError):
    """More items failed than the parameters allow."""


class ItemError(Exception):
    """One item cannot be processed; it is skipped with this message as its reason."""


class MachineFailure(ItemError):
    """One item was not finished because of the machine; it is tried again on the next run."""
