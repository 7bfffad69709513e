"""Faces of the scored splits, and the two score tables that a model makes of them."""

import numpy as np
import pandas as pd

from stages.common import table
from stages.common.metrics.decision import Decision
from stages.common.table import KEY
from stages.common.tables.scores import (
    FRAME_SCORES,
    SCORED_SPLITS,
    SOURCES,
    VIDEO_SCORES,
    frame_scores_path,
    video_scores_path,
)
from stages.common.tables.splits import SPLIT, split_path


def read_scored_faces() -> pd.DataFrame:
    """Read the split tables val, test and unseen as one table with the column ``split``."""
    parts = [table.read(split_path(split), SPLIT).assign(split=split) for split in SCORED_SPLITS]
    return pd.concat(parts, ignore_index=True)


def score_tables(
    faces: pd.DataFrame, logits: np.ndarray, decision: Decision
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compute the rows of `FRAME_SCORES` and of `VIDEO_SCORES`.

    Parameters
    ----------
    faces : DataFrame
        Rows from `read_scored_faces`.
    logits : ndarray of float, shape (n,)
        Log odds of fake of each row.
    decision : Decision
        The decision fitted on the rows of val.
    """
    frames = faces.assign(p_fake=decision.score_faces(logits))
    about = faces.groupby(KEY)[["split", "label", *SOURCES]].first().reset_index()
    return frames, decision.score_items(frames).merge(about, on=KEY, validate="one_to_one")


def write_scores(model: str, frames: pd.DataFrame, videos: pd.DataFrame) -> None:
    """Write both score tables of `model`."""
    table.write(frame_scores_path(model), frames, FRAME_SCORES)
    table.write(video_scores_path(model), videos, VIDEO_SCORES)
