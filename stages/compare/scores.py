"""The score tables of all listed models, checked to cover the same items."""

import pandas as pd

from stages.common import table
from stages.common.errors import InputError
from stages.common.table import KEY
from stages.common.tables.scores import (
    FRAME_SCORES,
    SOURCES,
    VIDEO_SCORES,
    frame_scores_path,
    video_scores_path,
)


def read_scores(models: list[str]) -> dict[str, dict[str, pd.DataFrame]]:
    """Read the score tables, by model and level.

    Raises
    ------
    InputError
        Two models did not score the same faces.
    """
    tables = {
        model: {
            "frame": table.read(frame_scores_path(model), FRAME_SCORES),
            "video": table.read(video_scores_path(model), VIDEO_SCORES),
        }
        for model in models
    }
    about = {"frame": [*KEY, "frame", "track"], "video": KEY}
    first = tables[models[0]]
    for model, levels in tables.items():
        for level, scores in levels.items():
            columns = [*about[level], "split", "label", *SOURCES]
            if not scores[columns].equals(first[level][columns]):
                raise InputError(
                    f"{frame_scores_path(model)} and {frame_scores_path(models[0])} are not "
                    f"about the same data ({level} level): run `dvc repro`"
                )
    return tables
