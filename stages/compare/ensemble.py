"""Ensembles: weighted means of the models' probabilities."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

ENSEMBLES = ("ensemble_mean", "ensemble_weighted")

_EM_ITERATIONS = 1000


def combine(models: list[pd.DataFrame], weights: np.ndarray) -> pd.DataFrame:
    """Return the score table of the weighted mean of P(fake).

    Parameters
    ----------
    models : list of DataFrame
        Score tables with the same rows.
    weights : ndarray of float, shape (models,)
        Non-negative, with sum 1.
    """
    p_fake = weights @ np.stack([scores["p_fake"] for scores in models])
    return models[0].assign(p_fake=p_fake.round(6))


def fit_weights(models: list[pd.DataFrame]) -> np.ndarray:
    """Fit the weights for which the mean of P(fake) has the lowest log-loss on val.

    A weighted mean of probabilities is a mixture model whose mixing proportions are the weights.
    Expectation maximisation finds its maximum likelihood and keeps the weights non-negative with
    sum 1 (stacking of predictive distributions, Yao et al., Bayesian Analysis 2018).

    Parameters
    ----------
    models : list of DataFrame
        Score tables with the same rows; only the rows of val are used.

    Returns
    -------
    ndarray of float64, shape (models,)
    """
    val = models[0]["split"] == "val"
    fake = (models[0].loc[val, "label"] == "fake").to_numpy()
    p_fake = np.stack([scores.loc[val, "p_fake"] for scores in models])
    likelihood = np.where(fake, p_fake, 1 - p_fake)
    weights = np.full(len(models), 1 / len(models))
    for _ in range(_EM_ITERATIONS):
        shares = weights[:, None] * likelihood
        weights = (shares / shares.sum(axis=0)).mean(axis=1)
    return weights.round(4) / weights.round(4).sum()


def with_ensembles(
    tables: Mapping[str, Mapping[str, pd.DataFrame]], members: list[str]
) -> tuple[dict[str, dict[str, pd.DataFrame]], dict[str, float]]:
    """Add ``ensemble_mean`` and ``ensemble_weighted`` if there are at least two models.

    Parameters
    ----------
    tables : mapping of model to mapping of level to DataFrame
        Score tables of every model, with the same rows at each level.
    members : list of str
        Models to combine. The weights are fitted at video level and used at both levels.

    Returns
    -------
    tables : dict
        `tables` with those of the ensembles added.
    weights : dict of str to float
        Weight of each member in ``ensemble_weighted``; empty if there is no ensemble.
    """
    combined = {model: dict(levels) for model, levels in tables.items()}
    if len(members) < 2:
        return combined, {}
    fitted = fit_weights([tables[member]["video"] for member in members])
    even = np.full(len(members), 1 / len(members))
    for name, weights in zip(ENSEMBLES, (even, fitted), strict=True):
        combined[name] = {
            level: combine([tables[member][level] for member in members], weights)
            for level in ("frame", "video")
        }
    return combined, dict(zip(members, fitted.tolist(), strict=True))
