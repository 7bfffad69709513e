"""Settings and a workspace that the tests of training share."""

import pytest

from stages.train.params import Model, Train
from tests.support.training import MODEL, TRAIN, make_workspace


@pytest.fixture
def train_settings():
    return Train(**TRAIN)


@pytest.fixture
def model_settings():
    return Model(**MODEL)


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """A folder with faces, split tables and parameters for a training of VGG16."""
    monkeypatch.chdir(tmp_path)
    make_workspace(tmp_path)
    return tmp_path
