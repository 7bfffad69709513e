import numpy as np
import pytest

from stages.train.batches import TrainBatches, ValBatches
from stages.train.faces import load_faces
from tests.train.conftest import made_faces


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return made_faces("train", 5)


@pytest.fixture
def faces(table):
    return load_faces(table, 16)


def test_a_batch_follows_from_seed_epoch_and_place(faces, train_settings):
    forth, back = (TrainBatches(faces, 4, train_settings) for _ in range(2))
    forth.epoch = back.epoch = 3
    ahead = [forth[index] for index in range(len(forth))]
    for index in reversed(range(len(back))):
        for one, two in zip(ahead[index], back[index], strict=True):
            np.testing.assert_array_equal(one, two)


def test_epochs_and_seeds_differ(faces, train_settings):
    batches = TrainBatches(faces, 4, train_settings)
    first = batches[0][0]
    batches.epoch = 1
    assert not np.array_equal(first, batches[0][0])
    other = TrainBatches(faces, 4, train_settings.model_copy(update={"seed": 4}))
    assert not np.array_equal(first, other[0][0])


def test_memory_bound_changes_no_byte(table, train_settings):
    stored, on_the_fly = load_faces(table, 16), load_faces(table, 16, memory=0)
    assert on_the_fly.decoded is None
    one, two = (TrainBatches(faces, 4, train_settings)[1] for faces in (stored, on_the_fly))
    np.testing.assert_array_equal(one[0], two[0])


def test_the_same_face_twice_in_a_batch(table):
    faces = load_faces(table, 16, memory=0)
    crops = faces.crops(np.array([3, 0, 3]))
    np.testing.assert_array_equal(crops[0], crops[2])
    assert not np.array_equal(crops[0], crops[1])


def test_labels_belong_to_their_crops(faces, train_settings):
    batches = TrainBatches(faces, 4, train_settings)
    for index in range(len(batches)):
        crops, labels, weights = batches[index]
        assert crops.shape == (4, 16, 16, 3)
        assert labels.shape == weights.shape == (4, 1)
        redder = crops[..., 0].mean(axis=(1, 2)) - crops[..., 1].mean(axis=(1, 2)) > 25
        np.testing.assert_array_equal(redder, labels[:, 0] == 1)


def test_val_shows_every_face_once_in_order(faces):
    batches = ValBatches(faces, 8, weigh=True)
    crops = np.concatenate([batches[index][0] for index in range(len(batches))])
    np.testing.assert_array_equal(crops, faces.decoded)
