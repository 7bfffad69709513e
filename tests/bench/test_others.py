"""What `bench.others` makes of its contenders' scores; that they start from the same weights."""

import keras
import numpy as np
import pandas as pd
import pytest

from bench.contenders import APPLICATIONS, TIMM, give_weights, timm_detector, torch_arrays
from bench.others import leaks, split_at_random
from stages.train.backbones import BACKBONES


def made_scores(faces, split, remembered, rng):
    """Scores of what knows the labels of the pictures it has `remembered`, and no others."""
    known = faces["picture"].isin(remembered)
    sure = np.where(faces["label"] == "fake", 0.9, 0.1)
    return faces.assign(
        split=split, p_fake=np.where(known, sure, 0.5) + rng.normal(0, 0.01, len(faces))
    )


@pytest.mark.parametrize(("copies", "leak"), [(1, 0.0), (4, 0.5)])
def test_copies_on_both_sides_of_a_random_split_are_found_to_leak(copies, leak):
    """Each picture has copies; what has seen one of them knows the others."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(1000), 2 * copies)
    faces = pd.DataFrame(
        {
            "variant": "usual",
            "seed": 0,
            "target": [f"made/{group}" for group in groups],
            "donor": "",
            "label": np.tile(np.repeat(["real", "fake"], copies), 1000),
        }
    )
    faces["picture"] = faces["target"] + faces["label"]
    seen, own = split_at_random(faces, seed=0)
    assert 0.15 < len(own) / len(faces) < 0.25
    test = faces.assign(target="test" + faces["target"], picture="test" + faces["picture"])
    scores = pd.concat(
        [
            made_scores(part, split, set(seen["picture"]), rng)
            for part, split in ((own, "val"), (test, "test"))
        ]
    )
    (row,) = leaks(scores).to_dict("records")
    assert float(row["leak"]) == pytest.approx(leak, abs=0.08)
    assert float(row["leak"]) == pytest.approx(
        float(row["own validation"]) - float(row["test"]), abs=0.002
    )
    low, high = map(float, row["bootstrap over seeds and clusters"].split(" to "))
    assert low <= float(row["leak"]) <= high
    assert (low > 0) == (copies > 1)


def test_kernels_are_turned_as_pytorch_holds_them():
    network = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Conv2D(4, (2, 3), use_bias=False),
            keras.layers.BatchNormalization(),
            keras.layers.DepthwiseConv2D((2, 3)),
        ]
    )
    first, normalised, depthwise = torch_arrays(network)
    assert [array.shape for array in first] == [(4, 3, 2, 3)]
    assert [array.shape for array in normalised] == [(4,)] * 4
    assert [array.shape for array in depthwise] == [(4, 1, 2, 3), (4,)]
    kernel = network.layers[0].get_weights()[0]
    assert first[0][3, 2, 1, 0] == kernel[1, 0, 2, 3]
    np.testing.assert_array_equal(torch_arrays(network, bgr=True)[0][0], first[0][:, ::-1])


@pytest.mark.parametrize("backbone", TIMM)
def test_timms_network_gives_the_same_features_as_keras_own(backbone):
    torch = pytest.importorskip("torch")
    pytest.importorskip("timm")
    rng = np.random.default_rng(0)
    crops = rng.integers(0, 256, (2, 64, 64, 3)).astype(np.float32)
    chosen, known = BACKBONES[backbone], TIMM[backbone]
    application = getattr(keras.applications, APPLICATIONS[backbone])
    network = application(include_top=False, weights=None, input_shape=(64, 64, 3))
    for layer in network.layers:  # moving averages that are not those of the start
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.moving_mean.assign(rng.normal(0, 0.1, layer.moving_mean.shape))
            layer.moving_variance.assign(rng.uniform(0.5, 2, layer.moving_variance.shape))
    expected = network(chosen.preprocess(crops)).numpy()

    detector = timm_detector(known.name, **known.options)
    give_weights(detector.features, torch_arrays(network, known.bgr))
    pictures = (crops / 255 - known.mean) / known.deviation
    with torch.inference_mode():
        features = detector.eval().features.forward_features(
            torch.from_numpy(pictures.astype(np.float32)).permute(0, 3, 1, 2)
        )
    np.testing.assert_allclose(
        features.permute(0, 2, 3, 1).numpy(), expected, atol=1e-4 * np.abs(expected).max()
    )
