"""The ROC plot of all models."""

from pathlib import Path

import pandas as pd

from stages.common.metrics.curves import roc, write_series
from stages.compare.trial import Trial


def roc_of_models(trials: list[Trial], path: Path) -> None:
    """Write the ROC curves of every model: ``model``, ``data``, ``level``, ``fpr``, ``tpr``."""
    curves = [
        roc(trial.fake, p_fake).assign(
            model=model, data=f"{trial.split}: {trial.dataset}", level=trial.level
        )
        for trial in trials
        for model, p_fake in sorted(trial.scores.items())
    ]
    write_series(path, pd.concat(curves, ignore_index=True))
