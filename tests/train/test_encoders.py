"""Encoders of keras-hub: published weights, what is tuned of them, and the saved model."""

from functools import partial

import keras
import keras_hub
import numpy as np
import pytest

from stages.common.errors import InputError, ParamsError
from stages.common.network import load_network
from stages.train.backbones import Backbone, encoder, standardised
from stages.train.model_file import save_model
from stages.train.network import (
    build_network,
    features_of,
    freeze,
    ordered_layers,
    unfreeze,
    weights_digest,
)
from tests.support.training import SMALL

pytestmark = pytest.mark.end_to_end

DIMENSIONS = {"num_layers": 2, "hidden_dim": 16, "num_heads": 2, "intermediate_dim": 32}
KINDS = {
    "clip": ("CLIPVisionEncoder", {"patch_size": 14}),
    "dinov2": ("DINOV2Backbone", {"patch_size": 14, "use_mask_token": False}),
    "dinov3": ("DINOV3Backbone", {"patch_size": 16, "use_mask_token": False}),
}


def small(name, **changes):
    kind, own = KINDS[name]
    application = partial(encoder, kind, name=name, **DIMENSIONS | own | changes)
    block = "encoder_block_1" if name == "clip" else "layers_1"
    return Backbone(application, standardised, input_size=42, min_size=28, last_block=block)


def published(name, folder, size=42):
    """Random weights as they are published: with a mask token, positions of another size."""
    kind, own = KINDS[name]
    options = DIMENSIONS | own | {"image_shape": (size, size, 3)}
    if name == "dinov2":
        options["position_embedding_shape"] = (70, 70)
    if name != "clip":
        network = getattr(keras_hub.models, kind)(**options | {"use_mask_token": True})
        network.save_to_preset(str(folder))
        return network
    vision = keras_hub.models.CLIPVisionEncoder(**options, name="vision")
    text = keras_hub.models.CLIPTextEncoder(
        vocabulary_size=8, embedding_dim=8, hidden_dim=8, num_layers=1, num_heads=1,
        intermediate_dim=8, max_sequence_length=4,
    )  # fmt: skip
    keras_hub.models.CLIPBackbone(vision, text, 8).save_to_preset(str(folder))
    return vision


def some_crops(size=42):
    return np.random.default_rng(0).integers(0, 256, (4, size, size, 3)).astype(np.float32)


@pytest.mark.parametrize("name", KINDS)
def test_the_features_are_the_class_tokens_of_the_published_weights(name, tmp_path):
    original = published(name, tmp_path)
    network = build_network(small(name), 42, str(tmp_path), 0.0)
    pixels = some_crops() / 255
    (input_name,) = original.input
    tokens = original({input_name: pixels})
    np.testing.assert_allclose(features_of(network)(pixels), tokens[:, 0], atol=1e-5)


def test_positions_of_a_published_encoder_are_interpolated_to_other_crops(tmp_path):
    published("dinov2", tmp_path)
    expected = keras_hub.models.DINOV2Backbone.from_preset(str(tmp_path), image_shape=(28, 28, 3))
    network = build_network(small("dinov2"), 28, str(tmp_path), 0.0)
    pixels = some_crops(28) / 255
    np.testing.assert_allclose(
        features_of(network)(pixels), expected({"images": pixels})[:, 0], atol=1e-5
    )


def test_weights_of_another_encoder_are_refused(tmp_path):
    published("dinov2", tmp_path)
    with pytest.raises(InputError, match=r"cannot be used: it is another encoder"):
        build_network(small("dinov2", num_layers=3), 42, str(tmp_path), 0.0)


def test_a_preset_without_a_network_says_what_to_do(monkeypatch):
    def refuse(*args, **kwargs):
        raise ValueError("no connection")

    monkeypatch.setattr(keras_hub.models.DINOV2Backbone, "from_preset", refuse)
    with pytest.raises(InputError, match=r"dinov2_small.*no connection.*give their path"):
        build_network(small("dinov2"), 42, "dinov2_small", 0.0)


@pytest.mark.parametrize("sign", [-1, 1])
def test_trained_positions_are_saved(tmp_path, sign):
    """keras-hub saves them only if their sum has grown."""
    network = build_network(small("dinov2"), 42, "none", 0.0)
    (positions,) = (
        one for one in network.weights if one.name == "interpolated_position_embeddings"
    )
    positions.assign(positions + sign * 0.1)
    before = network(some_crops())
    save_model(network, tmp_path / "dinov2" / "model.keras")
    loaded = load_network(tmp_path / "dinov2" / "model.keras")
    np.testing.assert_allclose(loaded(some_crops()), before, atol=1e-5)


def trained(network):
    network.compile(
        keras.optimizers.SGD(0.5), keras.losses.BinaryCrossentropy(True), run_eagerly=True
    )
    before = {one.path: one.numpy() for one in network.weights}
    network.fit(some_crops(), np.array([[0], [1], [0], [1]], np.float32), epochs=2, verbose=0)
    return {
        one.path for one in network.weights if not np.array_equal(one.numpy(), before[one.path])
    }


@pytest.mark.parametrize("name", KINDS)
def test_layer_norms_alone_are_tuned(name):
    network = build_network(small(name), 42, "none", 0.0, "l2")
    unfreeze(network, None, "layer_norm")
    norms = [layer for layer in ordered_layers(network) if "LayerNorm" in type(layer).__name__]
    expected = {one.path for layer in norms for one in layer.weights}
    assert len(norms) >= 5
    changed = trained(network)
    assert {path for path in changed if not path.startswith("logit")} <= expected
    assert len(changed & expected) > len(expected) / 2


@pytest.mark.parametrize("name", KINDS)
def test_lora_changes_no_published_weight_and_is_part_of_the_saved_model(name, tmp_path):
    network = build_network(small(name), 42, "none", 0.0)
    unfreeze(network, None, "lora", 2)
    changed = trained(network)
    assert all("lora" in path or path.startswith("logit") for path in changed)
    assert sum("lora" in path for path in changed) > 10
    unfreeze(network, None, "lora", 2)  # a resumed training adds nothing twice
    logits = network(some_crops())
    save_model(network, tmp_path / name / "model.keras")
    loaded = load_network(tmp_path / name / "model.keras")
    np.testing.assert_allclose(loaded(some_crops()), logits, atol=1e-4)


def test_a_part_is_tuned_from_its_first_layer_on():
    network = build_network(small("dinov2"), 42, "none", 0.0)
    unfreeze(network, "layers_1", "layer_norm")
    tuned = {one.path for one in network.trainable_weights}
    assert any("layers_1/norm1" in path for path in tuned)
    assert any(path.startswith("layernorm") for path in tuned)
    assert not any("layers_0" in path for path in tuned)


def test_nothing_but_the_head_is_tuned():
    network = build_network(small("clip"), 42, "none", 0.0)
    unfreeze(network, None, "none")
    assert len(network.trainable_weights) == 2
    freeze(network)
    assert len(network.trainable_weights) == 2


@pytest.mark.parametrize(
    ("trainable", "missing"), [("layer_norm", "no layer normalisation"), ("lora", "no dense")]
)
def test_a_convolutional_network_has_no_such_part(trainable, missing):
    network = build_network(SMALL, 16, "none", 0.0)
    with pytest.raises(ParamsError, match=missing):
        unfreeze(network, None, trainable)


def test_features_of_length_1():
    network = build_network(small("clip"), 42, "none", 0.0, "l2")
    features = keras.Model(network.input, network.get_layer("normalize").output)(some_crops())
    np.testing.assert_allclose(np.linalg.norm(features, axis=1), 1, atol=1e-5)


def test_weights_have_the_digest_of_their_content(tmp_path):
    folder = tmp_path / "encoder"
    (folder / "part").mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "part" / "weights").write_bytes(b"1")
    before = weights_digest(str(folder))
    (folder / "part" / "weights").write_bytes(b"2")
    assert weights_digest(str(folder)) != before
    assert weights_digest(str(folder / "config.json")) != weights_digest("imagenet")
    assert weights_digest("imagenet") != weights_digest("dinov2_small")
