"""Where the files of one model are."""

from pathlib import Path

MODELS = Path("models")


def network_path(model: str) -> Path:
    """The Keras model: from RGB crops to the logit of P(fake)."""
    return MODELS / model / "model.keras"


def decision_path(model: str) -> Path:
    """The decision: calibration, thresholds, aggregation."""
    return MODELS / model / "decision.json"


def headline_path(model: str) -> Path:
    """The headline metrics, as `dvc metrics diff` shows them."""
    return Path("metrics/models") / f"{model}.json"


def card_path(model: str) -> Path:
    """The model card."""
    return Path("metrics/cards") / f"{model}.md"


def plot_path(kind: str, model: str, suffix: str = ".csv") -> Path:
    """A plot's series, or its picture."""
    return Path("plots") / kind / f"{model}{suffix}"
