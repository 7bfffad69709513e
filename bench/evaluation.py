"""Measure everything after scoring at a large size: metrics, leaderboard, tests, reports.

Command
    ``python -m bench.evaluation [--faces 1000000] [--items 128000] [--models 20] [--datasets 10]``
Folder
    a temporary one, with made score tables of that size: each item is of one of `METHODS` methods
    or real, three fakes to a real, in groups of four items; the logits are those of the label,
    the group, the item and the face

First ``evaluate`` of one model, from its logits on, in this process: fitting the decision on val,
score tables, metrics, plots. Then ``python -m stages.compare``, as DVC runs it. The table gives
wall and CPU seconds and the largest memory of each; what takes place once a model is counted for
all.
"""

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from bench.repository import ROOT, temporary_repository
from bench.watched import memory_of_all, run_watched
from stages.common import table
from stages.common.metrics.decision import DecisionParams, fit_decision
from stages.common.metrics.metrics_table import MetricsParams
from stages.common.metrics.score_tables import score_tables, write_scores
from stages.common.params import check
from stages.common.tables.scores import BASELINE
from stages.common.tables.splits import ITEMS, ITEMS_PATH, split_path
from stages.evaluate.__main__ import write_metrics_of
from stages.profiles import profile
from stages.train.backbones import BACKBONES

METHODS = 5
ITEMS_A_GROUP = 4
VAL_SHARE = 0.1
_SECONDS_BETWEEN_READINGS = 0.2


def main() -> None:
    """Make the tables, run both parts and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--faces", type=int, default=1_000_000)
    parser.add_argument("--items", type=int, default=128_000)
    parser.add_argument("--models", type=int, default=20)
    parser.add_argument("--datasets", type=int, default=10)
    args = parser.parse_args()
    with temporary_repository():
        params = parameters(args.models, args.datasets)
        Path("params.yaml").write_text(yaml.safe_dump(params))
        rows = [of_evaluate(args, params), of_compare()]
        models = [args.models, 1]
        measured = pd.DataFrame(rows, index=["evaluate, after the network", "compare"])
        measured.insert(0, "times", models)
        print(measured.to_markdown(floatfmt=".1f"))
        total, cpu = measured[["seconds", "CPU s"]].mul(models, axis=0).sum()
        print(
            f"\nall of it: {total:.0f} s, CPU {cpu:.0f} s; {measured['GiB'].max():.1f} GiB at most"
        )


def parameters(models: int, datasets: int) -> dict[str, object]:
    """The sample's parameters, with so many models, the baseline among them, and datasets.

    Half of the models are backbones; the others are other programs, which score the same faces.
    """
    params = profile("sample", root=ROOT)
    names = dataset_names(datasets)
    roles = ["seen", *["unseen"] * (datasets - 1)]
    params["datasets"] = {
        name: {"role": role, "layout": "folder"} for name, role in zip(names, roles, strict=True)
    }
    params["backbones"] = list(BACKBONES)[: models // 2]
    others = models - 1 - len(params["backbones"])
    params["scores"] = {f"program{number}": {"file": "none.csv"} for number in range(others)}
    return params


def dataset_names(count: int) -> list[str]:
    """Names of made datasets; the first one is seen."""
    return [f"dataset{number}" for number in range(count)]


def made_faces(faces: int, items: int, datasets: int) -> pd.DataFrame:
    """Rows as `stages.common.metrics.score_tables.read_scored_faces` gives them, in order."""
    number = np.arange(items)
    dataset = number * datasets // items
    fake = number % ITEMS_A_GROUP > 0
    group = [
        f"dataset{of}/g{one:06d}" for of, one in zip(dataset, number // ITEMS_A_GROUP, strict=True)
    ]
    seen = np.where(number < VAL_SHARE * items / datasets, "val", "test")
    about = pd.DataFrame(
        {
            "dataset": [f"dataset{of}" for of in dataset],
            "method": np.where(fake, [f"method{one % METHODS}" for one in number], "real"),
            "item": [f"i{one:06d}" for one in number],
            "split": np.where(dataset == 0, seen, "unseen"),
            "label": np.where(fake, "fake", "real"),
            "group": group,
            "target": group,
            "donor": "",
        }
    )
    of_item = np.arange(faces) * items // faces
    first = np.searchsorted(of_item, number)
    rows = about.iloc[of_item].reset_index(drop=True)
    return rows.assign(frame=np.arange(faces) - first[of_item], track=0, confidence=0.99)


def made_logits(faces: pd.DataFrame, seed: int) -> np.ndarray:
    """Log odds of fake of each face: float, shape (n,)."""
    rng = np.random.default_rng(seed)
    effects = [
        rng.normal(size=codes.max() + 1)[codes]
        for codes in (pd.factorize(faces[column])[0] for column in ("group", "item"))
    ]
    label = np.where(faces["label"] == "fake", 1.0, -1.0)
    return label + np.sum(effects, axis=0) + rng.normal(size=len(faces))


def of_evaluate(args: argparse.Namespace, params: dict[str, object]) -> dict[str, float]:
    """Seconds and GiB of one model's evaluation; score tables of the others are written, too."""
    faces = made_faces(args.faces, args.items, args.datasets)
    items = faces.groupby(table.KEY).first().reset_index().assign(faces=1, attributes="")
    table.write(ITEMS_PATH, items, ITEMS)
    faces[faces["split"] == "val"].to_csv(split_path("val"), index=False)  # whose digest is kept
    decision_params = check(params["decision"], DecisionParams, "decision.")
    metrics_params = check(params["metrics"], MetricsParams, "metrics.")
    models = [*params["backbones"], BASELINE, *params["scores"]]
    for seed, model in enumerate(models[::-1]):
        logits = made_logits(faces, seed)
        start, cpu_start = time.perf_counter(), time.process_time()
        val = (faces["split"] == "val").to_numpy()
        decision = fit_decision(faces[val], logits[val], decision_params)
        frames, videos = score_tables(faces, logits, decision)
        write_scores(model, frames, videos)
    write_metrics_of(models[0], frames, videos, decision, metrics_params)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu_start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"seconds": seconds, "CPU s": cpu, "GiB": peak}


def of_compare() -> dict[str, float]:
    """Seconds and GiB of the stage `compare`."""
    subprocess.run([sys.executable, "-m", "stages.code"], check=True, capture_output=True)
    before = _cpu_of_children()
    ran = run_watched(["-m", "stages.compare"], memory_of_all, _SECONDS_BETWEEN_READINGS)
    cpu = _cpu_of_children() - before
    return {"seconds": ran.seconds, "CPU s": cpu, "GiB": ran.peak / 2**30}


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
