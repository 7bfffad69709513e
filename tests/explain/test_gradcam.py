from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf

from stages.common.clips import tile, untile
from stages.common.errors import InputError
from stages.explain.gradcam import grad_cam
from stages.train.backbones import Backbone, encoder, standardised
from stages.train.network import TEMPORAL, build_network, features_of
from tests.support.training import SMALL


def network_of(pictures, features):
    """A backbone between preprocessing and the logit, as training builds it."""
    crops = keras.Input((32, 32, 3))
    features = keras.Model(pictures, features)(keras.layers.Rescaling(1 / 255)(crops))
    pooled = keras.layers.GlobalAveragePooling2D(name="pool")(features)
    return keras.Model(crops, keras.layers.Dense(1)(keras.layers.Dropout(0.5)(pooled)))


def gains_of(logit, values):
    """What each channel adds to the logit at a place if it is raised everywhere, (channels, n)."""
    step, places = 1e-2, values.shape[1] * values.shape[2]
    return [
        (logit(values + step * channel) - logit(values - step * channel)) / (2 * step) / places
        for channel in np.eye(values.shape[3], dtype=np.float32)
    ]


@pytest.fixture
def crops():
    return np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)


def test_the_map_of_the_last_layer_adds_up_to_the_logit_and_is_grad_cam(crops):
    keras.utils.set_random_seed(1)
    pictures = keras.Input((32, 32, 3))
    seen = keras.layers.Conv2D(4, 3, strides=2, activation="relu")(pictures)
    network = network_of(pictures, seen)
    maps = grad_cam(network)
    assert (maps.size, maps.side, maps.earlier) == (32, 15, False)

    found = maps.of(crops)
    assert maps.of([]).shape == (0, 15, 15)
    many = maps.of([*crops] * 7)  # more than a batch
    assert many == pytest.approx(np.tile(found, (7, 1, 1)), abs=1e-4)
    bias = float(network.layers[-1].bias.numpy()[0])
    logits = network.predict_on_batch(crops)[:, 0]
    assert found.mean(axis=(1, 2)) + bias == pytest.approx(logits, abs=1e-4)

    pool = network.get_layer("pool")
    features = keras.Model(network.input, pool.input)(crops)
    with tf.GradientTape() as tape:
        tape.watch(features)
        logit = network.layers[-1](pool(features))
    weights = tf.reduce_mean(tape.gradient(logit, features), axis=(1, 2), keepdims=True)
    by_definition = tf.reduce_sum(weights * features, axis=-1).numpy()
    assert found == pytest.approx(by_definition * 15 * 15, rel=1e-3, abs=1e-3)


def test_a_last_map_of_one_place_gives_way_to_the_deepest_layer_that_has_places(crops):
    keras.utils.set_random_seed(1)
    pictures = keras.Input((32, 32, 3))
    seen = keras.layers.Conv2D(4, 3, strides=4, activation="softplus")(pictures)
    branches = [keras.layers.Conv2D(3, size, padding="same")(seen) for size in (1, 3)]
    joined = keras.layers.Concatenate()(branches)
    last = keras.layers.Conv2D(5, 8, activation="softplus")(joined)
    network = network_of(pictures, last)
    maps = grad_cam(network)
    assert (maps.side, maps.earlier) == (8, True)

    # What each channel of the joined branches adds to the logit if it is raised everywhere
    before = keras.Model(pictures, joined)(crops / 255).numpy()
    after = keras.Model(joined, last)

    def logit(values):
        return network.layers[-1](np.asarray(after(values)).mean(axis=(1, 2))).numpy()[:, 0]

    gains = gains_of(logit, before)
    expected = np.einsum("kn,nhwk->nhw", gains, before)
    assert maps.of(crops) == pytest.approx(expected, rel=0.02, abs=1e-4)


def test_a_network_that_ends_otherwise_is_refused():
    with pytest.raises(InputError, match="global average pooling"):
        grad_cam(
            keras.Sequential([keras.Input((8,)), keras.layers.Dense(2), keras.layers.Dense(1)])
        )


@pytest.mark.end_to_end
@pytest.mark.parametrize("kind", ["CLIPVisionEncoder", "DINOV2Backbone", "DINOV3Backbone"])
def test_a_map_of_an_encoder_has_a_place_for_each_patch_and_its_gradient(kind):
    """What raises the logit where a patch is, by finite differences of the tokens."""
    keras.utils.set_random_seed(1)
    application = partial(
        encoder, kind, name="small", patch_size=14, num_layers=2, hidden_dim=8, num_heads=2,
        intermediate_dim=16,
    )  # fmt: skip
    backbone = Backbone(application, standardised, 70, 28, "")
    network = build_network(backbone, 70, "none", 0.0, "l2")
    crops = np.random.default_rng(0).uniform(0, 255, (2, 70, 70, 3)).astype(np.float32)
    maps = grad_cam(network)
    assert (maps.size, maps.side, maps.earlier) == (70, 5, True)
    found = maps.of(crops)
    assert found.shape == (2, 5, 5)

    inner = features_of(network).layers[1]
    blocks = getattr(inner, "encoder_layers", None) or inner.encoder.layers
    call, added, seen = blocks[-1].call, np.zeros(8, np.float32), []

    def changed(tokens, *args, **options):
        seen.append(np.asarray(tokens))
        places = np.zeros((1, tokens.shape[1], 1), np.float32)
        places[:, -25:] = 1
        return call(tokens + places * added, *args, **options)

    blocks[-1].call = changed
    gains = []
    for channel in np.eye(8, dtype=np.float32):
        ends = []
        for step in (-1e-2, 1e-2):
            added = step * channel
            ends.append(np.asarray(network(crops, training=False))[:, 0])
        gains.append((ends[1] - ends[0]) / 2e-2 / 25)
    expected = np.einsum("kn,npk->np", gains, seen[0][:, -25:]).reshape(2, 5, 5)
    assert found == pytest.approx(expected, rel=0.05, abs=1e-4)


def test_the_map_of_a_clip_has_those_of_its_frames_in_their_places(crops):
    keras.utils.set_random_seed(1)
    network = build_network(SMALL, 32, "none", 0.0, "none", "gru", 2)
    maps = grad_cam(network)
    assert (maps.size, maps.side, maps.earlier) == (32, 6, False)
    frames = np.concatenate([untile(crop, 2) for crop in crops]) / 255
    values = features_of(network)(frames, training=False).numpy().reshape(2, 4, 3, 3, 8)

    def logit(values):
        gru = network.get_layer(TEMPORAL)(values.mean(axis=(2, 3)))
        return network.layers[-1](gru).numpy()[:, 0]

    gains = np.zeros((2, 4, 8))  # by clip, frame and channel
    for frame, channel in np.ndindex(4, 8):
        step = np.zeros_like(values)
        step[:, frame, ..., channel] = 1e-2
        ends = [logit(values + sign * step) for sign in (-1, 1)]
        gains[:, frame, channel] = (ends[1] - ends[0]) / 2e-2 / 9
    of_frames = np.einsum("nfk,nfhwk->nfhw", gains, values)
    expected = [tile(one[..., None])[..., 0] for one in of_frames]
    assert maps.of(crops) == pytest.approx(np.stack(expected), rel=0.05, abs=1e-4)


def test_features_of_length_1_have_a_map_of_the_same_places(crops):
    keras.utils.set_random_seed(1)
    network = build_network(SMALL, 32, "none", 0.0, "l2")
    maps = grad_cam(network)
    assert (maps.side, maps.earlier) == (7, False)
    backbone = features_of(network)
    values = backbone(crops / 255, training=False).numpy()

    def logit(values):
        pooled = values.mean(axis=(1, 2))
        unit = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return network.layers[-1](unit).numpy()[:, 0]

    gains = gains_of(logit, values)
    expected = np.einsum("kn,nhwk->nhw", gains, values)
    assert maps.of(crops) == pytest.approx(expected, rel=0.05, abs=1e-4)
