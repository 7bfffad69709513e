"""Clips in training: their augmentation, the GRU over their frames, what cannot be done."""

import keras
import numpy as np
import pytest
import yaml

from stages.common.clips import tile, untile
from stages.common.errors import ParamsError
from stages.common.network import load_network
from stages.train.__main__ import main
from stages.train.batches import TrainBatches
from stages.train.faces import Faces, load_faces
from stages.train.model_file import save_model
from stages.train.network import TEMPORAL, build_network, features_of, freeze
from stages.train.params import RecipeParams
from tests.support.training import NOTHING, RECIPE, SMALL, made_faces, make_workspace


def recipe(**augment):
    changes = {
        name: getattr(NOTHING, name).model_copy(update=value) if isinstance(value, dict) else value
        for name, value in augment.items()
    }
    params = RecipeParams(**RECIPE | {"sampling": "all", "batch_size": 8})
    return params.model_copy(update={"augment": NOTHING.model_copy(update=changes)})


@pytest.fixture
def clips(tmp_path, monkeypatch):
    """Faces whose crops are clips of 2 x 2 frames of 8 px."""
    monkeypatch.chdir(tmp_path)
    return load_faces(made_faces("train", 5), 16, clip_side=2)


def test_each_frame_is_mirrored_in_its_place(clips):
    plain, mirrored = (TrainBatches(clips, recipe(flip=share))[0][0] for share in (0.0, 1.0))
    for one, other in zip(plain, mirrored, strict=True):
        np.testing.assert_array_equal(untile(other, 2), untile(one, 2)[:, :, ::-1])


def test_all_frames_are_altered_in_the_same_way(clips):
    """Where they are equal before, they are equal after; a GRU must not learn from augmentation."""
    frames = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3), np.uint8)
    still = np.stack([tile(np.stack([frame] * 4)) for frame in frames])
    faces = Faces(clips.table, 16, still, clip_side=2)
    drawn = recipe(
        flip=0.5,
        affine={"shift": 0.2, "zoom": 0.2, "rotate": 20.0},
        color_jitter={"brightness": 0.3, "contrast": 0.3, "hue": 15.0},
        noise={"probability": 1.0},
        erase={"probability": 1.0},
    )
    crops = TrainBatches(faces, drawn)[0][0]
    for crop in crops:
        first, *others = untile(crop, 2)
        for other in others:
            np.testing.assert_array_equal(other, first)
    assert len({crop.tobytes() for crop in crops}) > 1


def test_a_clip_goes_through_the_codec_as_a_clip(clips):
    """The first frame is encoded as a key frame, which no other one can change."""
    coded = recipe(h264={"probability": 1.0, "low": 30.0, "high": 30.0})
    crops, plain = TrainBatches(clips, coded)[0][0], TrainBatches(clips, recipe())[0][0]
    others = np.stack(
        [tile(np.roll(untile(crop, 2), 1, 0)[[1, 0, 2, 3]]) for crop in clips.decoded]
    )
    swapped = TrainBatches(Faces(clips.table, 16, others, clip_side=2), coded)[0][0]
    for crop, other, stored in zip(crops, swapped, plain, strict=True):
        frames, again = untile(crop, 2), untile(other, 2)
        np.testing.assert_array_equal(frames[0], again[0])
        assert not np.array_equal(frames[1:], again[1:])
        assert (frames != untile(stored, 2)).any(axis=(1, 2, 3)).all()


@pytest.mark.parametrize("normalize", ["none", "l2"])
def test_a_gru_takes_the_features_of_the_frames_in_order(normalize, tmp_path):
    keras.utils.set_random_seed(2)
    network = build_network(SMALL, 48, "none", 0.0, normalize, "gru", 3)
    crops = np.random.default_rng(0).uniform(0, 255, (2, 48, 48, 3)).astype(np.float32)
    pool, gru = keras.layers.GlobalAveragePooling2D(), network.get_layer(TEMPORAL)
    of_frames = [pool(features_of(network)(untile(crop, 3) / 255)) for crop in crops]
    last = gru(np.stack(of_frames))
    if normalize == "l2":
        last = keras.ops.normalize(last, axis=-1)
    expected = np.asarray(network.layers[-1](last))
    np.testing.assert_allclose(network(crops), expected, atol=1e-5)
    backwards = np.stack([tile(untile(crop, 3)[::-1]) for crop in crops])
    assert np.abs(np.asarray(network(backwards)) - expected).max() > 1e-4

    path = tmp_path / "sequential" / "model.keras"
    features_of(network).name = "sequential"
    save_model(network, path)
    np.testing.assert_allclose(load_network(path)(crops), expected, atol=1e-5)


@pytest.mark.end_to_end
def test_a_gru_learns_what_no_single_frame_shows():
    """In fakes the light falls from frame to frame, in reals it rises."""
    rng = np.random.default_rng(3)
    labels = np.tile([0, 1], 100)
    light = 60 + 40 * np.arange(4)
    frames = np.where(labels[:, None], light[::-1], light)[..., None, None, None]
    noisy = frames + rng.integers(0, 40, (200, 4, 16, 16, 3))
    crops = np.stack([tile(clip) for clip in noisy]).astype(np.float32)
    keras.utils.set_random_seed(1)
    network = build_network(SMALL, 32, "none", 0.0, "none", "gru", 2)
    freeze(network)
    network.compile(keras.optimizers.Adam(0.01), keras.losses.BinaryCrossentropy(from_logits=True))
    network.fit(crops[:150], labels[:150], epochs=12, batch_size=15, verbose=0)
    logits = network.predict(crops[150:], verbose=0)[:, 0]
    assert ((logits > 0) == labels[150:]).mean() > 0.9


@pytest.mark.parametrize(
    ("size", "temporal", "side", "message"),
    [
        (32, "gru", 1, r"head.temporal: gru is for clips: set frames.clip.frames to 4, 9 or 16"),
        (16, "gru", 3, r"input_size is 16, but a crop shows 3 x 3 frames: set it to 15 or 18"),
        (16, "none", 3, r"set it to 15 or 18"),
        (12, "gru", 2, r"input_size is 12 for 2 x 2 frames, but this backbone takes 16 or more"),
    ],
)
def test_what_does_not_fit_is_refused(size, temporal, side, message):
    with pytest.raises(ParamsError, match=message):
        build_network(SMALL, size, "none", 0.0, "none", temporal, side)


def test_self_blended_clips_are_refused(tmp_path, monkeypatch):
    make_workspace(tmp_path, self_blended={"share": 0.5})
    monkeypatch.chdir(tmp_path)
    params = yaml.safe_load((tmp_path / "params.yaml").read_text())
    params["frames"]["clip"]["frames"] = 4
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    with pytest.raises(ParamsError, match=r"self_blended.share blends single frames"):
        main("vgg16")


def test_the_features_of_a_frozen_backbone_have_no_loss_of_their_own():
    losing = RECIPE | {"weights": "imagenet", "feature_loss": {"uniformity": 0.5, "alignment": 0.1}}
    frozen = losing | {"tune": RECIPE["tune"] | {"epochs": 0}}
    l2 = RECIPE["head"] | {"normalize": "l2"}
    with pytest.raises(ValueError, match="features that are learnt"):
        RecipeParams(**frozen | {"head": l2})
    RecipeParams(**losing | {"head": l2})
    RecipeParams(**frozen | {"head": l2 | {"temporal": "gru"}})
