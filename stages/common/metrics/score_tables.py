"""Read the faces of the scored splits, compute a model's score tables and split them by level."""

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
from stages.common.tables.splits import ITEMS, ITEMS_PATH, SPLIT, split_path


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


def with_faceless(videos: pd.DataFrame, p_fake: float) -> pd.DataFrame:
    """Add the items of the scored splits in which no face was found.

    Parameters
    ----------
    videos : DataFrame
        Rows of `VIDEO_SCORES`.
    p_fake : float
        Score of the added items.
    """
    items = table.read(ITEMS_PATH, ITEMS)
    faceless = items[(items["faces"] == 0) & items["split"].isin(SCORED_SPLITS)]
    return pd.concat([videos, faceless.assign(p_fake=p_fake)], ignore_index=True)


def item_levels(videos: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Split a table of item scores by level.

    Returns
    -------
    dict of str to DataFrame
        ``video``: the items with a face. ``all_items``: all items of the splits in which some
        item has no face; missing if there are none.
    """
    has_face = videos["faces"] > 0
    some_lack = ~has_face.groupby(videos["split"]).transform("all")
    levels = {"video": videos[has_face]}
    return levels | {"all_items": videos[some_lack]} if some_lack.any() else levels


def with_categories(scores: pd.DataFrame) -> pd.DataFrame:
    """Make the columns of names in a score table categories, which group and compare much faster.

    ``target`` and ``donor`` have the same categories.
    """
    names = [name for name in (*KEY, "split", "label", "group") if name in scores]
    every = pd.concat([scores["target"], scores["donor"]]).unique()
    persons = pd.CategoricalDtype(sorted(every.tolist()))
    return scores.astype(dict.fromkeys(names, "category") | {"target": persons, "donor": persons})


def has_face(rows: pd.DataFrame) -> np.ndarray:
    """Whether each row of a score table shows a face, as every row of faces does: bool, (n,)."""
    return (rows["faces"] > 0).to_numpy() if "faces" in rows else np.ones(len(rows), bool)


def write_scores(model: str, frames: pd.DataFrame, videos: pd.DataFrame) -> None:
    """Write both score tables of `model`."""
    table.write(frame_scores_path(model), frames, FRAME_SCORES)
    table.write(video_scores_path(model), videos, VIDEO_SCORES)
