import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from stages.common.metrics.curves import POINTS, roc, thin
from stages.evaluate.plots import confusion_panel, each_panel, histogram_panel, roc_panel


def scores(size=5000, seed=0):
    rng = np.random.default_rng(seed)
    fake = rng.random(size) < 0.5
    return pd.DataFrame(
        {
            "split": "test",
            "dataset": "made",
            "label": np.where(fake, "fake", "real"),
            "fake": fake,
            "p_fake": 1 / (1 + np.exp(-rng.normal(fake, 1))),
            "threshold": 0.6,
        }
    )


def test_a_short_curve_keeps_its_area():
    rows = scores(size=60)
    fake, p_fake = rows["fake"].to_numpy(), rows["p_fake"].to_numpy()
    curve = roc(fake, p_fake)
    assert np.trapezoid(curve["tpr"], curve["fpr"]) == pytest.approx(roc_auc_score(fake, p_fake))


def test_a_thinned_curve_is_small_and_keeps_its_area():
    rows = scores()
    curve = roc(rows["fake"].to_numpy(), rows["p_fake"].to_numpy())
    assert len(curve) <= POINTS + 1
    assert curve.iloc[0].tolist() == [0, 0]
    assert curve.iloc[-1].tolist() == [1, 1]
    area = np.trapezoid(curve["tpr"], curve["fpr"])
    assert area == pytest.approx(roc_auc_score(rows["fake"], rows["p_fake"]), abs=2e-3)


def test_a_short_curve_keeps_its_corners():
    curve = pd.DataFrame({"fpr": [0.0, 0.0, 1.0], "tpr": [0.0, 1.0, 1.0]})
    assert thin(curve).to_numpy().tolist() == curve.to_numpy().tolist()


def test_confusion_counts_every_score_and_names_empty_cells():
    counts = confusion_panel(scores().assign(threshold=2.0))
    assert counts["count"].sum() == 5000
    assert len(counts) == 4
    assert counts.loc[counts["predicted"] == "fake", "count"].tolist() == [0, 0]


def test_the_shares_of_a_histogram_add_up_for_each_label():
    assert histogram_panel(scores()).groupby("label")["share"].sum().tolist() == pytest.approx(
        [1, 1]
    )


def test_panels_of_one_class_have_no_curve():
    rows = scores()
    only_real = rows[rows["label"] == "real"].assign(dataset="other")
    panels = each_panel({"frame": pd.concat([rows, only_real])}, roc_panel)
    assert set(panels["data"]) == {"test: made"}
