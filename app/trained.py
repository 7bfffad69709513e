"""Which models are trained; imports neither Keras nor a network."""

from stages.common.errors import PipelineError
from stages.common.model_paths import MODELS, decision_path, network_path
from stages.common.params import load
from stages.compare.ensemble import ENSEMBLES_PATH, MEAN, Ensemble, read_ensembles

ENSEMBLE = "ensemble"


class NoModel(PipelineError):
    """There is no trained model, or not the requested one."""


def trained() -> list[str]:
    """Trained and evaluated backbones of params.yaml, plus the ensemble if all its members are."""
    names = [
        name
        for name in load("backbones", list[str])
        if network_path(name).is_file() and decision_path(name).is_file()
    ]
    ensemble = mean_ensemble()
    return [*names, ENSEMBLE] if ensemble and set(ensemble.weights) <= set(names) else names


def check_trained(name: str | None) -> None:
    """Raise `NoModel` if no model is trained, or none of this name."""
    known = trained()
    if not known:
        raise NoModel(
            f"no model is trained yet: {MODELS}/<backbone>/ holds no model.keras with its "
            "decision.json; run `dvc repro`, or `dvc pull` the models of your team"
        )
    if name is not None and name not in known:
        raise NoModel(f"no trained model is called {name!r}; there are: {', '.join(known)}")


def mean_ensemble() -> Ensemble | None:
    """Read the ensemble of equal weights that stage `compare` wrote, if there is one."""
    return read_ensembles(ENSEMBLES_PATH).get(MEAN)
