"""A model's metrics at every distortion and level."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from stages.common.metrics.definitions import shown_in
from stages.common.metrics.metrics_table import MetricsParams, slice_metrics
from stages.robustness.distortions import DISTORTIONS


def settings() -> Iterator[tuple[str, int, float]]:
    """Yield the name, level (from 1) and strength of every distortion setting."""
    for name, (_, strengths) in DISTORTIONS.items():
        for level, strength in enumerate(strengths, start=1):
            yield name, level, strength


def distort_all(crops: list[np.ndarray], name: str, level: int, seed: int) -> list[np.ndarray]:
    """Degrade RGB crops; the same crop, setting and seed give the same pixels."""
    function, strengths = DISTORTIONS[name]
    kind = list(DISTORTIONS).index(name)
    return [
        function(crop, strengths[level - 1], np.random.default_rng([seed, kind, level, number]))
        for number, crop in enumerate(crops)
    ]


def robustness(
    faces: pd.DataFrame,
    crops: list[np.ndarray],
    score: Callable[[list[np.ndarray]], np.ndarray],
    threshold: float,
    seed: int,
    params: MetricsParams,
) -> pd.DataFrame:
    """Compute the metrics of one model at every setting.

    Parameters
    ----------
    faces : DataFrame
        Rows with ``label``, ``target`` and ``donor``.
    crops : list of ndarray of uint8, shape (h, w, 3)
        RGB, one per row of `faces`.
    score : callable
        Takes crops and returns P(fake) of each.
    threshold : float
        Threshold of the frame level, fitted on val.
    seed : int
        Seed of the random distortions.
    params : MetricsParams
        Parameters of ECE bins and bootstrap intervals.

    Returns
    -------
    DataFrame
        ``distortion``, ``level`` (0, undistorted, to 5), ``strength``, and for each metric its
        value and the bounds ``_low`` and ``_high``.
    """
    untouched = _metrics(faces, score(crops), threshold, params)
    rows = [{"distortion": name, "level": 0} | untouched for name in DISTORTIONS]
    for name, level, strength in settings():
        scores = score(distort_all(crops, name, level, seed))
        found = _metrics(faces, scores, threshold, params)
        rows.append({"distortion": name, "level": level, "strength": strength} | found)
    columns = ["distortion", "level", "strength", *untouched]
    return pd.DataFrame(rows, columns=columns).sort_values(["distortion", "level"])


def _metrics(
    faces: pd.DataFrame, p_fake: np.ndarray, threshold: float, params: MetricsParams
) -> dict[str, float]:
    table = slice_metrics(faces.assign(p_fake=p_fake), threshold, params).set_index("metric")
    columns = {"": "value", "_low": "low", "_high": "high"}
    return {
        f"{name}{end}": table.loc[name, column]
        for name in shown_in("robustness")
        for end, column in columns.items()
    }
