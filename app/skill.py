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
        fitted.combine("video", scores) if isinstance(fitted, Ensemble) else scores[members[0]],
        baseline,
        fitted.video.threshold,
        load("verdict", VerdictParams),
        load("metrics", MetricsParams),
    )


def _read(name: str) -> pd.DataFrame:
    return table.read(video_scores_path(name), VIDEO_SCORES)
