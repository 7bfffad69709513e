"""The headline metrics for `dvc metrics diff`; the metrics table has all metrics."""

import pandas as pd

from stages.common.metrics.decision import FITTED_ON
from stages.common.metrics.definitions import shown_in
from stages.common.tables.metrics import ALL_METHODS


def headline(metrics: pd.DataFrame) -> dict[str, float | str]:
    """Pick the headline metrics: at most a dozen per dataset.

    The decision was fitted on val, so only its AUC is shown, which the fit does not change. The
    other splits also show the interval of the video-level AUC.

    Parameters
    ----------
    metrics : DataFrame
        Rows of `stages.common.tables.metrics.METRICS`.

    Returns
    -------
    dict of str to float or str
        ``<split>.<dataset>.<level>.<metric>``; a string gives the reason why a metric is undefined.
    """
    shown = {"video": shown_in("headline"), "frame": shown_in("frame headline")}
    picked: dict[str, float | str] = {}
    for row in metrics[metrics["method"] == ALL_METHODS].itertuples():
        if row.metric not in (["auc"] if row.split == FITTED_ON else shown[row.level]):
            continue
        name = f"{row.split}.{row.dataset}.{row.level}.{row.metric}"
        picked[name] = f"undefined: {row.note}" if pd.isna(row.value) else float(row.value)
        if row.split != FITTED_ON and (row.level, row.metric) == ("video", "auc"):
            bounds = {"low": row.low, "high": row.high}
            for end, bound in bounds.items():
                picked[f"{name}_{end}"] = row.note if pd.isna(bound) else float(bound)
    return picked
