"""The score tables of all listed models, about the same faces and items."""

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


def read_scores(models: list[str], external: list[str]) -> dict[str, dict[str, pd.DataFrame]]:
    """Read the score tables, by model and level.

    Parameters
    ----------
    models : list of str
        Our own models, which score every face.
    external : list of str
        Entries of ``scores``, which may score fewer.

    Returns
    -------
    dict of str to dict of str to DataFrame
        Tables with the same rows in the same order. ``p_fake`` is NaN for faces that another
        program did not score; its items without a score have 0 ``faces``, and P(fake) = prior.

    Raises
    ------
    InputError
        Two models did not score the same faces, or another program's are not among these.
    """
    tables = {
        model: {
            "frame": table.read(frame_scores_path(model), FRAME_SCORES),
            "video": table.read(video_scores_path(model), VIDEO_SCORES),
        }
        for model in (*models, *external)
    }
    about = {"frame": [*KEY, "frame", "track"], "video": KEY}
    first = tables[models[0]]
    for model, levels in tables.items():
        for level, scores in levels.items():
            columns = [*about[level], "split", "label", *SOURCES]
            rows = first[level][columns]
            if model in external and level == "frame":
                scored = scores
                scores = levels[level] = rows.merge(scored[[*columns, "p_fake"]], "left", columns)
                same = scores["p_fake"].count() == len(scored)
            else:
                same = scores[columns].equals(rows)
            if not same:
                raise InputError(
                    f"{frame_scores_path(model)} and {frame_scores_path(models[0])} are not "
                    f"about the same data ({level} level): run `dvc repro`"
                )
    return tables
