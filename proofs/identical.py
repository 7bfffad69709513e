"""Show that two clean runs on one type of CPU give byte-identical dvc.lock files.

Command
    ``python -m proofs.identical [--profile tiny] [--workers 1 3]``
Shows
    The pipeline runs in two fresh clones of the committed state, in different folders, with empty
    caches and different numbers of workers. If their ``dvc.lock`` files differ, the differing
    entries are printed and the exit code is 1. The lock covers models, metrics and plots.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import yaml

from proofs.clones import fresh_clone, repro


def differing_outs(first: dict, second: dict) -> list[str]:
    """Outs whose hashes differ between two parsed ``dvc.lock`` files, or that only one has."""
    hashes = [
        {
            f"{stage}: {out['path']}": out["md5"]
            for stage, entry in lock["stages"].items()
            for out in entry.get("outs", [])
        }
        for lock in (first, second)
    ]
    names = sorted(hashes[0].keys() | hashes[1].keys())
    return [name for name in names if hashes[0].get(name) != hashes[1].get(name)]


def main() -> None:
    """Run the pipeline in both clones and compare their locks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--profile", default="tiny", help="a file in profiles/ (default: tiny)")
    parser.add_argument("--workers", nargs=2, default=["1", "3"], metavar="N")
    args = parser.parse_args()
    locks = []
    with tempfile.TemporaryDirectory() as temporary:
        for number, workers in enumerate(args.workers):
            folder = Path(temporary) / f"clone {number}" / ("deeper" * number)
            print(f"run {number + 1} with {workers} workers in {folder}", file=sys.stderr)
            fresh_clone(folder, args.profile)
            run = repro(folder, MACHINE_WORKERS=workers)
            if run.returncode:
                sys.exit(f"the pipeline failed:\n{run.stdout}\n{run.stderr}")
            locks.append((folder / "dvc.lock").read_bytes())
    if locks[0] == locks[1]:
        outs = sum(len(stage["outs"]) for stage in yaml.safe_load(locks[0])["stages"].values())
        print(f"identical: {outs} outs, dvc.lock the same to the byte ({len(locks[0])} bytes)")
        return
    differing = differing_outs(*map(yaml.safe_load, locks))
    sys.exit("dvc.lock differs:\n" + "\n".join(differing or ["  only in the order of entries"]))


if __name__ == "__main__":
    main()
