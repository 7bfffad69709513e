"""The decision of a model, fitted on val: it maps logits to P(fake) and a verdict."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from stages.common.errors import InputError
from stages.common.files import write_whole
from stages.common.metrics.aggregate import Aggregation, aggregate
from stages.common.metrics.calibration import fit_temperature, log_odds, probability
from stages.common.metrics.threshold import choose_threshold
from stages.common.numbers import PositiveFraction
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
    max_false_positive_rate : float
        Largest share of val's reals that a threshold may call fake.
    """

    aggregation: Aggregation
    max_false_positive_rate: PositiveFraction


class Level(Section):
    """The fitted values of one level (faces or items).

    Attributes
    ----------
    temperature : float
        Divides the level's logits.
    threshold : float
        Calibrated scores at or above it are called fake.
    """

    temperature: float
    threshold: float


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
        Temperature and threshold of a face's and of an item's score. The temperature of
        ``video`` acts on the log odds of the aggregated score: the mean of well calibrated
        faces is too cautious for the item as a whole.
    fitted_on : FittedOn
        The data it was fitted on.
    """

    aggregation: Aggregation
    frame: Level
    video: Level
    fitted_on: FittedOn

    def score_faces(self, logits: np.ndarray) -> np.ndarray:
        """Return the calibrated P(fake) of faces, float64 of the shape of `logits`."""
        return probability(logits, self.frame.temperature)

    def score_items(self, faces: pd.DataFrame) -> pd.DataFrame:
        """Return the calibrated P(fake) of items: key, ``faces`` and ``p_fake``.

        Parameters
        ----------
        faces : DataFrame
            One row per face: the key, ``track``, ``confidence`` and ``p_fake`` from `score_faces`.
        """
        items = aggregate(faces, self.aggregation)
        return items.assign(p_fake=probability(log_odds(items["p_fake"]), self.video.temperature))


def fit_decision(faces: pd.DataFrame, logits: np.ndarray, params: DecisionParams) -> Decision:
    """Fit temperatures and thresholds on val.

    Parameters
    ----------
    faces : DataFrame
        Rows of the split table of val.
    logits : ndarray of float, shape (n,)
        Log odds of fake of each row.
    params : DecisionParams
        Aggregation and bound on false alarms.

    Raises
    ------
    InputError
        `val` holds one class only: neither a temperature nor a threshold follows from it.
    """
    path = split_path(FITTED_ON)
    if faces["label"].nunique() < 2:
        raise InputError(
            f"{path}: temperature and threshold need real and fake faces, found only "
            f"{', '.join(faces['label'].unique()) or 'none'}; use more groups"
        )
    fake = (faces["label"] == "fake").to_numpy()
    frame, scores = _fit_level(logits, fake, params)
    items = aggregate(faces.assign(p_fake=scores), params.aggregation)
    labels = faces.groupby(KEY)["label"].first()
    fake_items = (labels.loc[pd.MultiIndex.from_frame(items[KEY])] == "fake").to_numpy()
    video, _ = _fit_level(log_odds(items["p_fake"].to_numpy()), fake_items, params)
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


def _fit_level(
    logits: np.ndarray, fake: np.ndarray, params: DecisionParams
) -> tuple[Level, np.ndarray]:
    temperature = fit_temperature(logits, fake)
    scores = probability(logits, temperature)
    threshold = choose_threshold(fake, scores, params.max_false_positive_rate)
    return Level(temperature=temperature, threshold=threshold), scores


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
