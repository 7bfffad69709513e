"""Paths of the files of a model."""

from pathlib import Path

MODELS = Path("models")


def model_name(backbone: str, seed: str = "") -> str:
    """Name of a backbone's model: the backbone's, or for one of ``seeds`` with that appended."""
    return f"{backbone}-{seed}" if seed else backbone


def backbone_and_seed(model: str) -> tuple[str, str]:
    """Take a name of `model_name` apart; the seed is empty for the backbone's own model."""
    backbone, _, seed = model.rpartition("-")
    return (backbone, seed) if seed.isdecimal() else (model, "")


def network_path(model: str) -> Path:
    """Return the path of the Keras model, which maps RGB crops to the logit of P(fake)."""
    return MODELS / model / "model.keras"


def recipe_path(model: str) -> Path:
    """How it was trained: every parameter of its recipe, and the versions of the libraries."""
    return MODELS / model / "recipe.json"


def decision_path(model: str) -> Path:
    """The decision: calibration, thresholds, aggregation."""
    return MODELS / model / "decision.json"


def headline_path(model: str) -> Path:
    """Return the path of the headline metrics that `dvc metrics diff` shows."""
    return Path("metrics/models") / f"{model}.json"


def card_path(model: str) -> Path:
    """Return the path of the model card."""
    return Path("metrics/cards") / f"{model}.md"


def plot_path(kind: str, model: str, suffix: str = ".csv") -> Path:
    """Return the path of a plot's data series or picture."""
    return Path("plots") / kind / f"{model}{suffix}"
