"""How far the AUC of a backbone differs between trainings from other seeds."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from stages.common.metrics.definitions import DEFINITIONS
from stages.common.metrics.score_tables import item_levels
from stages.common.metrics.scores import Scores
from stages.common.tables.metrics import MACRO_AVERAGE

SEED_COLUMNS = ["seeds", "auc_seed_mean", "auc_seed_deviation"]


def auc_over_seeds(videos: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Mean and standard deviation of the AUC by video over trainings.

    Parameters
    ----------
    videos : sequence of DataFrame
        Rows of `stages.common.tables.scores.VIDEO_SCORES`, one table a training.

    Returns
    -------
    DataFrame
        ``split``, ``dataset`` (with ``macro_average`` over several unseen ones), ``seeds`` (number
        of trainings), ``auc_seed_mean`` and ``auc_seed_deviation`` (NaN where the AUC is undefined
        or there is one training).
    """
    aucs = pd.concat([_aucs(table).assign(seed=seed) for seed, table in enumerate(videos)])
    over = aucs.groupby(["split", "dataset"])["auc"]
    found = over.agg(seeds="size", auc_seed_mean=_mean, auc_seed_deviation=_deviation)
    return found.reset_index()


def spread_text(row: Any) -> str:
    """A row of `auc_over_seeds` in words, such as ``0.950 ± 0.012 (3 seeds)``."""
    return f"{row.auc_seed_mean:.3f} ± {row.auc_seed_deviation:.3f} ({row.seeds} seeds)"


def with_seeds(
    leaderboard: pd.DataFrame, videos: Mapping[str, Sequence[pd.DataFrame]]
) -> pd.DataFrame:
    """Fill in `SEED_COLUMNS` of the rows by video of each backbone that was trained several times.

    Parameters
    ----------
    leaderboard : DataFrame
        Rows of the leaderboard.
    videos : mapping of str to sequence of DataFrame
        Score tables of all trainings by backbone.
    """
    key = ["split", "dataset", "level", "model"]
    board = leaderboard.set_index(key)
    for model, tables in videos.items():
        if len(tables) > 1:
            board.update(auc_over_seeds(tables).assign(model=model, level="video").set_index(key))
    return board.reset_index()[leaderboard.columns]


def _aucs(videos: pd.DataFrame) -> pd.DataFrame:
    rows = [
        (split, dataset, _auc(items))
        for (split, dataset), items in item_levels(videos)["video"].groupby(["split", "dataset"])
    ]
    table = pd.DataFrame(rows, columns=["split", "dataset", "auc"])
    unseen = table.loc[table["split"] == "unseen", "auc"]
    if len(unseen) > 1:
        average = ("unseen", MACRO_AVERAGE, _mean(unseen))
        table = pd.concat([table, pd.DataFrame([average], columns=table.columns)])
    return table


def _auc(items: pd.DataFrame) -> float:
    fake = (items["label"] == "fake").to_numpy()
    value = DEFINITIONS["auc"].of(Scores(fake, items["p_fake"].to_numpy()))
    return np.nan if isinstance(value, str) else value


def _mean(aucs: pd.Series) -> float:
    return float(aucs.mean(skipna=False))


def _deviation(aucs: pd.Series) -> float:
    return float(aucs.std(skipna=False))
