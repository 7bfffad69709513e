"""Show that mutated items are processed or skipped, without crashes, hangs or excess memory.

Command
    ``python -m proofs.hostile [--cases 10000] [--seed 0] [--media FOLDER]
    [--through crops | app]``
Shows
    Valid items of every allowed container and codec (generated here, or the files below FOLDER)
    are mutated: bits are flipped; chunks are deleted, duplicated, swapped and overwritten; box
    sizes, format names and numbers are replaced; files are truncated and spliced. Each case is
    processed as in the stage `frames` (as a ready-made crop, or in the app), in the workers of the
    stage's runner. Counts by outcome, the longest time and the peak memory are printed; exit code 1
    if a case was lost, killed a worker, was not stopped in time, or exceeded a limit in its stored
    frames.
"""

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path

from proofs.hostile.cases import run_cases
from proofs.hostile.seeds import items_of, made_items
from proofs.hostile.verdict import problems_of, summary
from proofs.hostile.watch import through_app, through_crops, through_frames
from stages.common.params import load
from stages.frames.section import FramesSection


def main() -> None:
    """Run the cases and print the verdict."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--media", type=Path, metavar="FOLDER", help="valid items to mutate")
    parser.add_argument("--through", choices=["frames", "crops", "app"], default="frames")
    parser.add_argument("--seconds", type=float, default=20.0, help="time limit of one case")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="folder in which to keep the cases"
    )
    args = parser.parse_args()
    items = items_of(args.media) if args.media else made_items()
    params = load("frames", FramesSection).model_copy(update={"max_seconds": args.seconds})
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        work = {
            "frames": partial(through_frames, root=folder),
            "crops": partial(through_crops, root=folder),
            "app": through_app,
        }[args.through]
        run = run_cases(items, args.cases, args.seed, partial(work, params=params), folder)
    print(f"{args.cases} cases of {len(items)} items, seed {args.seed}, through {args.through}")
    print(summary(run, params.max_seconds))
    if problems := problems_of(run, params):
        sys.exit("\n".join(problems))
    print("every case was processed or skipped with a reason, within the limits")


if __name__ == "__main__":
    main()
