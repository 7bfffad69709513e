"""How far the best and the worst value of an attribute lie apart: how unequally a model errs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from math import sqrt
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import studentized_range

from stages.common.metrics.bootstrap import standard_error
from stages.common.metrics.clusters import fewest
from stages.common.tables.errors import GAP_METRICS, GAPS
from stages.explain.errors_by import METRICS, Estimate


def gap_rows(estimates: Iterable[Estimate], confidence: float) -> pd.DataFrame:
    """Compare the values of each attribute: rows of `stages.common.tables.errors.GAPS`.

    Even if a model treats all values alike, chance makes one the best and another the worst. The
    interval of their gap therefore holds for the largest difference between any two of the values
    (Tukey's range test as in Kramer, Biometrics 1956), with the standard error of the paired
    replicates. Of two values, it is Student's.

    Parameters
    ----------
    estimates : iterable of Estimate
        Of any splits, datasets, attributes and metrics.
    confidence : float
        Nominal coverage, in (0, 1).
    """
    compared: dict[tuple[str, ...], list[Estimate]] = defaultdict(list)
    for one in estimates:
        if one.is_value and one.metric in GAP_METRICS:
            compared[one.split, one.dataset, one.attribute, one.metric].append(one)
    rows = [
        dict(zip(GAPS.unique, where, strict=True)) | _gap(values, confidence)
        for where, values in compared.items()
        if len(values) > 1
    ]
    return pd.DataFrame(rows, columns=list(GAPS.columns))


def _gap(values: Sequence[Estimate], confidence: float) -> dict[str, Any]:
    measured = [one for one in values if not one.note]
    if len(measured) < 2:
        return {
            "values": len(measured),
            "worst": "",
            "best": "",
            "clusters": 0,
            "note": f"no gap: {len(measured)} of {len(values)} values have an interval, 2 needed",
        }
    better = METRICS[measured[0].metric].higher_is_better
    ordered = sorted(measured, key=lambda one: one.value, reverse=better)
    best, worst = ordered[0], ordered[-1]
    sign = 1 if better else -1
    gap = sign * (best.value - worst.value)
    clusters = fewest([best.clusters, worst.clusters])
    error = standard_error(gap, sign * (best.replicates - worst.replicates), clusters)
    reach = _errors_reached(confidence, len(measured), clusters.count - 1) * error
    low, high = np.clip([gap - reach, gap + reach], -1, 1)
    return {
        **_end("worst", worst),
        **_end("best", best),
        "values": len(measured),
        "gap": gap,
        "gap_low": low,
        "gap_high": high,
        "clusters": clusters.count,
        "note": "",
    }


@cache  # it takes a tenth of a second, and many gaps need the same one
def _errors_reached(confidence: float, values: int, freedom: int) -> float:
    """How many standard errors the largest difference of several values reaches by chance."""
    return float(studentized_range.ppf(confidence, values, freedom) / sqrt(2))


def _end(which: str, one: Estimate) -> dict[str, Any]:
    return {
        which: one.part,
        f"{which}_value": one.value,
        f"{which}_low": one.low,
        f"{which}_high": one.high,
    }
