"""A project as `split` leaves it."""

from pathlib import Path

import pytest
import yaml

from stages.common import table
from stages.common.tables.splits import ITEMS, ITEMS_PATH
from tests.support.external import write_indexes
from tests.support.scoring import make_project


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The current folder, with index and split tables, crops, two models and parameters."""
    monkeypatch.chdir(tmp_path)
    make_project(tmp_path)
    write_indexes(table.read(ITEMS_PATH, ITEMS))
    return tmp_path


@pytest.fixture
def entries(project):
    """A function that sets `scores` in params.yaml."""

    def write(**scores):
        params = yaml.safe_load(Path("params.yaml").read_text())
        Path("params.yaml").write_text(yaml.safe_dump(params | {"scores": scores}))

    return write
