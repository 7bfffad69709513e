"""Ensembles of the models: weighted means of their log odds, recalibrated on val.

Averaging log odds commutes with a change of the prior; averaging probabilities does not (Genest,
Annals of Statistics 1984). The average of calibrated models is not calibrated itself (Ranjan and
Gneiting, JRSS B 2010), hence the recalibration.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import TypeAdapter
from scipy.optimize import minimize
from scipy.special import expit, softmax

from stages.common.errors import InputError
from stages.common.files import write_whole
from stages.common.metrics.calibration import log_odds
from stages.common.metrics.clusters import Clusters
from stages.common.metrics.decision import FITTED_ON, DecisionParams, Level, fit_level
from stages.common.metrics.score_tables import has_face
from stages.common.params import Section

ENSEMBLES_PATH = Path("metrics/ensembles.json")
ENSEMBLES = MEAN, WEIGHTED = "ensemble_mean", "ensemble_weighted"

EQUAL_CLUSTERS = 10.0
"""Strength of the prior for equal weights, in clusters of val."""


class Ensemble(Section):
    """Combines the P(fake) of several models into one.

    Attributes
    ----------
    weights : dict of str to float
        Weight of each member's log odds; positive, with sum 1.
    frame, video : Level
        Calibration and threshold of the mean at each level, fitted on val.
    """

    weights: dict[str, float]
    frame: Level
    video: Level

    def pool(
        self, level: Literal["frame", "video"], p_fake: Mapping[str, np.ndarray]
    ) -> np.ndarray:
        """Combine the P(fake) of the members."""
        fitted: Level = getattr(self, level)
        return fitted.calibrate(_mean_log_odds(self.weights, p_fake))

    def combine(
        self, level: Literal["frame", "video"], members: Mapping[str, pd.DataFrame]
    ) -> pd.DataFrame:
        """Return the score table of the ensemble; items without a face score the prior.

        Parameters
        ----------
        level : {"frame", "video"}
            What a row is.
        members : mapping of str to DataFrame
            Score table of each member, with the same rows.
        """
        rows = next(iter(members.values()))
        p_fake = self.pool(level, {name: scores["p_fake"] for name, scores in members.items()})
        if level == "video":
            p_fake = np.where(rows["faces"] > 0, p_fake, self.video.undecided)
        return rows.assign(p_fake=p_fake)


def _mean_log_odds(weights: Mapping[str, float], p_fake: Mapping[str, np.ndarray]) -> np.ndarray:
    return np.sum(
        [weight * log_odds(np.asarray(p_fake[name])) for name, weight in weights.items()], axis=0
    )


def fit_weights(
    members: Mapping[str, pd.DataFrame], equal_clusters: float = EQUAL_CLUSTERS
) -> dict[str, float]:
    """Fit the weights of a mean of log odds on val, shrunk towards equal weights.

    Minimises the mean log-loss on val times its number of clusters, minus `equal_clusters` times
    the mean logarithm of the weights (a Dirichlet prior). The problem is convex. With few clusters
    no member loses its weight; with many, the weights approach those with the lowest log-loss.

    Parameters
    ----------
    members : mapping of str to DataFrame
        Item scores of each member, with the same rows; only those of val are used.
    equal_clusters : float
        Strength of the shrinkage in clusters; 0 for none.
    """
    rows = next(iter(members.values()))
    val = _on_val(rows)
    odds = np.stack([log_odds(scores.loc[val, "p_fake"]) for scores in members.values()])
    fake = (rows.loc[val, "label"] == "fake").to_numpy().astype(np.float64)
    clusters, count = Clusters.of(rows[val]).count, len(members)

    # The weights are a softmax; the last value is an intercept, so that priors do not matter
    def negative_log_posterior(values: np.ndarray) -> tuple[float, np.ndarray]:
        weights = softmax(values[:-1])
        pooled = weights @ odds + values[-1]
        error = expit(pooled) - fake
        loss = np.mean(np.logaddexp(0, pooled) - fake * pooled)
        slope = clusters * (odds @ error) / fake.size - equal_clusters / count / weights
        return (
            clusters * loss - equal_clusters / count * np.log(weights).sum(),
            np.append(weights * (slope - weights @ slope), clusters * error.mean()),
        )

    found = minimize(negative_log_posterior, np.zeros(count + 1), jac=True, method="L-BFGS-B")
    return dict(zip(members, softmax(found.x[:-1]).tolist(), strict=True))


def fit_ensembles(
    tables: Mapping[str, Mapping[str, pd.DataFrame]], members: list[str], params: DecisionParams
) -> dict[str, Ensemble]:
    """Fit ``ensemble_mean`` and ``ensemble_weighted`` if there are at least two models.

    Parameters
    ----------
    tables : mapping of model to mapping of level to DataFrame
        Score tables of every model by frame and by video, with the same rows at each level.
    members : list of str
        Models to combine. The weights are fitted at video level and used at both levels.
    params : DecisionParams
        Prior and bound on false alarms.
    """
    if len(members) < 2:
        return {}
    by_level = {
        level: {member: tables[member][level] for member in members} for level in ("frame", "video")
    }
    even = dict.fromkeys(members, 1 / len(members))
    return {
        name: Ensemble(
            weights=weights,
            **{level: _fit(weights, scores, params) for level, scores in by_level.items()},
        )
        for name, weights in {MEAN: even, WEIGHTED: fit_weights(by_level["video"])}.items()
    }


def _fit(
    weights: dict[str, float], members: Mapping[str, pd.DataFrame], params: DecisionParams
) -> Level:
    rows = next(iter(members.values()))
    val = _on_val(rows)
    p_fake = {name: scores.loc[val, "p_fake"] for name, scores in members.items()}
    fake = (rows.loc[val, "label"] == "fake").to_numpy()
    return fit_level(_mean_log_odds(weights, p_fake), fake, params)


def _on_val(rows: pd.DataFrame) -> pd.Series:
    """Select the rows of val that are scored: faces, or items with a face."""
    val = rows["split"] == FITTED_ON
    return val & has_face(rows)


def with_ensembles(
    tables: Mapping[str, Mapping[str, pd.DataFrame]], ensembles: Mapping[str, Ensemble]
) -> dict[str, dict[str, pd.DataFrame]]:
    """Add the score tables of the ensembles to those of the models."""
    combined = {model: dict(levels) for model, levels in tables.items()}
    for name, ensemble in ensembles.items():
        combined[name] = {
            level: ensemble.combine(
                level, {member: tables[member][level] for member in ensemble.weights}
            )
            for level in ("frame", "video")
        }
    return combined


def write_ensembles(path: Path, ensembles: Mapping[str, Ensemble]) -> None:
    """Write ensembles by name as JSON."""
    content = {name: ensemble.model_dump() for name, ensemble in ensembles.items()}
    write_whole(path, json.dumps(content, indent=2) + "\n")


def read_ensembles(path: Path) -> dict[str, Ensemble]:
    """Read ensembles by name; an empty dictionary if the file is missing.

    Raises
    ------
    InputError
        The file holds something else.
    """
    if not path.is_file():
        return {}
    try:
        return TypeAdapter(dict[str, Ensemble]).validate_json(path.read_bytes())
    except ValueError as error:  # pydantic's ValidationError, or no UTF-8
        raise InputError(f"{path} holds no ensembles: {error}; run `dvc repro`") from None
