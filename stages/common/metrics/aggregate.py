"""Aggregate scores of faces into scores of items, over all faces or per person."""

from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import expit

from stages.common.metrics.calibration import log_odds
from stages.common.numbers import Count, PositiveFraction
from stages.common.params import Section
from stages.common.table import KEY

_MIN_WEIGHT = 0.01


class Aggregation(Section):
    """How the scores of an item's faces are aggregated into one.

    Attributes
    ----------
    method : {"mean", "median", "top_k", "mean_logit", "confidence"}
        Mean or median of P(fake), mean of its `top_k` highest values, mean of its log odds
        converted back to a probability, or mean weighted by the detector's confidence.
    top_k : int
        Number of faces that the method ``top_k`` averages.
    by : {"item", "person"}
        Aggregate all faces together, or per person (track); in that case the item's score is the
        highest score of a person.
    consistency : float
        ``person`` only: a person's score is capped at the score that this share of their faces
        reaches, so that a few suspicious frames among many harmless ones do not count.
    min_faces : int
        ``person`` only: persons with fewer faces are ignored, unless nobody in the item has more.
    """

    method: Literal["mean", "median", "top_k", "mean_logit", "confidence"]
    top_k: Count
    by: Literal["item", "person"]
    consistency: PositiveFraction
    min_faces: Count


def aggregate(faces: pd.DataFrame, aggregation: Aggregation) -> pd.DataFrame:
    """Aggregate the scores of faces into one score per item.

    Parameters
    ----------
    faces : DataFrame
        One row per face: the item's key, ``track``, ``confidence`` and ``p_fake``.
    aggregation : Aggregation
        How to aggregate.

    Returns
    -------
    DataFrame
        One row per item, sorted by key: the key, ``faces`` (number of scored faces) and ``p_fake``.
    """
    items = faces.groupby(KEY).size().rename("faces")
    if aggregation.by == "item":
        scores = _combine(faces, KEY, aggregation)
    else:
        scores = _most_suspicious(person_scores(faces, aggregation), aggregation.min_faces)
    return pd.concat([items, scores.rename("p_fake")], axis=1).reset_index()


def person_scores(faces: pd.DataFrame, aggregation: Aggregation) -> pd.DataFrame:
    """Aggregate the scores of faces into one score per person of each item.

    Returns
    -------
    DataFrame
        Index: the key and ``track``. Columns: ``faces`` and ``p_fake``, the result of the method,
        capped at the score that the share `consistency` of the person's faces reaches.
    """
    person = [*KEY, "track"]
    grouped = faces.groupby(person)["p_fake"]
    reached = grouped.quantile(1 - aggregation.consistency, interpolation="lower")
    scores = np.minimum(_combine(faces, person, aggregation), reached)
    return pd.DataFrame({"faces": grouped.size(), "p_fake": scores})


def _most_suspicious(persons: pd.DataFrame, min_faces: int) -> pd.Series:
    longest = persons.groupby(KEY)["faces"].transform("max")
    counted = persons[persons["faces"] >= np.minimum(longest, min_faces)]
    return counted.groupby(KEY)["p_fake"].max()


def _combine(faces: pd.DataFrame, unit: list[str], aggregation: Aggregation) -> pd.Series:
    """Return P(fake) of each unit (item or person), indexed by the unit's columns."""
    match aggregation.method:
        case "mean":
            return faces.groupby(unit)["p_fake"].mean()
        case "median":
            return faces.groupby(unit)["p_fake"].median()
        case "top_k":
            highest = faces.sort_values("p_fake", ascending=False, kind="stable")
            return highest.groupby(unit).head(aggregation.top_k).groupby(unit)["p_fake"].mean()
        case "mean_logit":
            odds = faces.assign(odds=log_odds(faces["p_fake"]))
            return expit(odds.groupby(unit)["odds"].mean())
        case "confidence":
            # MTCNN's confidence is a probability; dlib's is a margin that may exceed 1 or be 0
            weight = faces["confidence"].clip(_MIN_WEIGHT, 1.0)
            weighted = faces.assign(weight=weight, share=weight * faces["p_fake"])
            sums = weighted.groupby(unit)[["share", "weight"]].sum()
            return sums["share"] / sums["weight"]
