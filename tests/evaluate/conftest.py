"""A project as `train` leaves it."""

import pytest

from tests.support.scoring import make_project


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with parameters, split tables, crops and two models, as the current one."""
    monkeypatch.chdir(tmp_path)
    make_project(tmp_path)
    return tmp_path
