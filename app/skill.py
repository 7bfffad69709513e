"""What val and test show of the models that the app loads, from the score tables in git."""

import pandas as pd

from stages.common import table
from stages.common.errors import TableError
from stages.common.metrics.decision import Decision
from stages.common.metrics.metrics_table import MetricsParams
from stages.common.metrics.verdicts import Skill, VerdictParams, skill_of
from stages.common.params import load
from stages.common.table import KEY
from stages.common.tables.scores import BASELINE, VIDEO_SCORES, video_scores_path
from stages.compare.ensemble import Ensemble


def load_skill(fitted: Decision | Ensemble, members: list[str]) -> Skill:
    """Fit a model's verdicts on val and look at them on test.

    Parameters
    ----------
    fitted : Decision or Ensemble
        What gives the threshold on items.
    members : list of str
        The backbone, or those of the ensemble.

    Returns
    -------
    Skill
        Without a rule, and with the reason, if a score table is missing or is not about the same
        items as the others.
    """
    try:
        scores = {each: _read(each) for each in (*members, BASELINE)}
    except TableError as error:
        return Skill(None, None, [], f"nothing shows how often it is wrong: {error}")
    baseline = scores.pop(BASELINE)
    for each, rows in scores.items():
        if not rows[KEY].equals(baseline[KEY]):
            paths = f"{video_scores_path(each)} and {video_scores_path(BASELINE)}"
            return Skill(None, None, [], f"{paths} are not about the same items: run `dvc repro`")
    return skill_of(
        _of_model(fitted, scores),
        baseline,
        fitted.video.threshold,
        load("verdict", VerdictParams),
        load("metrics", MetricsParams),
    )


def item_scores(fitted: Decision | Ensemble, members: list[str]) -> pd.DataFrame:
    """Read what a model scores the items of val, test and unseen, all members the same items.

    Raises
    ------
    TableError
        A score table is missing or damaged.
    """
    return _of_model(fitted, {each: _read(each) for each in members})


def _of_model(fitted: Decision | Ensemble, scores: dict[str, pd.DataFrame]) -> pd.DataFrame:
    if isinstance(fitted, Ensemble):
        return fitted.combine("video", scores)
    (own,) = scores.values()
    return own


def _read(name: str) -> pd.DataFrame:
    return table.read(video_scores_path(name), VIDEO_SCORES)
