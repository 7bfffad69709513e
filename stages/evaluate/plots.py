"""Series behind the plots of one model.

Every table says in ``data`` which split and dataset a row shows, and in ``level`` whether frames
or videos were counted.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from stages.common.metrics.calibration import reliability
from stages.common.metrics.curves import precision_recall, roc

HISTOGRAM_BINS = 20

Draw = Callable[[pd.DataFrame], pd.DataFrame]


def each_panel(levels: dict[str, pd.DataFrame], draw: Draw) -> pd.DataFrame:
    """Draw each split and dataset at each level.

    Parameters
    ----------
    levels : dict of str to DataFrame
        Score table of each level.
    draw : callable
        Turns the rows of one panel, with the column ``fake``, into its series.
    """
    panels = []
    for level, scores in levels.items():
        for (split, dataset), rows in scores.groupby(["split", "dataset"]):
            series = draw(rows.assign(fake=rows["label"] == "fake"))
            panels.append(series.assign(data=f"{split}: {dataset}", level=level))
    return pd.concat(panels, ignore_index=True)


def roc_panel(rows: pd.DataFrame) -> pd.DataFrame:
    """``fpr`` and ``tpr``."""
    return roc(rows["fake"].to_numpy(), rows["p_fake"].to_numpy())


def precision_recall_panel(rows: pd.DataFrame) -> pd.DataFrame:
    """``recall`` and ``precision``."""
    return precision_recall(rows["fake"].to_numpy(), rows["p_fake"].to_numpy())


def confusion_panel(rows: pd.DataFrame) -> pd.DataFrame:
    """``actual``, ``predicted`` (by the column ``threshold``) and ``count``: four rows."""
    names = ["real", "fake"]
    predicted = np.where(rows["p_fake"] >= rows["threshold"], "fake", "real")
    counts = pd.crosstab(rows["label"], predicted, rownames=["actual"], colnames=["predicted"])
    counts = counts.reindex(index=names, columns=names, fill_value=0)
    return counts.stack().rename("count").reset_index()


def histogram_panel(rows: pd.DataFrame) -> pd.DataFrame:
    """``p_fake`` (centre of a bin), ``label`` and ``share`` of the label's scores."""
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
    """``predicted``, ``observed`` and ``count`` of each bin, for ``scores`` before and after.

    Before calibration scores are the column ``uncalibrated``.
    """
    parts = [
        reliability(rows["fake"].to_numpy(), rows[column].to_numpy(), bins).assign(scores=name)
        for name, column in {"before": "uncalibrated", "after": "p_fake"}.items()
    ]
    return pd.concat(parts)
