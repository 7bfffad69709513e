"""The ROC plot of all models."""

from pathlib import Path

import pandas as pd

from stages.common.metrics.curves import roc, write_series
from stages.compare.slices import ScoredSlice


def roc_of_models(scored_slices: list[ScoredSlice], path: Path) -> None:
    """Write the ROC curves of every model: ``model``, ``data``, ``level``, ``fpr``, ``tpr``."""
    curves = [
        roc(scored.fake, p_fake).assign(
            model=model, data=f"{scored.split}: {scored.dataset}", level=scored.level
        )
        for scored in scored_slices
        for model, p_fake in sorted(scored.scores.items())
    ]
    write_series(path, pd.concat(curves, ignore_index=True))
