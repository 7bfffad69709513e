"""Landmarks: where they come from, and how they are written."""

import hashlib
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from stages.common.errors import InputError, TableError
from stages.common.table import read, write
from stages.common.tables.faces import landmarks_of, landmarks_text
from stages.common.tables.splits import SPLIT
from stages.faces.crop import cut_out
from stages.faces.landmarks import in_box, load_predictor, locate
from stages.faces.params import NO_PREDICTOR, Crop, Landmarks
from tests.support.faces import predicted, write_predictor
from tests.support.stage_outputs import write_item

BOX = np.array([20.0, 10, 60, 60])
PICTURE = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
NONE = np.full((5, 2), np.nan)


@given(
    st.sampled_from([5, 68]).flatmap(
        lambda count: arrays(float, (count, 2), elements=st.floats(-1000, 5000))
    )
)
def test_points_are_read_as_written_but_for_half_a_pixel(points):
    assert np.abs(landmarks_of(landmarks_text(points)) - points).max() <= 0.5


@pytest.mark.parametrize("text", ["", "1 2", "1.5 2" * 5, " ".join(["1"] * 12), "a " * 10])
def test_what_are_not_5_or_68_points_is_no_row(tmp_path, text):
    about = {"dataset": "d", "method": "real", "item": "i", "label": "real", "group": "g"}
    table = pd.DataFrame(write_item([PICTURE], tmp_path, **about))
    write(tmp_path / "a.csv", table, SPLIT)
    assert len(landmarks_of(read(tmp_path / "a.csv", SPLIT)["landmarks"][0])) == 5
    with pytest.raises(TableError, match="landmarks"):
        write(tmp_path / "a.csv", table.assign(landmarks=text), SPLIT)


def test_the_predictor_comes_before_the_detector_and_the_box_last(tmp_path):
    predictor = load_predictor(write_predictor(tmp_path / "68.dat"))
    detected = in_box(BOX) + 1
    points, source = locate(PICTURE, BOX, detected, predictor)
    assert source == "predictor"
    np.testing.assert_allclose(points, predicted(BOX), atol=1)
    points, source = locate(PICTURE, BOX, detected, load_predictor(NO_PREDICTOR))
    assert source == "detector"
    np.testing.assert_array_equal(points, detected)
    points, source = locate(PICTURE, BOX, NONE, None)
    assert source == "box"


def test_the_mean_face_of_a_box_is_the_one_that_crops_are_aligned_by():
    upright, aligned = (
        cut_out(PICTURE, BOX, in_box(BOX), Crop(scale=1.0, align=align)).astype(int)
        for align in (False, True)
    )
    assert upright.shape == aligned.shape == (60, 60, 3)
    assert np.abs(upright - aligned).mean() < np.abs(upright[1:] - aligned[:-1]).mean() / 4


def test_a_file_that_predicts_nothing_of_use_is_named(tmp_path):
    path = tmp_path / "68.dat"
    missing = Landmarks(predictor=str(path), md5="")
    with pytest.raises(InputError, match=r"faces\.landmarks\.predictor cannot be read"):
        load_predictor(missing)
    right = write_predictor(path)
    with pytest.raises(InputError, match=f"{right.md5}, but params.yaml says '0{{32}}'"):
        load_predictor(Landmarks(predictor=str(path), md5="0" * 32))
    path.write_bytes(path.read_bytes()[:500])
    torn = Landmarks(predictor=str(path), md5=hashlib.md5(path.read_bytes()).hexdigest())
    with pytest.raises(InputError, match="is no shape predictor"):
        load_predictor(torn)
    five = write_predictor(tmp_path / "5.dat", count=5)
    with pytest.raises(InputError, match=re.escape("5.dat predicts 5 points, not 68")):
        load_predictor(five)
