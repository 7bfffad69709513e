"""Data series for the plots of one model.

In every table the column ``data`` gives the split and dataset of a row, and ``level`` whether it
is about frames or videos.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from stages.common.metrics.calibration import reliability
from stages.common.metrics.curves import precision_recall, roc

HISTOGRAM_BINS = 20

Draw = Callable[[pd.DataFrame], pd.DataFrame]


def each_panel(levels: dict[str, pd.DataFrame], draw: Draw) -> pd.DataFrame:
    """Compute the series of every split and dataset at every level.

    Parameters
    ----------
    levels : dict of str to DataFrame
        The score table of each level.
    draw : callable
        Computes the series of one panel from its rows, which have an added column ``fake``.
    """
    panels = []
    for level, scores in levels.items():
        for (split, dataset), rows in scores.groupby(["split", "dataset"]):
            series = draw(rows.assign(fake=rows["label"] == "fake"))
            panels.append(series.assign(data=f"{split}: {dataset}", level=level))
    return pd.concat(panels, ignore_index=True)


def roc_panel(rows: pd.DataFrame) -> pd.DataFrame:
    """ROC curve, with the columns ``fpr`` and ``tpr``."""
    return roc(rows["fake"].to_numpy(), rows["p_fake"].to_numpy())


def precision_recall_panel(rows: pd.DataFrame) -> pd.DataFrame:
    """Precision-recall curve, with the columns ``recall`` and ``precision``."""
    return precision_recall(rows["fake"].to_numpy(), rows["p_fake"].to_numpy())


def confusion_panel(rows: pd.DataFrame) -> pd.DataFrame:
    """Confusion matrix in four rows: ``actual``, ``predicted`` (by ``threshold``) and ``count``."""
    names = ["real", "fake"]
    predicted = np.where(rows["p_fake"] >= rows["threshold"], "fake", "real")
    counts = pd.crosstab(rows["label"], predicted, rownames=["actual"], colnames=["predicted"])
    counts = counts.reindex(index=names, columns=names, fill_value=0)
    return counts.stack().rename("count").reset_index()


def histogram_panel(rows: pd.DataFrame) -> pd.DataFrame:
    """Histogram per ``label``: ``p_fake`` (bin centre) and ``share`` of the label's scores."""
    edges = np.linspace(0, 1, HISTOGRAM_BINS + 1)
    parts = [
        pd.DataFrame(
            {
                "p_fake": (edges[:-1] + edges[1:]) / 2,
                "label": label,
                "share": np.histogram(scores, edges)[0] / len(scores),
            }
        )
        for label, scores in rows.groupby("label")["p_fake"]
    ]
    return pd.concat(parts)


def reliability_panel(rows: pd.DataFrame, bins: int) -> pd.DataFrame:
    """Reliability diagram: ``predicted``, ``observed`` and ``count`` of each bin.

    The column ``scores`` says ``before`` or ``after`` calibration; scores before calibration are
    read from the column ``uncalibrated``.
    """
    parts = [
        reliability(rows["fake"].to_numpy(), rows[column].to_numpy(), bins).assign(scores=name)
        for name, column in {"before": "uncalibrated", "after": "p_fake"}.items()
    ]
    return pd.concat(parts)
