"""The decision of a model, fitted on val: it maps logits to P(fake) and a verdict."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import logit

from stages.common.errors import InputError
from stages.common.files import write_whole
from stages.common.metrics.aggregate import Aggregation, aggregate
from stages.common.metrics.calibration import at_prior, fit_platt, log_odds, probability
from stages.common.metrics.threshold import choose_threshold
from stages.common.numbers import OpenFraction, Positive, PositiveFraction
from stages.common.params import Section
from stages.common.table import KEY
from stages.common.tables.splits import split_path

FITTED_ON = "val"
SAMPLE = "sample"
"""The embedded dataset; a model fitted on nothing else is a demonstration, not a detector."""


class DecisionParams(Section):
    """The section `decision` of params.yaml.

    Attributes
    ----------
    aggregation : Aggregation
        How the scores of faces are aggregated into the score of an item.
    prior : float or None
        Share of fakes that P(fake) assumes; None means that of val.
    max_false_positive_rate : float
        Largest share of val's reals that a threshold may call fake.
    """

    aggregation: Aggregation
    prior: OpenFraction | None
    max_false_positive_rate: PositiveFraction


class Level(Section):
    """The fitted values of one level (faces or items).

    Attributes
    ----------
    slope, bias : float
        P(fake) is the sigmoid of ``slope * logit + bias``.
    prior : float
        Share of fakes that P(fake) assumes, and hence P(fake) in the absence of evidence.
    val_share : float
        Share of fakes in the data it was fitted on.
    threshold : float
        Calibrated scores at or above it are called fake.
    """

    slope: Positive
    bias: float
    prior: OpenFraction
    val_share: OpenFraction
    threshold: float

    @property
    def undecided(self) -> float:
        """P(fake) in the absence of evidence, as the score tables store it."""
        return float(probability(logit(self.prior)))

    def calibrate(self, logits: np.ndarray) -> np.ndarray:
        """Return the calibrated P(fake), float64 of the shape of `logits`."""
        return probability(self.slope * logits + self.bias)

    def uncalibrated(self, p_fake: np.ndarray) -> np.ndarray:
        """Return the sigmoid of the original logits, recovered from calibrated P(fake)."""
        return probability((log_odds(p_fake) - self.bias) / self.slope)


class FittedOn(Section):
    """The data that a decision was fitted on.

    Attributes
    ----------
    split : str
        Name of the split table.
    sha256 : str
        Digest of the split table's file.
    datasets : list of str
        Names of the datasets in it.
    faces, items, groups : int
        Number of each in it.
    """

    split: str
    sha256: str
    datasets: list[str]
    faces: int
    items: int
    groups: int

    @property
    def demonstration(self) -> bool:
        """Whether only the embedded sample was used; the model then gives scores but no verdict."""
        return set(self.datasets) <= {SAMPLE}


class Decision(Section):
    """The mapping from a network's logits to P(fake) and a verdict.

    Attributes
    ----------
    aggregation : Aggregation
        How the scores of faces are aggregated into scores of items.
    frame, video : Level
        Calibration and threshold of a face's and of an item's score. The slope and bias of
        ``video`` act on the log odds of the aggregated score, because the mean of well
        calibrated faces is underconfident for the item as a whole.
    fitted_on : FittedOn
        The data it was fitted on.
    """

    aggregation: Aggregation
    frame: Level
    video: Level
    fitted_on: FittedOn

    def score_faces(self, logits: np.ndarray) -> np.ndarray:
        """Return the calibrated P(fake) of faces, float64 of the shape of `logits`."""
        return self.frame.calibrate(logits)

    def score_items(self, faces: pd.DataFrame) -> pd.DataFrame:
        """Return the calibrated P(fake) of items: key, ``faces`` and ``p_fake``.

        Parameters
        ----------
        faces : DataFrame
            One row per face: the key, ``track``, ``confidence`` and ``p_fake`` from `score_faces`.
        """
        items = _aggregate_at_val(faces, self.frame, self.aggregation)
        return items.assign(p_fake=self.video.calibrate(log_odds(items["p_fake"])))


def fit_decision(faces: pd.DataFrame, logits: np.ndarray, params: DecisionParams) -> Decision:
    """Fit calibrations and thresholds on val.

    Parameters
    ----------
    faces : DataFrame
        Rows of the split table of val.
    logits : ndarray of float, shape (n,)
        Log odds of fake of each row.
    params : DecisionParams
        Aggregation, prior and limit on false positives.

    Raises
    ------
    InputError
        `val` contains only one class, so neither calibration nor threshold can be fitted.
    """
    path = split_path(FITTED_ON)
    if faces["label"].nunique() < 2:
        raise InputError(
            f"{path}: calibration and threshold need real and fake faces, found only "
            f"{', '.join(faces['label'].unique()) or 'none'}; use more groups"
        )
    fake = (faces["label"] == "fake").to_numpy()
    frame = fit_level(logits, fake, params)
    scored = faces.assign(p_fake=frame.calibrate(logits))
    items = _aggregate_at_val(scored, frame, params.aggregation)
    labels = faces.groupby(KEY)["label"].first()
    fake_items = (labels.loc[pd.MultiIndex.from_frame(items[KEY])] == "fake").to_numpy()
    video = fit_level(log_odds(items["p_fake"].to_numpy()), fake_items, params)
    return Decision(
        aggregation=params.aggregation,
        frame=frame,
        video=video,
        fitted_on=FittedOn(
            split=FITTED_ON,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            datasets=sorted(faces["dataset"].unique()),
            faces=len(faces),
            items=len(items),
            groups=faces["group"].nunique(),
        ),
    )


def fit_level(logits: np.ndarray, fake: np.ndarray, params: DecisionParams) -> Level:
    """Fit the calibration and threshold of one level.

    Parameters
    ----------
    logits : ndarray of float, shape (n,)
        Log odds of fake of val's faces or items.
    fake : ndarray of bool, shape (n,)
        Labels; both classes occur.
    params : DecisionParams
        Prior and limit on false positives.
    """
    slope, bias = fit_platt(logits, fake)
    val_share = float(fake.mean())
    prior = val_share if params.prior is None else params.prior
    bias += float(logit(prior) - logit(val_share))
    scores = probability(slope * logits + bias)
    threshold = choose_threshold(fake, scores, params.max_false_positive_rate)
    return Level(slope=slope, bias=bias, prior=prior, val_share=val_share, threshold=threshold)


def _aggregate_at_val(faces: pd.DataFrame, frame: Level, aggregation: Aggregation) -> pd.DataFrame:
    """Aggregate P(fake) of faces at val's share of fakes.

    The prior then shifts the scores of items without changing their order. Otherwise, it could move
    most probabilities close to 0 or 1, and their mean would depend on a few faces.
    """
    p_fake = at_prior(faces["p_fake"], frame.prior, frame.val_share)
    return aggregate(faces.assign(p_fake=p_fake), aggregation)


def threshold_on_val(scores: pd.DataFrame, max_false_positive_rate: float) -> float:
    """Choose the threshold on val from stored scores.

    Parameters
    ----------
    scores : DataFrame
        Rows with ``split``, ``label`` and ``p_fake``.
    max_false_positive_rate : float
        Largest share of val's reals that may be called fake, in [0, 1].

    Returns
    -------
    float
        In (0, 1]; NaN if val does not contain both classes.
    """
    val = scores[scores["split"] == FITTED_ON]
    if val["label"].nunique() < 2:
        return float("nan")
    fake = (val["label"] == "fake").to_numpy()
    return choose_threshold(fake, val["p_fake"].to_numpy(), max_false_positive_rate)


def prior_on_val(scores: pd.DataFrame, declared: float | None) -> float:
    """Return the probability of a fake to which scores are calibrated.

    Parameters
    ----------
    scores : DataFrame
        Rows with ``split`` and ``label``, at the level that was calibrated.
    declared : float or None
        ``decision.prior`` of params.yaml; None for the share of fakes in val.

    Returns
    -------
    float
        In (0, 1); NaN if val does not contain both classes.
    """
    fake = scores.loc[scores["split"] == FITTED_ON, "label"] == "fake"
    if fake.all() or not fake.any():
        return float("nan")
    return float(fake.mean()) if declared is None else declared


def write_decision(path: Path, decision: Decision) -> None:
    """Write a decision as JSON."""
    write_whole(path, decision.model_dump_json(indent=2) + "\n")


def read_decision(path: Path) -> Decision:
    """Read a decision.

    Raises
    ------
    InputError
        The file is missing or not a valid decision.
    """
    try:
        return Decision.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} is missing: run `dvc repro`, or `dvc pull` it") from None
    except ValueError as error:  # pydantic's ValidationError, or invalid UTF-8
        raise InputError(f"{path} is no decision: {error}") from None
