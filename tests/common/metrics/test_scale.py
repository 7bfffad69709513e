"""A million scores are measured in a minute and 2 GiB."""

import subprocess
import sys
from pathlib import Path

import pytest

from stages.common.metrics.definitions import DEFINITIONS

REPO = Path(__file__).parents[3]

MEASURE = """
import resource
import sys
import numpy as np
import pandas as pd
from stages.common.metrics.aggregate import Aggregation, aggregate
from stages.common.metrics.bootstrap import Intervals
from stages.common.metrics.decision import Decision, Level, FittedOn
from stages.common.metrics.metrics_table import LevelScores, MetricsParams, metrics_table
from stages.common.metrics.score_tables import score_tables

videos, faces = 20_000, 50
rng = np.random.default_rng(0)
video = np.repeat(np.arange(videos), faces)
label = np.array(["real", "fake"])[video % 2]
table = pd.DataFrame({
    "dataset": "made",
    "method": np.where(video % 2, np.array(["a", "b", "c", "d"])[video // 4 % 4], "real"),
    "item": np.char.add("v", (video // 2).astype(str)),
    "frame": np.tile(np.arange(faces), videos),
    "track": 0,
    "confidence": 0.9,
    "split": np.array(["val", "test"])[video // 2 % 2],
    "label": label,
    "group": np.char.add("made/", (video // 2).astype(str)),
    "target": np.char.add("made/", (video // 2).astype(str)),
    "donor": "",
})
logits = rng.normal(np.where(label == "fake", 1.0, -1.0), 2.0)
level = Level(slope=1.0, bias=0.0, prior=0.5, val_share=0.5, threshold=0.5)
decision = Decision(
    aggregation=Aggregation(method="mean", top_k=3, by="person", consistency=0.5, min_faces=3),
    frame=level, video=level,
    fitted_on=FittedOn(split="val", sha256="", datasets=["made"], faces=1, items=1, groups=1),
)
frames, items = score_tables(table, logits, decision)
intervals = Intervals(replicates=1000, confidence=0.95, min_clusters=10, seed=0)
settings = MetricsParams(ece_bins=15, intervals=intervals)
levels = {"frame": LevelScores(frames, 0.5), "video": LevelScores(items, 0.5)}
rows = len(metrics_table(levels, settings))
used = resource.getrusage(resource.RUSAGE_SELF)
print(rows, int(used.ru_utime + used.ru_stime), used.ru_maxrss // 1024)
"""


@pytest.mark.slow
def test_a_million_scores_with_a_thousand_replicates():
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], cwd=REPO, capture_output=True, text=True, check=True
    )
    rows, seconds, mebibytes = map(int, done.stdout.split())
    print(f"{seconds} s of processor time, {mebibytes} MiB")
    assert rows == 2 * 2 * 5 * len(DEFINITIONS)
    assert seconds < 60
    assert mebibytes < 2048
