"""Training curves, logged with DVCLive for `dvc plots`, `dvc exp show` and VS Code."""

from pathlib import Path
from typing import Any

from dvclive import Live
from scmrepo.exceptions import SCMError

from stages.common.errors import InputError

_DECIMALS = 6


def curves_folder(model: str) -> Path:
    """Folder of a model's training curves."""
    return Path("plots/history") / model


def curve_path(model: str, curve: str) -> Path:
    """Path of a curve's table: ``val/loss`` has columns ``step`` (epoch) and ``loss``."""
    return curves_folder(model) / "plots" / "metrics" / f"{curve}.tsv"


class Curves:
    """One table per metric in ``plots/metrics``, and the last epoch's metrics in ``metrics.json``.

    DVCLive appends to its tables, so a killed process may leave half a row, or a row that is later
    written twice. Therefore the old tables are removed at the start, and a resumed training writes
    its earlier epochs again.
    """

    def __init__(self, folder: Path) -> None:
        """Write to `folder` only: no dvc.yaml and no DVC experiment of DVCLive's own.

        Raises
        ------
        InputError
            Git has no commit yet.
        """
        try:
            self._live = Live(str(folder), save_dvc_exp=False, dvcyaml=None, report=None)
        except SCMError as error:
            raise InputError(
                f"DVCLive looks for the last commit ({error}): run `git commit`, then this again"
            ) from None

    def update(self, history: list[dict[str, Any]]) -> None:
        """Log the epochs of a history (`stages.train.fitting.History`) that are not logged yet."""
        for row in history[self._live.step :]:
            self._live.log_metric("phase", row["phase"], plot=False)
            for name, value in row.items():
                if name not in ("epoch", "phase"):  # DVCLive's step is the epoch
                    self._live.log_metric(_curve(name), round(value, _DECIMALS))
            self._live.next_step()

    def end(self) -> None:
        """Tell DVCLive that the training has ended."""
        self._live.end()


def _curve(name: str) -> str:
    """Convert a column of the history to DVCLive's ``split/metric``."""
    if name == "learning_rate":
        return name
    if name.startswith("val_"):
        return f"val/{name.removeprefix('val_')}"
    return f"train/{name}"
