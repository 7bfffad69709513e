"""Many mutated items through the runner of the stages."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

import pandas as pd

from proofs.hostile.mutate import mutate
from stages.common.items import ItemResult, Job, Outcome, run_items


@dataclass(frozen=True)
class Run:
    """What became of the cases.

    Attributes
    ----------
    cases : list of str
        Their names; a name begins with that of the item that was mutated.
    outcome : Outcome
        As the runner gives it.
    notes : DataFrame
        A row a case or more: ``case``, ``seconds``, ``decoder`` and ``worker`` (bytes).
    """

    cases: list[str]
    outcome: Outcome
    notes: pd.DataFrame


def run_cases(
    items: dict[str, bytes], count: int, seed: int, work: Callable[..., ItemResult], folder: Path
) -> Run:
    """Mutate items and work on each.

    Parameters
    ----------
    items : dict of str to bytes
        Sound items by name, taken in turn.
    count : int
        Number of cases.
    seed : int
        With the number of a case, what happens in it.
    work : callable
        A partial of a function of `proofs.hostile.watch`, without ``path`` and ``notes``.
    folder : Path
        Where the cases are written, under ``items``; absolute.
    """
    for name in ("item", "notes"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    names, others = sorted(items), list(items.values())
    jobs = []
    for number in range(count):
        name = names[number % len(names)]
        path = folder / "item" / f"{name.replace('/', ' ')}-{seed}-{number}"
        path.write_bytes(mutate(items[name], others, Random(f"{seed} {number}")))
        jobs.append(Job("hostile", "mutated", path.name, str(number), path))
    work = partial(work, notes=folder / "notes")
    outcome = run_items(work, jobs, folder / "items", {"versions": {}}, {}, "hostile", 1.0)
    lines = [
        json.loads(line)
        for file in sorted((folder / "notes").iterdir())
        for line in file.read_text().splitlines()
    ]
    return Run([job.item for job in jobs], outcome, pd.DataFrame(lines))
