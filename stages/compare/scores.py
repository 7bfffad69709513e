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
    first = _read(models[0])
    tables = {models[0]: first}
    for model in (*models[1:], *external):
        tables[model] = {}
        for level, scores in _read(model).items():
            columns = [*_ABOUT[level], "split", "label", *SOURCES]
            rows = first[level]
            if model in external and level == "frame":
                scored = scores
                scores = rows[columns].merge(scored[[*columns, "p_fake"]], "left", columns)
                same = scores["p_fake"].count() == len(scored)
            else:
                same = scores[columns].equals(rows[columns])
            if not same:
                raise InputError(
                    f"{frame_scores_path(model)} and {frame_scores_path(models[0])} are not "
                    f"about the same data ({level} level): run `dvc repro`"
                )
            # The other columns share the memory of the first model's
            own = [name for name in ("p_fake", "faces") if name in scores]
            tables[model][level] = rows.assign(**{name: scores[name] for name in own})
    return tables


_ABOUT = {"frame": [*KEY, "frame", "track"], "video": KEY}


def _read(model: str) -> dict[str, pd.DataFrame]:
    return {
        "frame": table.read(frame_scores_path(model), FRAME_SCORES),
        "video": table.read(video_scores_path(model), VIDEO_SCORES),
    }
