"""Parameters and a workspace that the tests of training share."""

import pytest

from stages.train.params import RecipeParams
from tests.support.training import RECIPE, make_workspace


@pytest.fixture
def params():
    return RecipeParams(**RECIPE)


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """A folder with faces, split tables and parameters for a training of VGG16."""
    monkeypatch.chdir(tmp_path)
    make_workspace(tmp_path)
    return tmp_path
