"""Aggregate scores of faces to scores of items, over all faces or person by person."""

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
    """How the scores of an item's faces become one.

    Attributes
    ----------
    method : {"mean", "median", "top_k", "mean_logit", "confidence"}
        Mean or median of P(fake), mean of its `top_k` highest values, mean of its log odds
        turned back into a probability, or mean weighted by the detector's confidence.
    top_k : int
        Faces that ``top_k`` takes.
    by : {"item", "person"}
        All faces at once, or each person (track) apart: then the item's score is that of its
        most suspicious person.
    consistency : float
        ``person`` only: a person's score is at most what this share of their faces reaches, so
        that a few suspicious frames among many harmless ones do not count.
    min_faces : int
        ``person`` only: somebody seen in fewer faces counts only if nobody is seen in more.
    """

    method: Literal["mean", "median", "top_k", "mean_logit", "confidence"]
    top_k: Count
    by: Literal["item", "person"]
    consistency: PositiveFraction
    min_faces: Count


def aggregate(faces: pd.DataFrame, aggregation: Aggregation) -> pd.DataFrame:
    """One row an item.

    Parameters
    ----------
    faces : DataFrame
        A row a face: the item's key, ``track``, ``confidence`` and ``p_fake``.
    aggregation : Aggregation
        The rule.

    Returns
    -------
    DataFrame
        The key, ``faces`` (how many were scored) and ``p_fake``, ordered by key.
    """
    items = faces.groupby(KEY).size().rename("faces")
    if aggregation.by == "item":
        scores = _combine(faces, KEY, aggregation)
    else:
        scores = _most_suspicious(person_scores(faces, aggregation), aggregation.min_faces)
    return pd.concat([items, scores.rename("p_fake")], axis=1).reset_index()


def person_scores(faces: pd.DataFrame, aggregation: Aggregation) -> pd.DataFrame:
    """One row a person of each item, by key and track.

    Returns
    -------
    DataFrame
        IndexParams: the key and ``track``. Columns ``faces`` and ``p_fake``: what the method gives,
        but at most the score that the share `consistency` of the person's faces reaches.
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
    """P(fake) of each unit (item or person) by the method, indexed by the unit's columns."""
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
            # MTCNN's is a probability, dlib's a margin that may pass 1 or touch 0
            weight = faces["confidence"].clip(_MIN_WEIGHT, 1.0)
            weighted = faces.assign(weight=weight, share=weight * faces["p_fake"])
            sums = weighted.groupby(unit)[["share", "weight"]].sum()
            return sums["share"] / sums["weight"]
