"""Split the faces of all datasets by group.

Command
    ``python -m stages.split``
Reads
    ``data/index/*.csv``, ``data/faces/<role>/<dataset>/faces.csv`` and ``data/persons.csv``
Writes
    ``data/split/{train,val,test,unseen}.csv`` (one row per face), ``data/split/items.csv`` (one row
    per item, with or without a face), ``metrics/split.json``, and the items that another dataset
    contains as well in ``metrics/split_problems.csv``
Parameters
    ``datasets``, ``split``
"""

from stages.common import table
from stages.common.command import run_stage
from stages.common.datasets import DatasetParams
from stages.common.errors import ParamsError
from stages.common.metrics_file import write_metrics
from stages.common.params import load
from stages.common.problems import raise_or_report
from stages.common.split_metrics import SPLIT_METRICS
from stages.common.tables.persons import PERSONS, PERSONS_PATH
from stages.common.tables.problems import PROBLEMS, problems_path
from stages.common.tables.splits import ITEMS, ITEMS_PATH, SPLIT, SPLIT_NAMES, split_path
from stages.split.assign import split_items
from stages.split.faceless import report_without_face
from stages.split.metrics import split_metrics
from stages.split.params import SplitParams
from stages.split.pictures import same_pictures
from stages.split.rows import counted, hashes_of, read_faces, read_items, with_items


def main() -> None:
    """Assign every item to a split, and its faces with it."""
    datasets = load("datasets", dict[str, DatasetParams])
    params = load("split", SplitParams)
    if unknown := sorted(set(params.official) - set(datasets)):
        raise ParamsError(f"params.yaml: split.official: no dataset is called {unknown[0]}")
    persons = table.read(PERSONS_PATH, PERSONS)
    if params.by == "person" and persons.empty:
        raise ParamsError("params.yaml: split.by is person, but identify.weights names no file")
    items = read_items(datasets)
    faces = read_faces(items)
    pictures = same_pictures(hashes_of(faces, items))
    items, problems = split_items(items, params, pictures, persons)
    table.write(problems_path("split"), problems, PROBLEMS)
    raise_or_report(problems, "split", problems_path("split"))
    faces = with_items(faces, items)
    items = counted(items, faces)
    report_without_face(items)
    for split in SPLIT_NAMES:
        table.write(split_path(split), faces[faces["split"] == split], SPLIT)
    table.write(ITEMS_PATH, items, ITEMS)
    write_metrics(SPLIT_METRICS, split_metrics(items, faces, problems, persons))


if __name__ == "__main__":
    run_stage(main)
