"""Curves as small series that DVC draws: thinned and rounded."""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import precision_recall_curve, roc_curve

from stages.common.files import write_whole

POINTS = 200
_DECIMALS = 4


def roc(fake: np.ndarray, p_fake: np.ndarray) -> pd.DataFrame:
    """``fpr`` and ``tpr``; no rows where there is one class only."""
    if fake.all() or not fake.any():
        return pd.DataFrame(columns=["fpr", "tpr"], dtype=float)
    fpr, tpr, _ = roc_curve(fake, p_fake)
    return thin(pd.DataFrame({"fpr": fpr, "tpr": tpr}))


def precision_recall(fake: np.ndarray, p_fake: np.ndarray) -> pd.DataFrame:
    """``recall`` and ``precision``; no rows where there is no fake."""
    if not fake.any():
        return pd.DataFrame(columns=["recall", "precision"], dtype=float)
    precision, recall, _ = precision_recall_curve(fake, p_fake, drop_intermediate=True)
    # From recall 0 on, as a line is drawn
    return thin(pd.DataFrame({"recall": recall[::-1], "precision": precision[::-1]}))


def thin(curve: pd.DataFrame) -> pd.DataFrame:
    """At most `POINTS` points of a curve and its end, evenly spaced along it; a short one whole."""
    if len(curve) <= POINTS:
        return curve
    along = curve.diff().abs().sum(axis=1).cumsum().to_numpy()
    wanted = np.linspace(0, along[-1], POINTS)
    kept = np.append(np.searchsorted(along, wanted), len(curve) - 1)
    return curve.iloc[np.unique(np.minimum(kept, len(curve) - 1))]


def write_series(path: Path, series: pd.DataFrame) -> None:
    """Write a plot's series as CSV, rounded to four decimals."""
    write_whole(
        path, series.round(_DECIMALS).drop_duplicates().to_csv(index=False, lineterminator="\n")
    )
