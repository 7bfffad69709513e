import json
import zipfile

import keras
import numpy as np
import pytest

from stages.train.backbones import BACKBONES
from stages.train.model_file import save_model
from stages.train.network import all_layers, build_network

pytestmark = pytest.mark.end_to_end


@pytest.fixture
def network():
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    return build_network(BACKBONES["vgg16"], 32, "none", 0.1)


def test_the_same_model_is_the_same_file(network, tmp_path):
    save_model(network, tmp_path / "a.keras")
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    save_model(build_network(BACKBONES["vgg16"], 32, "none", 0.1), tmp_path / "b.keras")
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.keras", "b.keras"]


def test_nothing_in_it_depends_on_when_and_where_it_was_made(network, tmp_path):
    save_model(network, tmp_path / "a.keras")
    with zipfile.ZipFile(tmp_path / "a.keras") as file:
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert "date_saved" not in json.loads(file.read("metadata.json"))
        assert json.loads(file.read("metadata.json"))["keras_version"] == keras.__version__
        config = file.read("config.json").decode()
    numbers = [int(part.split("}")[0].split(",")[0]) for part in config.split('object_id": ')[1:]]
    assert sorted(set(numbers)) == list(range(len(set(numbers))))


def test_a_model_of_mixed_precision_is_saved_in_float32(tmp_path):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = build_network(BACKBONES["vgg16"], 32, "none", 0.0)
    finally:
        keras.config.set_dtype_policy("float32")
    save_model(network, tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras", compile=False)
    assert {layer.compute_dtype for layer in all_layers(loaded)} == {"float32"}
    crops = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)
    reference = build_network(BACKBONES["vgg16"], 32, "none", 0.0)
    reference.set_weights(loaded.get_weights())
    np.testing.assert_allclose(loaded(crops).numpy(), reference(crops).numpy(), rtol=1e-6)
