"""Score val, test and unseen with one model, fit its decision on val, compute metrics and plots.

Command
    ``python -m stages.evaluate BACKBONE [SEED]``; with a seed, of the model BACKBONE-SEED, decision
    and scores alone
Reads
    ``models/<backbone>/model.keras``, the split tables val, test and unseen,
    ``data/split/items.csv``, the crops in ``data/faces``
Writes
    ``models/<backbone>/decision.json`` (calibration, thresholds, aggregation),
    ``data/scores/<backbone>.csv`` (one row per face), ``metrics/scores/<backbone>.csv`` (one row
    per item), ``metrics/models/<backbone>.json`` (headline metrics),
    ``metrics/tables/<backbone>.csv`` (all metrics), ``plots/<kind>/<backbone>.csv``
Parameters
    ``evaluate``, ``decision``, ``metrics``; versions of ``media``, ``network`` and ``statistics``
"""

import sys
from collections.abc import Callable
from functools import partial

import pandas as pd

from stages.common import table
from stages.common.command import run_stage
from stages.common.device import use_device
from stages.common.machine import this_machine
from stages.common.metrics.curves import write_series
from stages.common.metrics.decision import (
    FITTED_ON,
    Decision,
    DecisionParams,
    fit_decision,
    write_decision,
)
from stages.common.metrics.metrics_table import LevelScores, MetricsParams, metrics_table
from stages.common.metrics.score_tables import (
    item_levels,
    read_scored_faces,
    score_tables,
    with_categories,
    with_faceless,
    write_scores,
)
from stages.common.metrics.verdicts import aucs_of, doubt_of
from stages.common.metrics_file import write_metrics
from stages.common.model_paths import (
    decision_path,
    headline_path,
    model_name,
    network_path,
    plot_path,
)
from stages.common.network import load_network, score_faces
from stages.common.params import load
from stages.common.tables.metrics import METRICS, metrics_path
from stages.common.versions import pinned
from stages.evaluate import plots
from stages.evaluate.headline import headline
from stages.evaluate.params import EvaluateParams


def main(backbone: str, seed: str = "") -> None:
    """Evaluate the model of one backbone, from its recipe's seed or from another one."""
    pinned("media", "network", "statistics")
    params, decision_params = load("evaluate", EvaluateParams), load("decision", DecisionParams)
    metrics_params = load("metrics", MetricsParams)
    machine = this_machine()
    use_device(machine.device)
    name = model_name(backbone, seed)
    network = load_network(network_path(name))
    faces = read_scored_faces()
    logits = score_faces(network, faces, params.batch_size, machine.workers)

    fitted_on = (faces["split"] == FITTED_ON).to_numpy()
    decision = fit_decision(faces[fitted_on], logits[fitted_on], decision_params)
    write_decision(decision_path(name), decision)

    frames, videos = score_tables(faces, logits, decision)
    videos = with_faceless(videos, decision.video.undecided)
    write_scores(name, frames, videos)
    if not seed:
        write_metrics_of(backbone, frames, videos, decision, metrics_params)


def write_metrics_of(
    backbone: str,
    frames: pd.DataFrame,
    videos: pd.DataFrame,
    decision: Decision,
    params: MetricsParams,
) -> None:
    """Write the metric table, the headline metrics and the plots of a model.

    Parameters
    ----------
    backbone : str
        Name of the model.
    frames, videos : DataFrame
        Rows of `FRAME_SCORES` and `VIDEO_SCORES`, items without a face included.
    decision : Decision
        That of the scores.
    params : MetricsParams
        Bins and intervals.
    """
    frames, videos = with_categories(frames), with_categories(videos)
    of_items = item_levels(videos)
    of_frames = LevelScores(frames, decision.frame.threshold, decision.frame.prior)
    metrics = metrics_table(
        {"frame": of_frames}
        | {
            level: LevelScores(rows, decision.video.threshold, decision.video.prior)
            for level, rows in of_items.items()
        },
        params,
    )
    table.write(metrics_path(backbone), metrics, METRICS)
    write_metrics(headline_path(backbone), headline(metrics))
    if doubt := doubt_of(aucs_of(metrics)):
        print(f"warning: {backbone} gives no verdicts: {doubt}", file=sys.stderr)
    draw(backbone, frames, of_items["video"], decision, params.ece_bins)


def draw(
    backbone: str, frames: pd.DataFrame, videos: pd.DataFrame, decision: Decision, bins: int
) -> None:
    """Write the data series of every plot."""
    fitted = {"frame": (frames, decision.frame), "video": (videos, decision.video)}
    levels = {
        name: scores[["split", "dataset", "label", "p_fake"]].assign(
            threshold=level.threshold,
            uncalibrated=level.uncalibrated(scores["p_fake"]),
        )
        for name, (scores, level) in fitted.items()
    }
    kinds: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
        "roc": plots.roc_panel,
        "precision_recall": plots.precision_recall_panel,
        "confusion": plots.confusion_panel,
        "scores": plots.histogram_panel,
        "reliability": partial(plots.reliability_panel, bins=bins),
    }
    for kind, series in kinds.items():
        write_series(plot_path(kind, backbone), plots.each_panel(levels, series))


if __name__ == "__main__":
    run_stage(main)
