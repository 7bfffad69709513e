"""Load trained models for the app: single networks, or the mean of several."""

from dataclasses import dataclass

import keras
import numpy as np
import pandas as pd

from stages.common import table
from stages.common.crops import decode_crop
from stages.common.device import use_device
from stages.common.errors import InputError, PipelineError
from stages.common.machine import this_machine
from stages.common.metrics.decision import (
    Decision,
    DecisionParams,
    read_decision,
    threshold_on_val,
)
from stages.common.model_paths import MODELS, decision_path, network_path
from stages.common.network import load_network, score_crops
from stages.common.params import load
from stages.common.table import KEY
from stages.common.tables.scores import VIDEO_SCORES, video_scores_path
from stages.compare.ensemble import combine
from stages.evaluate.params import EvaluateParams

ENSEMBLE = "ensemble"


class NoModel(PipelineError):
    """There is no trained model, or not the requested one."""


@dataclass(frozen=True)
class Member:
    """A network and the decision that turns its logits into scores.

    Attributes
    ----------
    name : str
        Name of its backbone.
    network : keras.Model
        Maps crops to logits.
    decision : Decision
        Calibration, aggregation and threshold, fitted on val.
    """

    name: str
    network: keras.Model
    decision: Decision


@dataclass(frozen=True)
class Model:
    """A model that scores items: one network, or the mean of several.

    Attributes
    ----------
    name : str
        Name of a backbone, or `ENSEMBLE`.
    members : tuple of Member
        The networks.
    threshold : float
        Items with scores at or above it are called fake.
    batch_size : int
        Number of crops per forward pass.
    """

    name: str
    members: tuple[Member, ...]
    threshold: float
    batch_size: int

    @property
    def demonstration(self) -> bool:
        """Whether a member was trained only on the embedded sample; scores then give no verdict."""
        return any(member.decision.fitted_on.demonstration for member in self.members)

    def score_faces(self, crops: list[bytes]) -> np.ndarray:
        """Compute P(fake) of each face with each member.

        Parameters
        ----------
        crops : list of bytes
            Crops, encoded as `stages.faces` stores them.

        Returns
        -------
        ndarray of float64, shape (members, n)
            Calibrated on val.
        """
        return np.stack([_score(member, crops, self.batch_size) for member in self.members])

    def score_items(self, faces: pd.DataFrame, p_fake: np.ndarray) -> pd.DataFrame:
        """Aggregate the scores of faces to scores of items.

        Parameters
        ----------
        faces : DataFrame
            One row per face with the key columns, ``track`` and ``confidence``.
        p_fake : ndarray of float, shape (members, n)
            Scores from `score_faces`.

        Returns
        -------
        DataFrame
            The key columns, ``faces``, ``p_fake``, and one column per member with its name.
        """
        scores = [
            member.decision.score_items(faces.assign(p_fake=of_member))
            for member, of_member in zip(self.members, p_fake, strict=True)
        ]
        alone = {
            member.name: part["p_fake"] for member, part in zip(self.members, scores, strict=True)
        }
        return _mean(scores).assign(**alone)


def trained() -> list[str]:
    """Trained and evaluated backbones of params.yaml, plus the ensemble if there are several."""
    names = [
        name
        for name in load("backbones", list[str])
        if network_path(name).is_file() and decision_path(name).is_file()
    ]
    return [*names, ENSEMBLE] if len(names) > 1 else names


def load_models(name: str | None = None) -> dict[str, Model]:
    """Load models by name, loading each network only once.

    Parameters
    ----------
    name : str, optional
        One of `trained`; by default, all of them.

    Returns
    -------
    dict of str to Model
        Models by name; the ensemble, if any, is the last.

    Raises
    ------
    NoModel
        No model is trained yet, or not the named one.
    InputError
        A file of the model is damaged, or was written by another version of this project.
    """
    known = trained()
    if not known:
        raise NoModel(
            f"no model is trained yet: {MODELS}/<backbone>/ holds no model.keras with its "
            "decision.json; run `dvc repro`, or `dvc pull` the models of your team"
        )
    if name is not None and name not in known:
        raise NoModel(f"no trained model is called {name!r}; there are: {', '.join(known)}")
    use_device(this_machine().device)
    wanted = known if name is None else [name]
    backbones = [model for model in known if model != ENSEMBLE]
    members = {
        backbone: _load_member(backbone)
        for backbone in backbones
        if backbone in wanted or ENSEMBLE in wanted
    }
    batch_size = load("evaluate", EvaluateParams).batch_size
    models = {
        backbone: Model(backbone, (member,), member.decision.video.threshold, batch_size)
        for backbone, member in members.items()
        if backbone in wanted
    }
    if ENSEMBLE in wanted:
        threshold = _threshold(backbones)
        models[ENSEMBLE] = Model(ENSEMBLE, tuple(members.values()), threshold, batch_size)
    return models


def _load_member(name: str) -> Member:
    decision = read_decision(decision_path(name))
    return Member(name, load_network(network_path(name)), decision)


def _score(member: Member, crops: list[bytes], batch_size: int) -> np.ndarray:
    size = member.network.input_shape[1]
    decoded = (decode_crop(crop, size) for crop in crops)
    return member.decision.score_faces(score_crops(member.network, decoded, batch_size))


def _mean(scores: list[pd.DataFrame]) -> pd.DataFrame:
    """Average score tables in the way stage `compare` combines models."""
    return scores[0] if len(scores) == 1 else combine(scores, np.full(len(scores), 1 / len(scores)))


def _threshold(names: list[str]) -> float:
    """Choose the ensemble's threshold on val, in the way stage `compare` does."""
    tables = [table.read(video_scores_path(name), VIDEO_SCORES) for name in names]
    if any(not scores[KEY].equals(tables[0][KEY]) for scores in tables):
        raise InputError("the models were not evaluated on the same items: run `dvc repro`")
    params = load("decision", DecisionParams)
    return threshold_on_val(_mean(tables), params.max_false_positive_rate)
