"""Example clips for the page, from the embedded sample if it has been rendered."""

from pathlib import Path

from stages.common import table
from stages.common.errors import TableError
from stages.common.metrics.decision import SAMPLE
from stages.common.tables.index import INDEX, RAW, index_path
from stages.common.tables.splits import SPLIT, split_path


def examples() -> dict[str, Path]:
    """A real clip of the sample and the fake made from it, both from the test split."""
    try:
        index = table.read(index_path(SAMPLE), INDEX)
        tested = table.read(split_path("test"), SPLIT)
    except TableError:
        return {}
    items = set(tested.loc[tested["dataset"] == SAMPLE, "item"])
    fakes = index[(index["label"] == "fake") & index["item"].isin(items)]
    for fake in fakes.itertuples():
        real = index[(index["item"] == fake.original) & (index["label"] == "real")]
        paths = [RAW / SAMPLE / path for path in [*real["path"], fake.path]]
        if len(paths) == 2 and all(path.is_file() for path in paths):
            return {"Sample: a pristine clip": paths[0], "Sample: a fake made from it": paths[1]}
    return {}
