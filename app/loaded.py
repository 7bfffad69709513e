"""Load what answers need, which takes the most of the server's start."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.explain import Explainer
from app.models import Model, load_models
from app.provenance import check_provenance
from app.report.case import About, about
from stages.common.picture import encode_png
from stages.explain.gradcam import grad_cam


@dataclass(frozen=True)
class Loaded:
    """Models that have scored and explained a picture each, and what reports say of them.

    Attributes
    ----------
    models : mapping of str to Model
        As `app.models.load_models` gives them.
    explainers : mapping of str to Explainer
        By model.
    about : mapping of str to About
        By model; gathered at the start, as their files may change while the server runs.
    unknown : list of str
        What could not be checked of the models' parameters, one sentence each.
    """

    models: Mapping[str, Model]
    explainers: Mapping[str, Explainer]
    about: Mapping[str, About]
    unknown: list[str]


def load_all() -> Loaded:
    """Load all models, and let Keras build its graphs: a minute's work for a deep network.

    Raises
    ------
    PipelineError
        A model is damaged, was written by another version of this project, or was made with other
        parameters than those of params.yaml.
    """
    models = load_models()
    members = {member.name: member for model in models.values() for member in model.members}
    unknown = check_provenance(members.values())
    maps = {name: grad_cam(member.network) for name, member in members.items()}
    explainers = {
        name: Explainer({member.name: maps[member.name] for member in model.members})
        for name, model in models.items()
    }
    about_models = {name: about(model) for name, model in models.items()}
    blank = encode_png(np.zeros((8, 8, 3), np.uint8))
    name, last = next(reversed(models.items()))  # the ensemble has all members
    last.score_faces([blank])
    explainers[name].pictures([blank])
    return Loaded(models, explainers, about_models, unknown)
