"""Load trained models for the app: single networks, or an ensemble of several."""

from dataclasses import dataclass

import keras
import numpy as np
import pandas as pd

from app.skill import load_skill
from app.trained import ENSEMBLE, check_trained, mean_ensemble, trained
from stages.common.crops import decode_crop
from stages.common.device import use_device
from stages.common.machine import this_machine
from stages.common.metrics.decision import Decision, read_decision
from stages.common.metrics.verdicts import Skill
from stages.common.model_paths import decision_path, network_path
from stages.common.network import load_network, score_crops
from stages.common.params import load
from stages.compare.ensemble import Ensemble
from stages.evaluate.params import EvaluateParams


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
    """A model that scores items: one network, or an ensemble of several.

    Attributes
    ----------
    name : str
        Name of a backbone, or `ENSEMBLE`.
    members : tuple of Member
        The networks.
    batch_size : int
        Number of crops per forward pass.
    skill : Skill
        What val and test show of its verdicts.
    ensemble : Ensemble or None
        How the scores of the members are combined; None for one network.
    """

    name: str
    members: tuple[Member, ...]
    batch_size: int
    skill: Skill
    ensemble: Ensemble | None = None

    @property
    def fitted(self) -> Decision | Ensemble:
        """What gives the scores of items their calibration and threshold, from val."""
        return self.ensemble or self.members[0].decision

    @property
    def threshold(self) -> float:
        """The threshold of the decision on items, from val."""
        return self.fitted.video.threshold

    @property
    def no_verdict(self) -> str:
        """Why the model gives scores but no verdict; empty if it gives verdicts."""
        if self.demonstration:
            return "it knows nothing but the made-up faces of the embedded sample"
        return self.skill.doubt

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
        scores = {
            member.name: member.decision.score_items(faces.assign(p_fake=of_member))
            for member, of_member in zip(self.members, p_fake, strict=True)
        }
        whole = self.ensemble.combine("video", scores) if self.ensemble else scores[self.name]
        return whole.assign(**{name: part["p_fake"] for name, part in scores.items()})


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
    check_trained(name)
    known = trained()
    use_device(this_machine().device)
    wanted = known if name is None else [name]
    ensemble = mean_ensemble() if ENSEMBLE in wanted else None
    needed = {*wanted, *(ensemble.weights if ensemble else ())}
    members = {
        backbone: _load_member(backbone) for backbone in known if backbone in needed - {ENSEMBLE}
    }
    batch_size = load("evaluate", EvaluateParams).batch_size
    models = {
        backbone: Model(backbone, (member,), batch_size, load_skill(member.decision, [backbone]))
        for backbone, member in members.items()
        if backbone in wanted
    }
    if ensemble:
        pooled = tuple(members[backbone] for backbone in ensemble.weights)
        skill = load_skill(ensemble, list(ensemble.weights))
        models[ENSEMBLE] = Model(ENSEMBLE, pooled, batch_size, skill, ensemble)
    return models


def _load_member(name: str) -> Member:
    decision = read_decision(decision_path(name))
    return Member(name, load_network(network_path(name)), decision)


def _score(member: Member, crops: list[bytes], batch_size: int) -> np.ndarray:
    size = member.network.input_shape[1]
    decoded = (decode_crop(crop, size) for crop in crops)
    return member.decision.score_faces(score_crops(member.network, decoded, batch_size))
