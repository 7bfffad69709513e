"""Score val, test and unseen with a logistic regression on trivial image features.

How well brightness, contrast, sharpness, colours and JPEG size alone tell fakes from reals shows
how much of any model's performance may be an artefact of how the dataset was made.

Command
    ``python -m stages.baseline``
Reads
    the split tables, ``data/split/items.csv``, the crops in ``data/faces``
Writes
    ``data/scores/baseline.csv`` (one row per face), ``metrics/scores/baseline.csv`` (one row per
    item), ``data/measured.csv`` (brightness and detail of each face, for ``explain``)
Parameters
    ``decision``; versions of ``media`` and ``statistics``
"""

from stages.baseline.features import BRIGHTNESS
from stages.baseline.regression import fit_regression, trivial_features
from stages.common import table
from stages.common.command import run_stage
from stages.common.machine import this_machine
from stages.common.metrics.decision import FITTED_ON, DecisionParams, fit_decision
from stages.common.metrics.score_tables import (
    read_scored_faces,
    score_tables,
    with_faceless,
    write_scores,
)
from stages.common.params import load
from stages.common.tables.measured import MEASURED, MEASURED_PATH
from stages.common.tables.scores import BASELINE
from stages.common.tables.splits import SPLIT, split_path
from stages.common.versions import pinned


def main() -> None:
    """Fit the regression on train and the decision on val, then score val, test and unseen."""
    pinned("media", "statistics")
    params = load("decision", DecisionParams)
    workers = this_machine().workers
    train = table.read(split_path("train"), SPLIT)
    fake = (train["label"] == "fake").to_numpy()
    regression = fit_regression(trivial_features(train, workers)[0], fake)

    faces = read_scored_faces()
    values, detail = trivial_features(faces, workers)
    measured = faces.assign(brightness=values[:, BRIGHTNESS], detail=detail)
    table.write(MEASURED_PATH, measured, MEASURED)
    logits = regression.decision_function(values)
    fitted_on = (faces["split"] == FITTED_ON).to_numpy()
    decision = fit_decision(faces[fitted_on], logits[fitted_on], params)
    frames, videos = score_tables(faces, logits, decision)
    write_scores(BASELINE, frames, with_faceless(videos, decision.video.undecided))


if __name__ == "__main__":
    run_stage(main)
