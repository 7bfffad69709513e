"""Which epoch of a training to keep, by its scores of val.

An AUC by video is the mean over datasets, each of its own reals and fakes: across datasets they
differ in more than the label.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import norm

from stages.common.auc import auc_components
from stages.common.table import KEY

_CONFIDENCE = 0.95


def val_metrics(table: pd.DataFrame, logits: np.ndarray) -> dict[str, float]:
    """Exact AUC by video, and class-balanced log-loss, both means over datasets.

    Parameters
    ----------
    table : DataFrame
        Rows of the split table `val`.
    logits : ndarray of float, shape (n,)
        Log odds of fake of each row.

    Returns
    -------
    dict of str to float
        ``val_auc``: of the mean P(fake) of each item's faces; NaN if no dataset holds both classes.
        ``val_loss``: each item weighs the same within its class, and both classes do, so that it
        does not depend on how many fakes val holds.
    """
    log_loss = np.logaddexp(0, np.where(table["label"] == "fake", -logits, logits))
    by_item = table[KEY].assign(loss=log_loss).groupby(KEY)["loss"].mean()
    labels = table.groupby(KEY)["label"].first()
    by_class = by_item.groupby([labels.index.get_level_values("dataset"), labels]).mean()
    by_dataset = by_class.groupby(level=0).mean()
    aucs = [auc for auc, *_ in _aucs(table, logits[None])]
    return {
        "val_auc": float(np.mean(aucs)) if aucs else float("nan"),
        "val_loss": float(by_dataset.mean()),
    }


def contenders(history: Sequence[Mapping[str, Any]]) -> list[int]:
    """Epochs of the phase `tune` that no other one beats in both AUC and log-loss on val.

    What another epoch beats in both is not kept, whatever later epochs bring, so that its
    checkpoint can go.

    Parameters
    ----------
    history : sequence of mapping
        Rows with ``epoch``, ``phase``, and what `val_metrics` gives.
    """
    tuned = [row for row in history if row["phase"] == "tune"]
    auc, loss = (np.array([row[name] for row in tuned]) for name in ("val_auc", "val_loss"))
    auc = np.nan_to_num(auc)  # undefined of all epochs or of none: val is the same
    beaten = (
        (auc[None] >= auc[:, None])
        & (loss[None] <= loss[:, None])
        & ((auc[None] > auc[:, None]) | (loss[None] < loss[:, None]))
    ).any(axis=1)
    return [int(row["epoch"]) for row, lost in zip(tuned, beaten, strict=True) if not lost]


def best_epoch(
    history: Sequence[Mapping[str, Any]], table: pd.DataFrame, logits: Sequence[np.ndarray]
) -> int:
    """Epoch to keep: the least log-loss among those whose AUC val cannot tell from the best.

    Of the `contenders`, the best AUC is compared with each other one by the interval of their
    paired difference on val, with groups as clusters. Where 0 lies in it, AUC decides nothing.

    Parameters
    ----------
    history : sequence of mapping
        As of `contenders`; some rows are of the phase `tune`.
    table : DataFrame
        Rows of the split table `val`.
    logits : sequence of ndarray of float, shape (n,)
        Log odds of fake of each row, epoch by epoch.
    """
    epochs = contenders(history)
    rows = {int(row["epoch"]): row for row in history}
    top = max(epochs, key=lambda epoch: (np.nan_to_num(rows[epoch]["val_auc"]), epoch))
    alike = [
        epoch for epoch in epochs if epoch == top or not _differ(table, logits[top], logits[epoch])
    ]
    return min(alike, key=lambda epoch: (rows[epoch]["val_loss"], -epoch))


def _differ(table: pd.DataFrame, first: np.ndarray, second: np.ndarray) -> bool:
    """Whether the mean AUCs of two epochs differ by more than their paired interval."""
    gaps, variances = [], []
    for auc, influence in _aucs(table, np.stack([first, second])):
        gaps.append(auc[0] - auc[1])
        variances.append(((influence[0] - influence[1]) ** 2).sum())
    if not gaps:
        return False
    error = np.sqrt(np.sum(variances)) / len(gaps)
    return bool(abs(np.mean(gaps)) > norm.ppf((1 + _CONFIDENCE) / 2) * error)


def _aucs(table: pd.DataFrame, logits: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """AUC by video of each dataset that holds both classes, and what each group adds to its error.

    The sum of the squared additions estimates the variance (Obuchowski, Biometrics 1997).

    Returns
    -------
    list of (ndarray, ndarray)
        AUC, shape (epochs,), and additions, shape (epochs, groups), dataset by dataset.
    """
    about = table.groupby(KEY)[["label", "group"]].first()
    scores = pd.DataFrame(expit(logits.T), index=pd.MultiIndex.from_frame(table[KEY]))
    items = scores.groupby(level=KEY).mean().join(about)
    found = []
    for _, rows in items.groupby(level="dataset"):
        fake = (rows["label"] == "fake").to_numpy()
        if fake.all() or not fake.any():
            continue
        group = pd.factorize(rows["group"])[0]
        parts = [auc_components(fake, rows[epoch].to_numpy()) for epoch in scores.columns]
        aucs = np.array([auc for auc, _ in parts])
        found.append((aucs, np.stack([np.bincount(group, added) for _, added in parts])))
    return found
