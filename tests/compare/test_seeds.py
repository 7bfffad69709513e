import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from stages.compare.seeds import auc_over_seeds, with_seeds


def made_videos(seed, datasets=("easy", "hard")):
    """Scores of items by one training; the last item of each dataset has no face."""
    rng = np.random.default_rng(seed)
    rows = [
        ("unseen", dataset, label, 4 if number < 19 else 0)
        for dataset in datasets
        for number in range(20)
        for label in ("real", "fake")
    ]
    table = pd.DataFrame(rows, columns=["split", "dataset", "label", "faces"])
    return table.assign(p_fake=0.4 * (table["label"] == "fake") + 0.6 * rng.random(len(table)))


def auc_of(videos, dataset):
    rows = videos[(videos["dataset"] == dataset) & (videos["faces"] > 0)]
    return roc_auc_score(rows["label"] == "fake", rows["p_fake"])


def test_mean_and_deviation_over_trainings_are_those_of_their_aucs():
    trainings = [made_videos(seed) for seed in range(3)]
    found = auc_over_seeds(trainings).set_index("dataset")
    aucs = {name: [auc_of(videos, name) for videos in trainings] for name in ("easy", "hard")}
    aucs["macro_average"] = np.mean([aucs["easy"], aucs["hard"]], axis=0)
    for name, values in aucs.items():
        assert found.loc[name, "seeds"] == 3
        assert found.loc[name, "auc_seed_mean"] == pytest.approx(np.mean(values))
        assert found.loc[name, "auc_seed_deviation"] == pytest.approx(np.std(values, ddof=1))


def test_one_training_has_no_deviation():
    found = auc_over_seeds([made_videos(0, ["easy"])])
    assert found["dataset"].tolist() == ["easy"]
    assert found["auc_seed_deviation"].isna().all()


def test_only_rows_by_video_of_backbones_get_a_spread():
    board = pd.DataFrame(
        [("unseen", "easy", level, model) for level in ("frame", "video") for model in ("a", "b")],
        columns=["split", "dataset", "level", "model"],
    ).assign(seeds=1, auc_seed_mean=np.nan, auc_seed_deviation=np.nan)
    found = with_seeds(board, {"a": [made_videos(0), made_videos(1)], "b": [made_videos(2)]})
    several = found[found["seeds"] == 2]
    assert several[["level", "model"]].to_numpy().tolist() == [["video", "a"]]
    assert found["auc_seed_mean"].notna().sum() == 1
