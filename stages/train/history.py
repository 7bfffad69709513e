"""A training's curves, kept by DVCLive for `dvc plots`, `dvc exp show` and VS Code."""

from pathlib import Path
from typing import Any

from dvclive import Live

_DECIMALS = 6


def curves_folder(model: str) -> Path:
    """Where the curves of a model's training are."""
    return Path("plots/history") / model


def curve_path(model: str, curve: str) -> Path:
    """The table of a curve, such as ``val/loss``: an epoch's number as ``step``, and ``loss``."""
    return curves_folder(model) / "plots" / "metrics" / f"{curve}.tsv"


class Curves:
    """A table an epoch's metric under ``plots/metrics``, and the last epoch's in ``metrics.json``.

    DVCLive appends to its tables, so that a kill would leave half a row, or one twice. So what is
    there at the start is removed, and a training that goes on tells its former epochs again.
    """

    def __init__(self, folder: Path) -> None:
        """Write to `folder`, and neither to dvc.yaml nor into an experiment of DVCLive's own."""
        self._live = Live(str(folder), save_dvc_exp=False, dvcyaml=None, report=None)

    def update(self, history: list[dict[str, Any]]) -> None:
        """Add the epochs of a history (`stages.train.fitting.History`) that are not there yet."""
        for row in history[self._live.step :]:
            self._live.log_metric("phase", row["phase"], plot=False)
            for name, value in row.items():
                if name not in ("epoch", "phase"):  # an epoch is DVCLive's step
                    self._live.log_metric(_curve(name), round(value, _DECIMALS))
            self._live.next_step()

    def end(self) -> None:
        """Signal that the training is over."""
        self._live.end()


def _curve(name: str) -> str:
    """Split and metric, as DVCLive names a table, of a column of the history."""
    if name == "learning_rate":
        return name
    if name.startswith("val_"):
        return f"val/{name.removeprefix('val_')}"
    return f"train/{name}"
