"""The ROC plot of all models."""

from pathlib import Path

import pandas as pd

from stages.common.metrics.curves import roc, write_series
from stages.compare.slices import ScoredSlice


def roc_of_models(scored_slices: list[ScoredSlice], path: Path) -> None:
    """Write the ROC curves of every model: ``model``, ``data``, ``level``, ``fpr``, ``tpr``.

    That of another program is of what it scored.
    """
    curves = [
        roc(scored.fake[own], scored.scores[model][own]).assign(
            model=model, data=f"{scored.split}: {scored.dataset}", level=scored.level
        )
        for scored in scored_slices
        for model in sorted(scored.measured)
        for own in [scored.scored_by(model)]
    ]
    write_series(path, pd.concat(curves, ignore_index=True))
