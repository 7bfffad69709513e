import numpy as np
import pandas as pd
import pytest

from stages.common.metrics.bootstrap import Intervals
from stages.common.metrics.metrics_table import MetricsParams
from stages.robustness.curves import robustness
from stages.robustness.subsample import subsample


def faces(groups=6, frames=7):
    return pd.DataFrame(
        [
            ("d", label if label == "real" else "m", f"{group}_{label}", frame, label, f"g{group}")
            for group in range(groups)
            for label in ("real", "fake")
            for frame in range(frames)
        ],
        columns=["dataset", "method", "item", "frame", "label", "group"],
    )


def test_groups_are_whole_and_faces_evenly_spaced():
    chosen = subsample(faces(), groups=4, faces_per_item=1, seed=0)
    assert chosen["group"].nunique() == 4
    assert len(chosen) == 4 * 2
    assert set(chosen["frame"]) == {3}
    assert set(subsample(faces(), 4, 3, 0)["frame"]) == {1, 3, 5}


@pytest.mark.parametrize("wanted", range(1, 12))
@pytest.mark.parametrize("frames", [1, 2, 7, 8])
def test_as_many_faces_as_wanted_or_as_there_are(wanted, frames):
    chosen = subsample(faces(frames=frames), 6, wanted, 0)
    counts = chosen.groupby("item").size()
    assert (counts == min(wanted, frames)).all()


def test_the_seed_decides_and_the_order_of_rows_does_not():
    table = faces(groups=20)
    drawn = subsample(table, 5, 1, seed=0)["group"].unique()
    turned = subsample(table.sample(frac=1, random_state=0), 5, 1, seed=0)["group"]
    assert set(drawn) == set(turned)
    assert set(drawn) != set(subsample(table, 5, 1, seed=1)["group"])


@pytest.mark.end_to_end
def test_a_model_that_looks_at_contrast_fails_when_it_is_taken():
    table = subsample(faces(groups=12, frames=1), 12, 1, 0)
    table = table.assign(target=table["group"], donor="")
    rng = np.random.default_rng(0)
    spread = np.where(table["label"] == "fake", 40, 20)
    crops = [
        np.clip(rng.normal(128, sigma, (32, 32, 3)), 0, 255).astype(np.uint8) for sigma in spread
    ]

    def score(pictures):
        return np.array([min(picture.std() / 60, 0.99) for picture in pictures])

    intervals = Intervals(replicates=100, confidence=0.95, min_clusters=5, seed=0)
    found = robustness(table, crops, score, 0.5, 0, MetricsParams(ece_bins=10, intervals=intervals))
    assert len(found) == 8 * 6
    clean = found[found["level"] == 0]
    assert (clean["auc"] == 1).all()
    worst = found[(found["distortion"] == "contrast") & (found["level"] == 5)].iloc[0]
    assert worst["balanced_accuracy"] == 0.5
    assert worst["auc"] > 0.9
