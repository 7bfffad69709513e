"""The epoch to keep."""

import keras
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from stages.train.selection import best_epoch, contenders, val_metrics


def made_val(groups=40, fakes=4, faces=3, datasets=("a",)):
    """A real and some fakes a group, some faces each."""
    return pd.DataFrame(
        [
            {
                "dataset": dataset,
                "method": "real" if number == 0 else f"method{number}",
                "item": f"{group:03d}",
                "label": "real" if number == 0 else "fake",
                "group": f"{dataset}/{group:03d}",
            }
            for dataset in datasets
            for group in range(groups)
            for number in range(fakes + 1)
            for _ in range(faces)
        ]
    )


def made_logits(table, gap, scale=1.0, seed=0):
    noise = np.random.default_rng(seed).normal(size=len(table))
    return (scale * (noise + gap * ((table["label"] == "fake") - 0.5))).to_numpy(np.float32)


def history_of(table, logits):
    return [
        {"epoch": epoch, "phase": "tune"} | val_metrics(table, of_epoch)
        for epoch, of_epoch in enumerate(logits)
    ]


def test_auc_is_exact_where_logits_are_saturated():
    table = made_val(faces=1)
    logits = made_logits(table, 2.0, scale=30.0)
    fake = (table["label"] == "fake").to_numpy()
    coarse = keras.metrics.AUC(from_logits=True)
    coarse.update_state(fake[:, None], logits[:, None])
    exact = roc_auc_score(fake, logits.astype(np.float64))
    assert val_metrics(table, logits / 30)["val_auc"] == pytest.approx(exact, abs=1e-9)
    assert float(coarse.result()) < exact - 0.005


def test_auc_is_by_video_and_its_mean_over_datasets():
    table = made_val(datasets=("a", "b"))
    logits = made_logits(table, 1.0) + 5 * (table["dataset"] == "b").to_numpy()
    p_fake = 1 / (1 + np.exp(-logits.astype(np.float64)))
    items = (
        table.assign(p_fake=p_fake)
        .groupby(["dataset", "method", "item"])
        .agg({"label": "first", "p_fake": "mean"})
    )
    aucs = [
        roc_auc_score(rows["label"] == "fake", rows["p_fake"])
        for _, rows in items.groupby(level="dataset")
    ]
    assert val_metrics(table, logits)["val_auc"] == pytest.approx(np.mean(aucs))


@pytest.mark.parametrize("fakes", [1, 5])
def test_the_loss_does_not_depend_on_how_many_fakes_val_holds(fakes):
    table = made_val(fakes=fakes)
    logits = np.where(table["label"] == "fake", 1.0, 2.0)
    wanted = (np.logaddexp(0, -1) + np.logaddexp(0, 2)) / 2
    assert val_metrics(table, logits)["val_loss"] == pytest.approx(wanted)


def test_a_val_of_one_class_has_no_auc_and_the_least_loss_is_kept():
    table = made_val().query("label == 'fake'")
    logits = [np.full(len(table), level) for level in (0.0, 2.0, 1.0)]
    history = history_of(table, logits)
    assert np.isnan(history[0]["val_auc"])
    assert best_epoch(history, table, logits) == 1


def test_of_epochs_that_val_cannot_tell_apart_the_least_loss_is_kept():
    """One overconfident epoch ranks a little better by chance, at nearly twice the loss."""
    table = made_val(groups=20)
    sound = made_logits(table, 2.0)
    noise = np.random.default_rng(1).normal(0, 0.2, len(table)).astype(np.float32)
    logits = [sound, 6 * (sound + noise * (table["label"] == "fake").to_numpy() + noise)]
    history = history_of(table, logits)
    history[1]["val_auc"] = history[0]["val_auc"] + 1e-4
    assert history[1]["val_loss"] > 1.5 * history[0]["val_loss"]
    assert best_epoch(history, table, logits) == 0


def test_a_clearly_better_ranking_is_kept_at_a_higher_loss():
    table = made_val(groups=200)
    logits = [made_logits(table, 0.5, seed=1), 12 * made_logits(table, 3.0, seed=2)]
    history = history_of(table, logits)
    history[1]["val_loss"] = history[0]["val_loss"] + 1
    assert best_epoch(history, table, logits) == 1


def test_the_head_s_epochs_are_not_kept():
    table = made_val()
    logits = [made_logits(table, gap) for gap in (3.0, 1.0)]
    history = history_of(table, logits)
    history[0]["phase"] = "head"
    assert best_epoch(history, table, logits) == 1


metrics = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 9)), min_size=1, max_size=8)


@given(metrics, metrics)
def test_what_another_epoch_beats_in_both_never_comes_back(first, later):
    history = [
        {"epoch": epoch, "phase": "tune", "val_auc": auc, "val_loss": loss}
        for epoch, (auc, loss) in enumerate(first + later)
    ]
    before = set(contenders(history[: len(first)]))
    assert before
    assert set(contenders(history)) & set(range(len(first))) <= before


@pytest.mark.parametrize("copies", [1, 8])
def test_copies_of_the_same_group_are_no_more_evidence(copies):
    """Eight fakes of a group that all go with it decide no more than one of them."""
    table = made_val(groups=12, fakes=copies, faces=1)
    rng = np.random.default_rng(3)
    of_group = dict(zip(sorted(set(table["group"])), rng.normal(0, 1.2, (12, 2)), strict=True))
    shift = np.stack([of_group[group] for group in table["group"]])
    fake = (table["label"] == "fake").to_numpy()
    logits = [np.where(fake, 1 + shift[:, 0], 0), np.where(fake, 0.6 + shift[:, 1], 0)]
    history = history_of(table, logits)
    top = int(np.argmax([row["val_auc"] for row in history]))
    history[top]["val_loss"] = history[1 - top]["val_loss"] + 1
    assert best_epoch(history, table, logits) == 1 - top
