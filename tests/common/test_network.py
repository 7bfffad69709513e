from pathlib import Path
from threading import Semaphore

import keras
import numpy as np
import pandas as pd
import pytest

from stages.common import network as networks
from stages.common import table
from stages.common.archive import Record, write_archive
from stages.common.crops import decode_crop, read_crops
from stages.common.errors import InputError
from stages.common.network import load_network, run_network, score_faces
from stages.common.tables.splits import SPLIT, split_path
from tests.support.scoring import make_network, make_project


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with parameters, split tables, crops and two models, as the current one."""
    monkeypatch.chdir(tmp_path)
    make_project(tmp_path)


def test_the_batch_size_and_the_threads_change_no_logit(project):
    network = load_network(Path("models/plain/model.keras"))
    faces = table.read(split_path("test"), SPLIT)
    first = score_faces(network, faces, batch_size=7, decoders=1)
    again = score_faces(network, faces, batch_size=64, decoders=3)
    np.testing.assert_allclose(first, again, atol=1e-4)


def test_logits_are_in_the_order_of_the_rows(project):
    network = load_network(Path("models/plain/model.keras"))
    faces = table.read(split_path("test"), SPLIT).sample(frac=1, random_state=0)
    found = score_faces(network, faces, batch_size=16, decoders=2)
    for row in (0, 17, len(faces) - 1):
        (encoded,) = read_crops(faces.iloc[[row]])
        crop = decode_crop(encoded, 24)[None].astype(np.float32)
        assert found[row] == pytest.approx(float(network(crop)[0, 0]), abs=1e-4)


def test_the_next_batch_is_decoded_while_the_network_runs(project, monkeypatch):
    network = load_network(Path("models/plain/model.keras"))
    faces = table.read(split_path("test"), SPLIT)[:9]
    expected = score_faces(network, faces, 3, 1)
    decoded, decode = Semaphore(0), networks.decode_crop
    monkeypatch.setattr(
        networks, "decode_crop", lambda *of, **size: (decoded.release(), decode(*of, **size))[1]
    )
    # Crops decoded since the batch before: those of two batches, of one more, of none
    left, run = [6, 3, 0], network.predict_on_batch

    def run_when_the_next_is_there(batch):
        for _ in range(left.pop(0)):
            assert decoded.acquire(timeout=30)
        return run(batch)

    monkeypatch.setattr(network, "predict_on_batch", run_when_the_next_is_there)
    np.testing.assert_array_equal(score_faces(network, faces, 3, 1), expected)


def test_one_shape_of_batch_reaches_the_network(tmp_path):
    made = make_network(tmp_path / "model.keras")
    assert run_network(made, np.zeros((3, 24, 24, 3), np.float32), 8).shape == (3,)


def test_a_missing_model_is_named(tmp_path):
    with pytest.raises(InputError, match=r"keras is missing: .*`dvc pull train@\S+ evaluate@\S+`"):
        load_network(tmp_path / "model.keras")


def test_a_damaged_model_is_named(tmp_path):
    path = tmp_path / "model.keras"
    path.write_bytes(b"no zip")
    with pytest.raises(InputError, match="cannot be loaded as a Keras model"):
        load_network(path)


def test_a_model_of_another_form_is_refused(tmp_path):
    inputs = keras.Input((8, 9, 3))
    keras.Model(inputs, keras.layers.Flatten()(inputs)).save(tmp_path / "model.keras")
    with pytest.raises(InputError, match=r"takes \(None, 8, 9, 3\)"):
        load_network(tmp_path / "model.keras")


def test_code_inside_a_model_is_not_run(tmp_path):
    inputs = keras.Input((8, 8, 3))
    mean = keras.layers.Lambda(lambda x: keras.ops.mean(x, (1, 2, 3))[:, None])(inputs)
    keras.Model(inputs, mean).save(tmp_path / "model.keras")
    with pytest.raises(InputError, match="cannot be loaded"):
        load_network(tmp_path / "model.keras")


def test_a_diverged_model_is_an_error(project):
    network = load_network(Path("models/plain/model.keras"))
    network.layers[-1].set_weights([np.full((3, 1), np.nan), np.zeros(1)])
    with pytest.raises(InputError, match="its training diverged"):
        score_faces(network, table.read(split_path("val"), SPLIT), 32, 1)


def test_a_damaged_crop_is_named(tmp_path):
    write_archive(tmp_path / "a.zip", Record(digest="made"), {"0.png": b"no picture"})
    faces = pd.DataFrame({"archive": ["a.zip"], "crop": ["0.png"]})
    with pytest.raises(InputError, match=r"crop 0\.png of a\.zip"):
        score_faces(make_network(tmp_path / "model.keras"), faces, 4, 1, root=tmp_path)
