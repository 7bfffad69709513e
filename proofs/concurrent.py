"""Show that concurrent `dvc` commands do not harm each other.

Command
    ``python -m proofs.concurrent [--profile tiny] [--target STAGE]``
Shows
    In fresh clones of the committed state, up to STAGE or to the end:

    - A second ``dvc repro`` in a clone where one is running fails with an error that says so and
      runs no stage, and the first one is not affected.
    - Independent stages run concurrently, each in its own ``dvc --wait-for-lock repro
      --single-item``, and ``dvc.lock`` gets the same entries.
    - Two clones that share a cache run concurrently: their ``dvc.lock`` files are byte-identical,
      and the content of every cache object matches its name.

    Otherwise, the differences are printed and the exit code is 1.
"""

import hashlib
import sys
import tempfile
import time
from pathlib import Path

import networkx
import yaml
from dvc.repo import Repo

from proofs.clones import dvc, dvc_started, fresh_clone, profile_and_targets

_BUSY = ("is busy", "Unable to acquire lock")


def second_is_refused(clone: Path, targets: list[str]) -> list[str]:
    """Start a second repro while another one runs.

    Parameters
    ----------
    clone : Path
        A repository whose stages take some seconds.
    targets : list of str
        Stages that both run; all if empty.

    Returns
    -------
    list of str
        One sentence per error. The first repro has ended.
    """
    first = dvc_started(clone, "repro", *targets)
    ran = []
    for line in first.stdout:
        ran.append(line)
        if line.startswith("Running stage"):
            break
    second = dvc(clone, "repro", *targets)
    alone = first.poll() is None
    ran.append(first.communicate()[0])
    problems = [] if alone else ["the first repro ended before the second: nothing was shown"]
    if first.returncode:
        problems.append(f"the first repro failed: {''.join(ran)[-2000:]}")
    if not second.returncode:
        problems.append("the second repro did not fail")
    if not any(words in second.stderr for words in _BUSY):
        problems.append(f"the second repro does not say why: {second.stderr}")
    if "Running stage" in second.stdout:
        problems.append(f"the second repro ran a stage: {second.stdout}")
    return problems


def run_side_by_side(clone: Path, targets: list[str]) -> list[str]:
    """Run all stages, independent ones concurrently, each with its own command.

    Returns
    -------
    list of str
        One sentence per error.
    """
    problems = []
    for generation in generations(clone, targets):
        running = {
            name: dvc_started(clone, "--wait-for-lock", "repro", "--single-item", name)
            for name in generation
        }
        for name, process in running.items():
            said, _ = process.communicate()
            if process.returncode:
                problems.append(f"{name} failed beside {len(running) - 1} others: {said[-2000:]}")
    return problems


def generations(clone: Path, targets: list[str]) -> list[list[str]]:
    """Stage names in topological order; the stages of one list can run concurrently."""
    with Repo(str(clone)) as repo:
        graph = repo.index.graph
        wanted = {stage for stage in graph if not targets or stage.name in targets}
        needed = wanted.union(*(networkx.descendants(graph, stage) for stage in wanted))
        layers = networkx.topological_generations(graph.subgraph(needed).reverse())
        return [sorted(stage.name for stage in layer) for layer in layers]


def share_cache(clones: list[Path], cache: Path, targets: list[str]) -> list[str]:
    """Run clones that share a cache concurrently.

    Returns
    -------
    list of str
        One sentence per failed run, and per cache object whose content does not match its name.
    """
    running = []
    for clone in clones:
        dvc(clone, "config", "--local", "cache.dir", str(cache))
        running.append(dvc_started(clone, "repro", *targets))
    problems = []
    for clone, process in zip(clones, running, strict=True):
        said, _ = process.communicate()
        if process.returncode:
            problems.append(f"{clone} failed: {said[-2000:]}")
    return problems + wrong_objects(cache)


def wrong_objects(cache: Path) -> list[str]:
    """Cache objects whose content does not match their name; DVC does not verify them itself."""
    objects = [path for path in (cache / "files" / "md5").rglob("*") if path.is_file()]
    return [
        f"{path} is damaged"
        for path in objects
        if hashlib.md5(path.read_bytes()).hexdigest() != (path.parent.name + path.stem)
    ] or ([] if objects else [f"{cache} holds nothing"])


def main() -> None:
    """Run all three checks."""
    profile, targets = profile_and_targets(__doc__)
    with tempfile.TemporaryDirectory() as temporary:
        clones = {
            name: fresh_clone(Path(temporary) / name, profile)
            for name in ("one", "side", "shared", "shared too")
        }
        shown = {
            "a second repro is refused": lambda: second_is_refused(clones["one"], targets),
            "stages run side by side": lambda: run_side_by_side(clones["side"], targets),
            "two clones share a cache": lambda: share_cache(
                [clones["shared"], clones["shared too"]], Path(temporary) / "cache", targets
            ),
        }
        problems = []
        for name, show in shown.items():
            start = time.monotonic()
            found = show()
            problems += found
            print(f"{name}: {'; '.join(found) or 'right'}, {time.monotonic() - start:.0f} s")
        locks = {name: (clone / "dvc.lock").read_bytes() for name, clone in clones.items()}
    for name in ("shared", "shared too"):
        if locks[name] != locks["one"]:
            problems.append(f"the lock of the clone '{name}' differs")
    entries = {name: yaml.safe_load(lock)["stages"] for name, lock in locks.items()}
    if entries["side"] != entries["one"]:
        problems.append("side by side, dvc.lock has other entries")
    if problems:
        sys.exit("\n".join(problems))
    print(f"all locks are right: {len(entries['one'])} stages")


if __name__ == "__main__":
    main()
