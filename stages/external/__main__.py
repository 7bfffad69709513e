"""Calibrate the scores of another program on val and write them as those of our models.

Command
    ``python -m stages.external NAME``
Reads
    the file that ``scores.NAME`` names, ``data/index``, the split tables val, test and unseen,
    ``data/split/items.csv``
Writes
    ``data/scores/NAME.csv`` (one row per face), ``metrics/scores/NAME.csv`` (one row per item),
    ``metrics/external/NAME.json`` (how many items and faces have a score)
Parameters
    ``scores.NAME``, ``decision``; versions of ``statistics``
"""

import sys
from pathlib import Path

import pandas as pd

from stages.common import table
from stages.common.command import run_stage
from stages.common.errors import InputError, first_of
from stages.common.external import ScoresParams
from stages.common.metrics.decision import FITTED_ON, DecisionParams, fit_decision
from stages.common.metrics.score_tables import read_scored_faces, score_tables, write_scores
from stages.common.metrics_file import write_metrics
from stages.common.params import load
from stages.common.table import KEY
from stages.common.tables.index import INDEX, index_path
from stages.common.tables.splits import ITEMS, ITEMS_PATH
from stages.common.versions import pinned
from stages.external.assign import (
    check_val,
    counts,
    known_rows,
    log_odds_of,
    names_of,
    scored_faces,
    unscored_items,
)
from stages.external.formats import read_file
from stages.external.names import with_items


def main(name: str) -> None:
    """Assign a file's scores to faces and items, fit the decision on val, and write the tables."""
    pinned("statistics")
    about, params = load(f"scores.{name}", ScoresParams), load("decision", DecisionParams)
    file, items = Path(about.file), table.read(ITEMS_PATH, ITEMS)
    rows = read_file(file, about.format)
    if "path" in rows:
        index = [table.read(index_path(dataset), INDEX) for dataset in items["dataset"].unique()]
        rows = with_items(rows, pd.concat(index).merge(items[KEY]), file)
    rows, unknown = known_rows(rows, items, file)
    if unknown:
        print(f"{file}: {_first(unknown)} not in the pipeline, left out", file=sys.stderr)

    faces = scored_faces(read_scored_faces(), items, rows)
    check_val(faces, file)
    unscored = unscored_items(items, faces)
    missing = names_of(unscored[unscored["faces"] > 0])
    if missing and about.missing == "refuse":
        raise InputError(
            f"{file}: {_first(missing)} without a score; score them too, or let them count as "
            f"undecided with scores.{name}.missing: undecided"
        )

    logits = log_odds_of(faces["score"], rows["score"])
    fitted_on = (faces["split"] == FITTED_ON).to_numpy()
    decision = fit_decision(faces[fitted_on], logits[fitted_on], params)
    frames, videos = score_tables(faces, logits, decision)
    undecided = unscored.assign(faces=0, p_fake=decision.video.undecided)
    write_scores(name, frames[frames["track"] >= 0], pd.concat([videos, undecided]))
    write_metrics(Path("metrics/external") / f"{name}.json", counts(faces, missing, unknown))


def _first(names: list[str]) -> str:
    """Count items and name the first, such as ``2 items (a/real/1, a/real/2)``."""
    return f"{len(names)} items ({', '.join(first_of(names))})"


if __name__ == "__main__":
    run_stage(main)
