"""Check, without the data, that dvc.lock matches dvc.yaml, params.yaml, the code and git.

Command
    ``python -m proofs.lock``
Shows
    One line with the number of stages compared; or each error, and exit code 1. It requires only
    the checkout, without data, cache or remote, so it can run on a reviewer's or a CI machine.
"""

import sys

from dvc.exceptions import DvcException
from dvc.repo import Repo

from review.lock import lock_problems
from stages.common.errors import PipelineError


def main() -> None:
    """Print the verdict on the checkout in the current folder."""
    try:
        problems = lock_problems()
    except (DvcException, PipelineError) as error:
        sys.exit(f"error: {error}")
    if problems:
        sys.exit("dvc.lock does not belong to this checkout:\n" + "\n".join(problems))
    with Repo() as repo:
        count = len(repo.index.stages)
    print(f"dvc.lock belongs to this checkout: {count} stages compared")


if __name__ == "__main__":
    main()
