"""Compare all models, their ensembles and the trivial baseline.

Command
    ``python -m stages.compare``
Reads
    ``data/scores`` and ``metrics/scores``: the score tables of every listed model; tables of
    models that are no longer listed are removed first
Writes
    ``metrics/leaderboard.csv``, ``metrics/comparisons.csv``, ``metrics/comparison.md``,
    ``plots/roc_models.csv``
Parameters
    ``backbones``, ``decision``, ``metrics``; versions of ``media`` and ``statistics``
"""

from pathlib import Path

from stages.common import table
from stages.common.command import run_stage
from stages.common.files import write_whole
from stages.common.listed import drop_unlisted
from stages.common.metrics.decision import DecisionParams
from stages.common.metrics.metrics_table import MetricsParams
from stages.common.params import load
from stages.common.tables.scores import BASELINE, SCORES_ROOT, VIDEO_SCORES_ROOT
from stages.common.versions import pinned
from stages.compare.comparisons import COMPARISONS, COMPARISONS_PATH, comparisons
from stages.compare.ensemble import with_ensembles
from stages.compare.leaderboard import LEADERBOARD, LEADERBOARD_PATH, leaderboard
from stages.compare.plot import roc_of_models
from stages.compare.report import report
from stages.compare.scores import read_scores
from stages.compare.trial import trials


def main() -> None:
    """Rank the models and test their differences."""
    pinned("media", "statistics")
    backbones = load("backbones", list[str])
    decision_params, params = load("decision", DecisionParams), load("metrics", MetricsParams)
    for folder in (SCORES_ROOT, VIDEO_SCORES_ROOT):
        drop_unlisted(folder, [*backbones, BASELINE])

    tables, weights = with_ensembles(read_scores([*backbones, BASELINE]), backbones)
    tried = list(trials(tables, decision_params.max_false_positive_rate, params))
    ranked = leaderboard(tried, params.intervals)
    pairs = comparisons(tried, params.intervals)

    table.write(LEADERBOARD_PATH, ranked, LEADERBOARD)
    table.write(COMPARISONS_PATH, pairs, COMPARISONS)
    write_whole(Path("metrics/comparison.md"), report(ranked, pairs, weights))
    roc_of_models(tried, Path("plots/roc_models.csv"))


if __name__ == "__main__":
    run_stage(main)
