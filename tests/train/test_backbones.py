"""One contract for all backbones."""

import keras
import numpy as np
import pytest

from stages.common.code import variant_names
from stages.common.errors import InputError, ParamsError
from stages.common.network import load_network
from stages.train.backbones import BACKBONES
from stages.train.model_file import save_model
from stages.train.network import build_network, features_of, freeze, ordered_layers, unfreeze
from tests.support.paths import ROOT

pytestmark = pytest.mark.end_to_end

FAST = ["vgg16", "dinov2_vit_s14"]  # the tiny pipeline trains InceptionResNetV2


def slow_unless_fast(names):
    return [name if name in FAST else pytest.param(name, marks=pytest.mark.slow) for name in names]


@pytest.fixture(params=slow_unless_fast(BACKBONES))
def name(request):
    keras.utils.set_random_seed(0)
    return request.param


def test_builds_trains_and_loads_as_it_was_saved(name, tmp_path):
    chosen = BACKBONES[name]
    size = chosen.min_size
    network = build_network(chosen, size, "none", dropout=0.2)
    crops = np.random.default_rng(0).integers(0, 256, (4, size, size, 3)).astype(np.float32)
    labels = np.array([[0.0], [1.0], [0.0], [1.0]], np.float32)
    before = network.get_layer("logit").kernel.numpy()

    network.compile(
        keras.optimizers.SGD(1e-3), keras.losses.BinaryCrossentropy(True), run_eagerly=True
    )
    loss = network.train_on_batch(crops, labels)

    assert np.isfinite(loss)
    assert not np.array_equal(network.get_layer("logit").kernel.numpy(), before)
    logits = keras.ops.convert_to_numpy(network(crops, training=False))
    assert logits.shape == (4, 1)
    as_stored = keras.ops.convert_to_numpy(network(crops.astype(np.uint8), training=False))
    np.testing.assert_array_equal(as_stored, logits)
    for model in (name, f"{name}-1"):  # of the recipe's seed, and of another one
        path = tmp_path / model / "model.keras"
        save_model(network, path)
        loaded = load_network(path)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(loaded(crops, training=False)), logits, rtol=1e-5, atol=1e-5
    )
    assert loaded.input_shape == (None, size, size, 3)


def test_fine_tuning_leaves_the_first_layers_as_they_are(name):
    chosen = BACKBONES[name]
    network = build_network(chosen, chosen.min_size, "none", dropout=0.0)

    freeze(network)
    assert len(network.trainable_variables) == 2

    unfreeze(network, chosen.last_block)
    partly = {id(variable) for variable in network.trainable_variables}
    first = next(layer for layer in ordered_layers(network) if layer.weights and not layer._layers)
    assert 2 < len(partly) < len(network.weights)
    assert not partly & {id(weight) for weight in first.weights}

    unfreeze(network, None)
    assert len(network.trainable_variables) > len(partly)


def test_the_rows_can_be_listed_without_keras():
    assert variant_names("train", ROOT) == sorted(BACKBONES)


def test_too_small_crops_are_refused():
    with pytest.raises(ParamsError, match="75 or more"):
        build_network(BACKBONES["inception_resnet_v2"], 74, "none", 0.0)


def test_weights_that_cannot_be_downloaded_say_where_a_file_belongs(monkeypatch):
    def refuse(*args, **kwargs):
        raise Exception("URL fetch failure on https://storage.googleapis.com/x.h5")

    monkeypatch.setattr("keras.src.applications.vgg16.file_utils.get_file", refuse)
    with pytest.raises(InputError, match=r"x\.h5.*~/\.keras/models"):
        build_network(BACKBONES["vgg16"], 32, "imagenet", 0.0)


def test_weights_of_a_file_are_taken(tmp_path):
    file = str(tmp_path / "vgg.weights.h5")
    source = keras.applications.VGG16(include_top=False, weights=None, input_shape=(32, 32, 3))
    source.save_weights(file)
    network = build_network(BACKBONES["vgg16"], 32, file, 0.0)
    for ours, theirs in zip(features_of(network).weights, source.weights, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


@pytest.mark.parametrize("name", ["vgg16", "resnet50"])
def test_caffe_preprocessing_is_that_of_keras(name):
    crops = np.random.default_rng(0).uniform(0, 255, (2, 8, 8, 3)).astype(np.float32)
    inputs = keras.Input((8, 8, 3))
    ours = keras.Model(inputs, BACKBONES[name].preprocess(inputs))(crops)
    theirs = getattr(keras.applications, name).preprocess_input(crops.copy())
    np.testing.assert_allclose(ours.numpy(), theirs, atol=1e-3)


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("densenet121", "densenet"),
        ("xception", "xception"),
        ("resnet50v2", "resnet_v2"),
        ("inception_resnet_v2", "inception_resnet_v2"),
    ],
)
def test_preprocessing_is_that_of_keras(name, module):
    crops = np.random.default_rng(0).uniform(0, 255, (2, 8, 8, 3)).astype(np.float32)
    inputs = keras.Input((8, 8, 3))
    ours = keras.Model(inputs, BACKBONES[name].preprocess(inputs))(crops)
    theirs = getattr(keras.applications, module).preprocess_input(crops.copy())
    np.testing.assert_allclose(ours.numpy(), theirs, atol=1e-3)


def test_efficientnet_from_a_file_computes_as_from_the_download(tmp_path, monkeypatch):
    """Keras appends a layer for its own download only; a file of the same weights needs it too."""
    source = keras.applications.EfficientNetB0(
        include_top=False, weights=None, input_shape=(32, 32, 3)
    )
    rng = np.random.default_rng(0)
    normalise = source.get_layer(index=2)
    normalise.set_weights(
        [np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225]), np.array(0)]
    )
    file = str(tmp_path / "b0.weights.h5")
    source.save_weights(file)
    monkeypatch.setattr(
        "keras.src.applications.efficientnet.file_utils.get_file", lambda *a, **k: file
    )
    crops = rng.uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)
    application = BACKBONES["efficientnet_b0"].application
    downloaded, from_file = (
        application(include_top=False, weights=weights, input_shape=(32, 32, 3))
        for weights in ("imagenet", file)
    )
    stem = [
        keras.Model(model.input, model.get_layer("stem_conv").output)(crops).numpy()
        for model in (downloaded, from_file)
    ]
    np.testing.assert_allclose(*stem, rtol=1e-3, atol=1e-4)
