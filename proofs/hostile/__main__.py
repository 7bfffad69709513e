"""Mutated media are processed or set aside; no crash, no hang, no memory past the bound.

Command
    ``python -m proofs.hostile [--cases 10000] [--seed 0] [--media FOLDER] [--through app]``
Shows
    Sound media of every allowed container and codec (made here, or the files below FOLDER) are
    mutated: bits flipped, chunks deleted, doubled, swapped and overwritten, sizes of boxes, names
    of formats and numbers written over, ends cut, files spliced. Each case goes through what the
    stage `frames` (or the app) does with a medium, in the workers of its runner. Counts by
    outcome, the worst time and the worst memory are printed; exit code 1 if a case was lost, took
    a worker with it, was not ended in time, or broke a limit in what was stored of it.
"""

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path

from proofs.hostile.cases import run_cases
from proofs.hostile.seeds import items_of, made_items
from proofs.hostile.verdict import problems_of, summary
from proofs.hostile.watch import through_app, through_frames
from stages.common.params import load
from stages.frames.params import FramesParams


def main() -> None:
    """Run the cases and print the verdict."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--media", type=Path, metavar="FOLDER", help="sound media to start from")
    parser.add_argument("--through", choices=["frames", "app"], default="frames")
    parser.add_argument("--seconds", type=float, default=20.0, help="limit of one case")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where cases are left")
    args = parser.parse_args()
    items = items_of(args.media) if args.media else made_items()
    params = load("frames", FramesParams).model_copy(update={"max_seconds": args.seconds})
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        work = through_app if args.through == "app" else partial(through_frames, root=folder)
        run = run_cases(items, args.cases, args.seed, partial(work, params=params), folder)
    print(f"{args.cases} cases of {len(items)} items, seed {args.seed}, through {args.through}")
    print(summary(run, params.max_seconds))
    if problems := problems_of(run, params):
        sys.exit("\n".join(problems))
    print("every case was processed or skipped with a reason, within the limits")


if __name__ == "__main__":
    main()
