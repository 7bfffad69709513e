"""Curves as small data series for DVC plots: thinned and rounded."""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import precision_recall_curve, roc_curve

from stages.common.files import write_whole

POINTS = 200
_DECIMALS = 4


def roc(fake: np.ndarray, p_fake: np.ndarray) -> pd.DataFrame:
    """Compute the ROC curve, ``fpr`` and ``tpr``; empty if there is only one class."""
    if fake.all() or not fake.any():
        return pd.DataFrame(columns=["fpr", "tpr"], dtype=float)
    fpr, tpr, _ = roc_curve(fake, p_fake)
    return thin(pd.DataFrame({"fpr": fpr, "tpr": tpr}))


def precision_recall(fake: np.ndarray, p_fake: np.ndarray) -> pd.DataFrame:
    """Compute the ``recall`` and ``precision`` curve; empty if there are no fakes."""
    if not fake.any():
        return pd.DataFrame(columns=["recall", "precision"], dtype=float)
    precision, recall, _ = precision_recall_curve(fake, p_fake, drop_intermediate=True)
    # Reversed, so that the line starts at recall 0
    return thin(pd.DataFrame({"recall": recall[::-1], "precision": precision[::-1]}))


def thin(curve: pd.DataFrame) -> pd.DataFrame:
    """Reduce a curve to at most `POINTS` evenly spaced points and its last point."""
    if len(curve) <= POINTS:
        return curve
    along = curve.diff().abs().sum(axis=1).cumsum().to_numpy()
    wanted = np.linspace(0, along[-1], POINTS)
    kept = np.append(np.searchsorted(along, wanted), len(curve) - 1)
    return curve.iloc[np.unique(np.minimum(kept, len(curve) - 1))]


def write_series(path: Path, series: pd.DataFrame) -> None:
    """Write the data series of a plot as CSV, rounded to four decimals."""
    write_whole(
        path, series.round(_DECIMALS).drop_duplicates().to_csv(index=False, lineterminator="\n")
    )
