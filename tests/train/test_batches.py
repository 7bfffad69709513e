import re

import cv2
import numpy as np
import pandas as pd
import pytest

from stages.common.archive import Record, write_archive
from stages.common.errors import InputError
from stages.common.table import KEY
from stages.common.tables.faces import FACES_ROOT
from stages.train.backend import ProcessGroup
from stages.train.batches import TrainBatches, ValBatches
from stages.train.faces import load_faces
from stages.train.params import RecipeParams
from stages.train.sampling import learnt_from
from stages.train.selection import val_metrics
from stages.train.sheet import write_sheet
from tests.support.training import NOTHING, RECIPE, made_faces


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return made_faces("train", 5)


@pytest.fixture
def faces(table):
    return load_faces(table, 16)


def test_a_batch_follows_from_seed_epoch_and_place(faces, params):
    forth, back = (TrainBatches(faces, params) for _ in range(2))
    forth.epoch = back.epoch = 3
    ahead = [forth[index] for index in range(len(forth))]
    for index in reversed(range(len(back))):
        for one, two in zip(ahead[index], back[index], strict=True):
            np.testing.assert_array_equal(one, two)


def test_epochs_and_seeds_differ(faces, params):
    batches = TrainBatches(faces, params)
    first = batches[0][0]
    batches.epoch = 1
    assert not np.array_equal(first, batches[0][0])
    other = TrainBatches(faces, params.model_copy(update={"seed": 4}))
    assert not np.array_equal(first, other[0][0])


def test_the_cache_changes_no_byte(table, params):
    stored, on_the_fly = load_faces(table, 16, workers=3), load_faces(table, 16, cached=False)
    assert on_the_fly.decoded is None
    one, two = (TrainBatches(faces, params)[1] for faces in (stored, on_the_fly))
    np.testing.assert_array_equal(one[0], two[0])


def test_the_same_face_twice_in_a_batch(table):
    faces = load_faces(table, 16, cached=False)
    crops = faces.crops(np.array([3, 0, 3]))
    np.testing.assert_array_equal(crops[0], crops[2])
    assert not np.array_equal(crops[0], crops[1])


def test_a_crop_that_cannot_be_read_is_named(table):
    row = table.iloc[0]
    damaged = dict.fromkeys(table.loc[table["archive"] == row.archive, "crop"], b"no picture")
    write_archive(FACES_ROOT / row.archive, Record(digest="made"), damaged)
    with pytest.raises(InputError, match=re.escape(f"crop {row.crop} of {row.archive}")):
        load_faces(table, 16)


def test_labels_belong_to_their_crops(faces, params):
    batches = TrainBatches(faces, params)
    for index in range(len(batches)):
        crops, labels, weights = batches[index]
        assert (crops.shape, crops.dtype) == ((4, 16, 16, 3), np.uint8)
        assert labels.shape == weights.shape == (4, 1)
        redder = crops[..., 0].mean(axis=(1, 2)) - crops[..., 1].mean(axis=(1, 2)) > 25
        np.testing.assert_array_equal(redder, labels[:, 0] == 1)


@pytest.mark.parametrize("steps", [1, 3, 12])
def test_an_epoch_has_the_steps_asked_for(faces, params, steps):
    batches = TrainBatches(faces, params.model_copy(update={"steps_per_epoch": steps}))
    assert len(batches) == steps
    epochs = []
    for batches.epoch in range(2):
        crops = np.concatenate([batches[index][0] for index in range(steps)])
        assert len(crops) == 4 * steps
        epochs.append(crops)
    assert (epochs[0] != epochs[1]).any()


def test_steps_beyond_a_pass_begin_another_that_is_drawn_anew(faces):
    params = altered(sampling="all").model_copy(update={"steps_per_epoch": 15})
    batches = TrainBatches(faces, params)
    crops = np.concatenate([batches[index][0] for index in range(15)])
    passes = crops.reshape(3, 20, *crops.shape[1:])
    for one in passes:  # each shows every face once
        assert sorted(map(np.ndarray.tobytes, one)) == sorted(
            map(np.ndarray.tobytes, faces.decoded)
        )
    assert (passes[0] != passes[1]).any()


def test_every_epoch_has_the_steps_of_the_first_though_sampling_draws_more_or_fewer_faces(table):
    faces = load_faces(table, 16)
    batches = TrainBatches(faces, altered().model_copy(update={"frames_per_item": 1}))
    steps = len(batches)
    for batches.epoch in range(8):
        assert len(batches) == steps
        assert all(len(batches[index][0]) == 4 for index in range(steps))


def test_frames_per_item_halve_an_epoch_and_leave_val_as_it_is(faces, params):
    half = params.model_copy(update={"frames_per_item": 1})
    assert (len(TrainBatches(faces, params)), len(TrainBatches(faces, half))) == (5, 2)
    shown = ValBatches(faces, half)
    assert sum(len(shown[index]) for index in range(len(shown))) == len(faces.labels)


def test_both_classes_weigh_the_same_where_reals_without_fakes_are_shown_in_pairs(table):
    alone = pd.concat([table, table[table["label"] == "real"].assign(dataset="other")])
    batches = TrainBatches(load_faces(alone, 16), altered(batch_size=30))
    _, labels, weights = batches[0]
    assert len(batches) == 1
    assert labels.mean() == pytest.approx(1 / 3)
    assert weights[labels == 1].sum() == pytest.approx(weights[labels == 0].sum())


def test_val_shows_every_face_once_in_order(faces, params):
    batches = ValBatches(faces, params.model_copy(update={"batch_size": 8}))
    crops = np.concatenate([batches[index] for index in range(len(batches))])
    np.testing.assert_array_equal(crops, faces.decoded)


def test_processes_share_val_between_them(faces, params):
    parts = [
        ValBatches(faces, params, ProcessGroup(rank=rank, world_size=3, devices=3))
        for rank in range(3)
    ]
    crops = [part[index] for part in parts for index in range(len(part))]
    np.testing.assert_array_equal(np.concatenate(crops), faces.decoded)


def altered(share=0.0, probability=0.0, sampling="pairs", batch_size=4):
    """A recipe with self-blended fakes and recompression alone."""
    nothing = NOTHING.model_dump()
    nothing["h264"] = {"probability": probability, "low": 5, "high": 5, "frames": 3}
    blended = {"share": share}
    changes = {"augment": nothing, "self_blended": blended, "batch_size": batch_size}
    return RecipeParams(**RECIPE | {"sampling": sampling} | changes)


@pytest.mark.parametrize("sampling", ["all", "groups"])
def test_what_is_off_leaves_every_crop_as_it_was(faces, sampling):
    plain, half = (TrainBatches(faces, altered(share, 0.0, sampling)) for share in (0.0, 0.5))
    for index in range(len(plain)):
        crops, labels, weights = plain[index]
        others, same_labels, same_weights = half[index]
        np.testing.assert_array_equal(labels, same_labels)
        np.testing.assert_array_equal(weights, same_weights)
        kept = labels[:, 0] == 0
        np.testing.assert_array_equal(crops[kept], others[kept])


@pytest.mark.parametrize("real_only", [False, True])
@pytest.mark.parametrize("cached", [True, False])
def test_a_self_blended_fake_stands_beside_what_it_was_blended_into(table, real_only, cached):
    """Some reals are altered as their fakes are: the alteration alone must give no fake away."""
    faces = load_faces(learnt_from(table, float(real_only)), 16, cached=cached)
    crops, labels, _ = TrainBatches(faces, altered(share=1.0, batch_size=20))[0]
    np.testing.assert_array_equal(labels[:, 0], [1, 0] * 10)
    fakes, reals = crops[::2], crops[1::2]
    distance = np.abs(fakes[:, None].astype(int) - reals[None]).mean((2, 3, 4))
    np.testing.assert_array_equal(distance.argmin(axis=1), np.arange(10))
    assert (distance.diagonal() > 0).all()
    stored = {crop.tobytes() for crop in faces.crops(np.flatnonzero(faces.labels == 0))}
    assert 1 <= sum(real.tobytes() in stored for real in reals) <= 9


def test_a_share_of_the_pairs_is_self_blended(faces):
    rows = [TrainBatches(faces, altered(share, batch_size=20))[0][0] for share in (0.0, 0.5)]
    changed = (rows[0] != rows[1]).any((1, 2, 3))
    assert 2 <= changed[::2].sum() <= 8
    assert 1 <= changed[1::2].sum() < changed[::2].sum()
    assert changed[::2][changed[1::2]].all()


def test_blending_happens_in_the_pixels_that_are_stored(faces):
    """What is finer than the network's input is blended too: the seam is resized with the face."""
    batches = TrainBatches(faces, altered(share=1.0, batch_size=20))
    ((stored, landmarks),) = faces.stored(np.array([0]))
    assert stored.shape == (40, 36, 3)
    assert landmarks.shape == (5, 2)
    made = []

    def watched(crop, *arguments):
        made.append(crop.shape)
        return crop, crop

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stages.train.batches.self_blend", watched)
        assert batches[0][0].shape == (20, 16, 16, 3)
    assert set(made) == {(40, 36, 3)}


@pytest.mark.parametrize("sampling", ["pairs", "all", "undersample", "groups"])
def test_of_reals_alone_an_epoch_is_each_after_its_self_blended_copy(table, sampling):
    """What training sees does not depend on the fakes of the table, not even on their number."""
    real = learnt_from(table, 1.0)
    assert set(real["label"]) == {"real"}
    params = altered(share=1.0, sampling=sampling)
    batches = TrainBatches(load_faces(real, 16), params)
    assert len(batches) == 2 * len(real) // 4
    half = TrainBatches(load_faces(real, 16), params.model_copy(update={"frames_per_item": 1}))
    assert len(half) == len(real) // 4
    labels = np.concatenate([batches[index][1] for index in range(len(batches))])
    np.testing.assert_array_equal(labels[:, 0], [1, 0] * len(real))
    plain = TrainBatches(load_faces(real, 16), altered(sampling=sampling))
    shown = np.concatenate([plain[index][0] for index in range(len(plain))])
    np.testing.assert_array_equal(shown[::2], shown[1::2])
    assert len(np.unique(shown.reshape(len(shown), -1), axis=0)) == len(real)


def test_val_without_fakes_is_pairs_that_are_the_same_in_each_epoch(table):
    faces = load_faces(learnt_from(table, 1.0), 16)
    val = ValBatches(faces, altered(share=1.0, batch_size=8))
    first, again = (np.concatenate([val[index] for index in range(len(val))]) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    count = len(faces.table)
    assert (val.table["label"] == "fake").tolist() == [False] * count + [True] * count
    assert len(first) == len(val.table)
    distance = np.abs(first[count:, None].astype(int) - first[None, :count]).mean((2, 3, 4))
    np.testing.assert_array_equal(distance.argmin(axis=1), np.arange(count))
    assert not val.table.duplicated([*KEY, "frame", "track"]).any()
    assert val_metrics(val.table, np.where(val.table["label"] == "fake", 1.0, -1.0))["val_auc"] == 1


def test_processes_share_the_pairs_of_val_between_them(table):
    faces = load_faces(learnt_from(table, 1.0), 16)
    whole, *parts = (
        ValBatches(faces, altered(share=1.0), ProcessGroup(rank, size, size))
        for rank, size in [(0, 1), (0, 3), (1, 3), (2, 3)]
    )
    crops = [part[index] for part in parts for index in range(len(part))]
    expected = [whole[index] for index in range(len(whole))]
    np.testing.assert_array_equal(np.concatenate(crops), np.concatenate(expected))


def test_a_recompressed_crop_is_its_own_and_the_codec_acts_on_its_share(faces):
    plain = TrainBatches(faces, altered(batch_size=20))[0][0]
    recompressed = TrainBatches(faces, altered(probability=1.0, batch_size=20))[0][0]
    assert (plain != recompressed).any((1, 2, 3)).all()
    distance = np.abs(plain[:, None].astype(int) - recompressed[None]).mean((2, 3, 4))
    np.testing.assert_array_equal(distance.argmin(axis=1), np.arange(20))


def test_a_run_is_the_neighbours_in_time_of_one_track(table):
    table = table[table["item"] == "train0"].reset_index(drop=True)  # two frames of two items
    one = table.iloc[[0] * 5].assign(frame=[4, 0, 3, 1, 2])
    other = one.assign(track=1).head(2)
    faces = load_faces(pd.concat([one, other, table.iloc[2:]]), 16)
    for row, length, expected in [
        (4, 3, ([3, 4, 2], 1)),
        (1, 3, ([1, 3, 4], 0)),
        (0, 3, ([4, 2, 0], 2)),
        (5, 3, ([6, 5, 5], 1)),
        (2, 1, ([2], 0)),
    ]:
        rows, position = faces.window(row, length)
        assert (rows.tolist(), position) == expected


def test_the_sheet_shows_each_way_and_is_the_same_each_time(faces, tmp_path):
    for name in ("one", "two"):
        write_sheet(tmp_path / f"{name}.png", faces, altered())
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    sheet = cv2.imread(str(tmp_path / "one.png"))
    rows = sheet[20:].reshape(-1, 96, *sheet.shape[1:])[:, :, 130:]
    ways = 1 + sum(isinstance(value, dict) for value in RECIPE["augment"].values()) + 1
    assert len(rows) == 1 + ways + 1
    stored, *each, shown = rows
    assert [name for name, row in enumerate(each) if (row == stored).all()] == [1, 2]
    np.testing.assert_array_equal(shown, stored)
