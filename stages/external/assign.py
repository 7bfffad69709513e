"""Assign the scores of another program to the faces of the pipeline."""

from pathlib import Path

import numpy as np
import pandas as pd

from stages.common.errors import InputError
from stages.common.metrics.calibration import log_odds
from stages.common.metrics.decision import FITTED_ON
from stages.common.table import KEY
from stages.common.tables.scores import SCORED_SPLITS

FACE = [*KEY, "frame", "track"]

MEANS = {"face": FACE, "frame": FACE[:-1], "item": KEY}
"""Where a face takes its score from: the first of these that the file has scores of."""


def known_rows(
    rows: pd.DataFrame, items: pd.DataFrame, file: Path
) -> tuple[pd.DataFrame, list[str]]:
    """Keep the scores of the pipeline's items.

    Parameters
    ----------
    rows : DataFrame
        The key, ``score``, and perhaps ``frame`` and ``track``.
    items : DataFrame
        Rows of `stages.common.tables.splits.ITEMS`.
    file : Path
        The file they come from, for messages.

    Returns
    -------
    known : DataFrame
        The rows of items that `items` has, with ``frame`` and ``track``.
    unknown : list of str
        Names of the others.

    Raises
    ------
    InputError
        Two rows are about the same face, frame or item, or no item is known.
    """
    rows = rows.reindex(columns=[*FACE, "score"])
    if (twice := rows.duplicated(FACE)).any():
        place = rows.loc[twice, FACE].iloc[0].dropna()
        raise InputError(
            f"{file}: {twice.sum()} rows repeat the {', '.join(place.index)} of another, the first "
            f"those of {', '.join(map(str, place))}; leave one score for each"
        )
    is_known = pd.MultiIndex.from_frame(rows[KEY]).isin(pd.MultiIndex.from_frame(items[KEY]))
    unknown = names_of(rows[~is_known])
    if not is_known.any():
        raise InputError(
            f"{file}: the pipeline has none of its {len(unknown)} items, such as {unknown[0]}; it "
            f"has items such as {names_of(items)[0]}"
        )
    return rows[is_known], unknown


def names_of(rows: pd.DataFrame) -> list[str]:
    """Return the keys of the items as paths, each once."""
    keys = rows[KEY].drop_duplicates().itertuples(index=False)
    return ["/".join(filter(None, key)) for key in keys]


def scored_faces(faces: pd.DataFrame, items: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Find the faces that have a score, and their score.

    A face has its own score; else the mean of its frame; else the mean of its item, which is the
    item's score if the file has one an item. An item that the file scores though the pipeline found
    no face in it becomes one row, with track -1.

    Parameters
    ----------
    faces : DataFrame
        Rows from `stages.common.metrics.score_tables.read_scored_faces`.
    items : DataFrame
        Rows of `stages.common.tables.splits.ITEMS`.
    rows : DataFrame
        Scores of known items, from `known_rows`.

    Returns
    -------
    DataFrame
        The rows with a score, with the columns ``score`` and ``by``: ``face``, ``frame`` or
        ``item``.
    """
    faceless = items[(items["faces"] == 0) & items["split"].isin(SCORED_SPLITS)]
    faces = pd.concat(
        [faces, faceless.assign(frame=-1, track=-1, confidence=1.0)], ignore_index=True
    )
    score, by = pd.Series(np.nan, faces.index), pd.Series("", faces.index)
    for name, key in MEANS.items():
        of_key = rows.dropna(subset=key).astype(dict.fromkeys(key[3:], int))
        means = of_key.groupby(key)["score"].mean().rename("score")
        found = faces[key].join(means, on=key)["score"]
        by = by.mask(score.isna() & found.notna(), name)
        score = score.fillna(found)
    return faces.assign(score=score, by=by)[score.notna()].reset_index(drop=True)


def log_odds_of(scores: pd.Series, all_scores: pd.Series) -> np.ndarray:
    """Return what a calibration takes: the scores, or their log odds if they are probabilities.

    They count as probabilities if all scores of the file, `all_scores`, lie in [0, 1]. Either way
    the order stays.
    """
    probabilities = all_scores.between(0, 1).all()
    return log_odds(scores.to_numpy()) if probabilities else scores.to_numpy()


def check_val(scored: pd.DataFrame, file: Path) -> None:
    """Raise an `InputError` unless reals and fakes of val have scores, to fit a decision on.

    Parameters
    ----------
    scored : DataFrame
        Rows from `scored_faces`.
    file : Path
        The file they come from, for the message.
    """
    labels = scored.loc[scored["split"] == FITTED_ON, "label"].unique()
    if len(labels) < 2:
        raise InputError(
            f"{file}: calibration and threshold are fitted on {FITTED_ON}, of which it scores "
            f"{f'only {labels[0]}s' if len(labels) else 'nothing'}; score {FITTED_ON} too: "
            f"`python -m stages.external.export {FITTED_ON} FOLDER` writes its faces"
        )


def unscored_items(items: pd.DataFrame, scored: pd.DataFrame) -> pd.DataFrame:
    """Return the items of val, test and unseen that have no row in `scored`."""
    known = pd.MultiIndex.from_frame(scored[KEY])
    without = ~pd.MultiIndex.from_frame(items[KEY]).isin(known)
    return items[without & items["split"].isin(SCORED_SPLITS)]


def counts(
    scored: pd.DataFrame, missing: list[str], unknown: list[str]
) -> dict[str, int | float | str]:
    """Count scored, missing and unknown items, and the faces by where their score is from."""
    faces = scored.loc[scored["track"] >= 0, "by"].value_counts()
    return {
        "items": len(scored.drop_duplicates(KEY)),
        "missing_items": len(missing),
        "unknown_items": len(unknown),
        **{f"faces_scored_by_{by}": int(faces.get(by, 0)) for by in MEANS},
    }
