"""Compare two commits: changes in parameters, data and metrics, and whether they are better.

Command
    ``python -m review BASE [HEAD] [--out FOLDER]``
Reads
    from git only: a checkout of each commit without data, of which nothing is run. BASE and HEAD
    (default: HEAD) are branches, tags, commits or DVC experiments
Writes
    the bottom line to standard output, and to standard error whether a dvc.lock is wrong;
    to FOLDER (default: .work/review): ``report.html``, a single file that can be read offline, and
    ``report.md``, short enough for a comment on a pull request
"""

import argparse
import sys
import tempfile
from pathlib import Path

from review.page import comment, page
from review.report import compare
from review.revision import read_revision
from stages.common.errors import PipelineError, first_of
from stages.common.files import write_whole
from stages.common.quiet import quiet_libraries


def main() -> None:
    """Write the report on two commits."""
    parser = argparse.ArgumentParser(
        prog="python -m review",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("base", metavar="BASE")
    parser.add_argument("head", metavar="HEAD", nargs="?", default="HEAD")
    parser.add_argument("--out", metavar="FOLDER", type=Path, default=Path(".work/review"))
    args = parser.parse_args()
    quiet_libraries()
    with tempfile.TemporaryDirectory() as temporary:
        try:
            base, head = (
                read_revision(name, Path(temporary) / side)
                for side, name in {"base": args.base, "head": args.head}.items()
            )
            report = compare(base, head)
            texts = {"report.html": page(report), "report.md": comment(report)}
        except PipelineError as error:
            sys.exit(f"error: {error}")
        for revision in report.wrong_locks:
            problems = "\n  ".join(first_of(revision.lock_problems, "report.html"))
            print(f"dvc.lock does not belong to {revision}:\n  {problems}", file=sys.stderr)
        print(report.bottom_line)
    for name, text in texts.items():
        write_whole(args.out / name, text)
        print(args.out / name)


if __name__ == "__main__":
    main()
