import numpy as np
import pytest

from bench import input as loaders
from stages.train.batches import TrainBatches
from stages.train.faces import load_faces
from stages.train.params import RecipeParams
from tests.support.training import RECIPE


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return loaders.make_archives(40)


def test_made_faces_are_read_as_stored_ones(table):
    assert table["archive"].nunique() == 2
    crops = load_faces(table, 16).crops(np.arange(40))
    assert len(np.unique(crops.reshape(40, -1), axis=0)) == 40


def test_what_the_others_make_one_by_one_is_what_a_batch_holds(table):
    params = RecipeParams(**RECIPE | {"batch_size": 8})
    faces = load_faces(table, 16)
    batch = TrainBatches(faces, params)[2]
    ones = [loaders.SingleCrops(faces, params)(place) for place in range(16, 24)]
    for together, single in zip(batch, zip(*ones, strict=True), strict=True):
        np.testing.assert_array_equal(together, np.stack(single))
