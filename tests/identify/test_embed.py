"""Faces as the network takes them, and the vector of a track."""

import hashlib

import cv2
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.common.archive import Record, write_archive
from stages.common.errors import InputError
from stages.common.picture import encode_png
from stages.common.tables.faces import landmarks_text
from stages.identify import embed
from stages.identify.embed import POINTS, SIDE, Tracks, aligned, embed_tracks, load_network
from stages.identify.params import IdentifyParams

PARAMS = IdentifyParams(weights="network.dat", md5="0" * 32, max_distance=0.5)


@given(st.floats(-0.6, 0.6), st.floats(0.5, 2), st.floats(-30, 30), st.floats(-30, 30))
def test_eyes_nose_and_mouth_come_to_their_places(angle, scale, right, down):
    turn = scale * np.exp(1j * angle)
    placed = (POINTS @ [1, 1j] - 75 - 75j) * turn + 160 + right + 1j * (160 + down)
    points = np.column_stack([placed.real, placed.imag])
    crop = np.zeros((320, 320, 3), np.uint8)
    for number, (x, y) in enumerate(np.rint(points).astype(int)):
        cv2.circle(crop, (int(x), int(y)), 5, (50 * (number + 1),) * 3, -1)
    face = aligned(crop, points)
    assert face.shape == (SIDE, SIDE, 3)
    for number, (x, y) in enumerate(POINTS.astype(int)):
        assert abs(int(face[y, x, 0]) - 50 * (number + 1)) < 8


def test_68_points_give_the_same_five():
    rng = np.random.default_rng(1)
    many = rng.uniform(0, 100, (68, 2))
    for part, point in zip(embed._OF_68, POINTS, strict=True):
        many[list(part)] += point - many[list(part)].mean(axis=0)
    crop = rng.integers(0, 256, (160, 160, 3), np.uint8)
    np.testing.assert_array_equal(aligned(crop, many), aligned(crop, POINTS))


class Brightness:
    """A network whose vector is the mean level of a face, 128 times."""

    def compute_face_descriptor(self, face):
        assert face.shape == (SIDE, SIDE, 3)
        return [face.mean()] * 128


def test_a_track_has_the_mean_vector_of_a_few_of_its_faces(tmp_path, monkeypatch):
    monkeypatch.setattr(embed, "load_network", lambda weights, md5: Brightness())
    levels = {f"{level}.png": level for level in range(0, 110, 10)}
    members = {
        name: encode_png(np.full((60, 60, 3), level, np.uint8)) for name, level in levels.items()
    }
    write_archive(tmp_path / "a.zip", Record("made"), members)
    faces = pd.DataFrame({"crop": [*levels], "landmarks": landmarks_text(POINTS / 3)})
    tracks = faces.assign(track=[1] * 10 + [0])
    made = embed_tracks(Tracks(tmp_path / "a.zip", tracks), PARAMS)
    assert made.rows["track"] == [0, 1]
    first, second = (np.array(text.split(), float) for text in made.rows["vector"])
    assert first.tolist() == [100] * 128
    assert second == pytest.approx(np.full(128, np.mean([10, 30, 50, 70, 90])), abs=1e-4)


def test_a_file_that_is_no_network_is_named(tmp_path):
    path = tmp_path / "network.dat"
    path.write_bytes(b"nothing")
    md5 = hashlib.md5(b"nothing").hexdigest()
    with pytest.raises(InputError, match=r"network\.dat holds no face recognition network"):
        load_network(str(path), md5)
    with pytest.raises(InputError, match=r"identify.weights names .*network\.dat, which has"):
        load_network(str(path), "0" * 32)
    with pytest.raises(InputError, match=r"identify.weights cannot be read"):
        load_network(str(tmp_path / "none.dat"), md5)
