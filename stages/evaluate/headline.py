"""The headline metrics for `dvc metrics diff`; the metrics table has all metrics."""

from typing import Any

import pandas as pd

from stages.common.metrics.decision import FITTED_ON
from stages.common.metrics.definitions import shown_in
from stages.common.metrics.macro import worst_dataset, worst_methods
from stages.common.tables.metrics import ALL_METHODS, MACRO_AVERAGE

_SHOWN = {
    "video": shown_in("headline"),
    "frame": shown_in("frame headline"),
    "all_items": shown_in("headline"),
}


def headline(metrics: pd.DataFrame) -> dict[str, float | str]:
    """Pick the headline metrics: at most a dozen per dataset, plus eight if items have no face.

    The decision was fitted on val, so only its AUC is shown, which the fit does not change. The
    other splits also show the interval of the video-level AUC. Several unseen datasets also have
    their macro average and the worst value of each metric, and several methods the lowest AUC.

    Parameters
    ----------
    metrics : DataFrame
        Rows of `stages.common.tables.metrics.METRICS`.

    Returns
    -------
    dict of str to float or str
        ``<split>.<dataset>.<level>.<metric>``; a string gives the reason why a metric is undefined.
    """
    whole = metrics[metrics["method"] == ALL_METHODS]
    picked: dict[str, float | str] = {}
    for row in whole.itertuples():
        if row.metric in (["auc"] if row.split == FITTED_ON else _SHOWN[row.level]):
            picked |= _of_row(row)
    if (whole["dataset"] == MACRO_AVERAGE).any():
        picked |= _worst(whole)
    return picked | _worst_methods(metrics)


def _of_row(row: Any) -> dict[str, float | str]:
    place = f"{row.split}.{row.dataset}.{row.level}"
    name = f"{place}.{row.metric}"
    found: dict[str, float | str] = {
        name: f"undefined: {row.note}" if pd.isna(row.value) else float(row.value)
    }
    if row.split != FITTED_ON and (row.level, row.metric) == ("video", "auc"):
        bounds = {"low": row.low, "high": row.high}
        for end, bound in bounds.items():
            found[f"{name}_{end}"] = row.note if pd.isna(bound) else float(bound)
    if row.level == "all_items":
        found[f"{place}.fakes_without_face"] = int(row.fakes_without_face)
        found[f"{place}.reals_without_face"] = int(row.reals_without_face)
    return found


def _worst(whole: pd.DataFrame) -> dict[str, float | str]:
    """Find the worst unseen dataset by each metric, at video level."""
    unseen = (whole["split"] == "unseen") & (whole["dataset"] != MACRO_AVERAGE)
    found: dict[str, float | str] = {}
    for metric in _SHOWN["video"]:
        rows = whole[unseen & (whole["level"] == "video") & (whole["metric"] == metric)]
        values = dict(zip(rows["dataset"], rows["value"].astype(float), strict=True))
        if worst := worst_dataset(values.items(), metric):
            found[f"unseen.worst.video.{metric}"] = values[worst]
            found[f"unseen.worst.video.{metric}_dataset"] = worst
    return found


def _worst_methods(metrics: pd.DataFrame) -> dict[str, float | str]:
    """Find the method with the lowest AUC by video in each split that has fakes by several."""
    found: dict[str, float | str] = {}
    for split, worst in worst_methods(metrics).iterrows():
        found[f"{split}.worst_method.video.auc"] = float(worst["value"])
        found[f"{split}.worst_method.video.auc_method"] = f"{worst['dataset']}/{worst['method']}"
    return found
