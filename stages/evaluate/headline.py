"""The few figures that `dvc metrics diff` shows; all the others are in the metric table."""

import pandas as pd

from stages.common.tables.metrics import ALL_METHODS

_HEADLINE = {
    "video": (
        "auc",
        "average_precision",
        "equal_error_rate",
        "balanced_accuracy",
        "log_loss",
        "ece",
    ),
    "frame": ("auc", "log_loss"),
}
_FITTED = {"video": ("auc",), "frame": ("auc",)}


def headline(metrics: pd.DataFrame) -> dict[str, float | str]:
    """Pick the headline figures: at most a dozen a dataset.

    Of val, which the decision was fitted on, only what no fitting changes; of the others also
    the interval of the video-level AUC.

    Parameters
    ----------
    metrics : DataFrame
        Rows of `stages.common.tables.metrics.METRICS`.

    Returns
    -------
    dict of str to float or str
        ``<split>.<dataset>.<level>.<metric>``; a string says why a figure is undefined.
    """
    picked: dict[str, float | str] = {}
    for row in metrics[metrics["method"] == ALL_METHODS].itertuples():
        chosen = _FITTED if row.split == "val" else _HEADLINE
        if row.metric not in chosen[row.level]:
            continue
        name = f"{row.split}.{row.dataset}.{row.level}.{row.metric}"
        picked[name] = f"undefined: {row.note}" if pd.isna(row.value) else float(row.value)
        if row.split != "val" and (row.level, row.metric) == ("video", "auc"):
            bounds = {"low": row.low, "high": row.high}
            for end, bound in bounds.items():
                picked[f"{name}_{end}"] = row.note if pd.isna(bound) else float(bound)
    return picked
