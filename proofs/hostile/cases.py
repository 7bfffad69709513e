"""Run many mutated items through the runner of the stages."""

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
    """The results of all cases.

    Attributes
    ----------
    cases : list of str
        Names of the cases; each begins with the name of the mutated item.
    outcome : Outcome
        The outcome from the runner.
    notes : DataFrame
        One or more rows per case: ``case``, ``seconds``, and the peak memory of the ``decoder``
        and the ``worker`` in bytes.
    """

    cases: list[str]
    outcome: Outcome
    notes: pd.DataFrame


def run_cases(
    items: dict[str, bytes], count: int, seed: int, work: Callable[..., ItemResult], folder: Path
) -> Run:
    """Mutate items and run `work` on each.

    Parameters
    ----------
    items : dict of str to bytes
        Valid items by name, used in turn.
    count : int
        Number of cases.
    seed : int
        Determines, with the number of a case, how it is mutated.
    work : callable
        A partial of a function of `proofs.hostile.watch` that takes ``path`` and ``notes``.
    folder : Path
        Absolute path; the cases are written to its folder ``item``.
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
