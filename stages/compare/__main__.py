"""Compare all models, their ensembles, the trivial baseline and other programs.

Command
    ``python -m stages.compare``
Reads
    ``data/scores`` and ``metrics/scores``: the score tables of every listed model and of every
    entry of ``scores``; tables of what is no longer listed are removed first
Writes
    ``metrics/leaderboard.csv``, ``metrics/comparisons.csv``, ``metrics/comparison.md``,
    ``metrics/ensembles.json`` (weights, calibration and thresholds), ``plots/roc_models.csv``
Parameters
    ``backbones``, ``datasets``, ``scores``, ``seeds``, ``decision``, ``metrics``; versions of
    ``media`` and ``statistics``
"""

import sys
from itertools import chain
from pathlib import Path

from stages.common import table
from stages.common.command import run_stage
from stages.common.datasets import DatasetParams
from stages.common.external import ScoresName, ScoresParams
from stages.common.files import write_whole
from stages.common.listed import drop_unlisted
from stages.common.metrics.decision import DecisionParams
from stages.common.metrics.metrics_table import MetricsParams
from stages.common.model_paths import model_name
from stages.common.params import load
from stages.common.tables.scores import BASELINE, SCORES_ROOT, VIDEO_SCORES_ROOT
from stages.common.versions import pinned
from stages.compare.comparisons import COMPARISONS, COMPARISONS_PATH, comparisons
from stages.compare.ensemble import (
    ENSEMBLES_PATH,
    WEIGHTED,
    fit_ensembles,
    with_ensembles,
    write_ensembles,
)
from stages.compare.leaderboard import LEADERBOARD, LEADERBOARD_PATH, leaderboard
from stages.compare.plot import roc_of_models
from stages.compare.report import UNEVEN, faceless, report
from stages.compare.scores import read_scores
from stages.compare.seeds import with_seeds
from stages.compare.slices import scored_slices, with_macro_averages


def main() -> None:
    """Rank the models and test their differences."""
    pinned("media", "statistics")
    backbones, seeds = load("backbones", list[str]), load("seeds", list[int])
    datasets = load("datasets", dict[str, DatasetParams])
    external = list(load("scores", dict[ScoresName, ScoresParams]))
    trainings = {
        name: [name, *(model_name(name, str(seed)) for seed in seeds)] for name in backbones
    }
    models = [*chain.from_iterable(trainings.values()), BASELINE]
    decision_params, params = load("decision", DecisionParams), load("metrics", MetricsParams)
    for folder in (SCORES_ROOT, VIDEO_SCORES_ROOT):
        drop_unlisted(folder, [*models, *external])

    read = read_scores(models, external)
    by_seed = {name: [read[one]["video"] for one in names] for name, names in trainings.items()}
    scores = {name: read[name] for name in (*backbones, BASELINE, *external)}
    ensembles = fit_ensembles(scores, backbones, decision_params)
    write_ensembles(ENSEMBLES_PATH, ensembles)
    tables = with_ensembles(scores, ensembles)
    slices = list(scored_slices(tables, decision_params.max_false_positive_rate, params))
    ready_made = {name for name, dataset in datasets.items() if dataset.crops}
    averaged = with_macro_averages(slices)
    ranked = leaderboard(averaged, params.intervals, ready_made)
    ranked = with_seeds(ranked, by_seed)
    all_items = ranked[ranked["level"] == "all_items"]
    for (split, dataset), rows in all_items.groupby(["split", "dataset"]):
        if UNEVEN in (found := faceless(rows)):
            print(f"warning: {split}: {dataset}: {found}", file=sys.stderr)
    pairs = comparisons(slices, params.intervals, backbones)

    table.write(LEADERBOARD_PATH, ranked, LEADERBOARD)
    table.write(COMPARISONS_PATH, pairs, COMPARISONS)
    weights = ensembles[WEIGHTED].weights if ensembles else {}
    write_whole(Path("metrics/comparison.md"), report(ranked, pairs, weights))
    roc_of_models(slices, Path("plots/roc_models.csv"))


if __name__ == "__main__":
    run_stage(main)
