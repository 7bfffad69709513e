import json

import numpy as np
import pytest

from tests.app.conftest import DEMONSTRATION, JUDGE, make_repository


def test_the_ensemble_is_the_last_of_several(inside):
    from app.models import trained

    assert trained() == [DEMONSTRATION, JUDGE, "ensemble"]


def test_a_model_of_the_sample_alone_is_a_demonstration_wherever_it_answers(inside):
    from app.models import load_models

    models = load_models()
    assert models[DEMONSTRATION].demonstration
    assert not models[JUDGE].demonstration
    assert models["ensemble"].demonstration, "one member knows nothing else"


def test_the_ensemble_s_threshold_is_chosen_on_val_as_compare_does(inside):
    from app.models import load_models

    # Means of val: 0.15 and 0.25 real, 0.7 fake
    assert load_models("ensemble")["ensemble"].threshold == pytest.approx((0.25 + 0.7) / 2)


def test_nothing_trained_yet_says_what_to_do(tmp_path, monkeypatch):
    from app.models import NoModel, load_models

    make_repository(tmp_path, ["vgg16"])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoModel, match="dvc repro"):
        load_models()


def test_the_map_of_a_crop_adds_up_to_its_logit_and_is_grad_cam(inside):
    import keras
    import tensorflow as tf

    from stages.common.gradcam import grad_cam
    from stages.common.network import load_network

    network = load_network(inside / "models" / JUDGE / "model.keras")
    crops = np.random.default_rng(0).uniform(0, 255, (3, 32, 32, 3)).astype(np.float32)
    maps = grad_cam(network)(crops)
    bias = float(network.layers[-1].bias.numpy()[0])
    logits = network.predict_on_batch(crops)[:, 0]
    assert maps.mean(axis=(1, 2)) + bias == pytest.approx(logits, abs=1e-4)

    pool = next(layer for layer in network.layers if layer.name == "pool")
    features = keras.Model(network.inputs, pool.input)(crops)
    with tf.GradientTape() as tape:
        tape.watch(features)
        logit = network.layers[-1](pool(features))
    weights = tf.reduce_mean(tape.gradient(logit, features), axis=(1, 2), keepdims=True)
    by_definition = tf.reduce_sum(weights * features, axis=-1).numpy()
    places = maps[0].size
    assert maps == pytest.approx(by_definition * places, rel=1e-3, abs=1e-3)


def test_a_last_map_of_one_place_gives_way_to_the_deepest_layer_that_has_places(inside):
    import keras

    from app.maps import maps_of
    from stages.train.network import features_of

    keras.utils.set_random_seed(1)
    pictures = keras.Input((32, 32, 3))
    seen = keras.layers.Conv2D(4, 3, strides=4, activation="softplus", name="seen")(pictures)
    branches = [keras.layers.Conv2D(3, size, padding="same")(seen) for size in (1, 3)]
    joined = keras.layers.Concatenate()(branches)
    last = keras.layers.Conv2D(5, 8, activation="softplus")(joined)
    crops = keras.Input((32, 32, 3))
    features = keras.Model(pictures, last)
    maps = features(keras.layers.Rescaling(1 / 255)(crops))
    network = keras.Model(crops, keras.layers.Dense(1)(keras.layers.GlobalAveragePooling2D()(maps)))
    found = maps_of(network)
    assert (found.side, found.earlier) == (8, True)

    # What each channel of the joined branches adds to the logit if it is raised everywhere
    batch = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)
    concat = next(layer for layer in features_of(network).layers if "concat" in layer.name)
    before = keras.Model(pictures, concat.output)(batch / 255).numpy()
    after = keras.Model(concat.output, last)

    def logit(values):
        return network.layers[-1](np.asarray(after(values)).mean(axis=(1, 2))).numpy()[:, 0]

    step = 1e-2
    gains = [
        (logit(before + step * channel) - logit(before - step * channel)) / (2 * step) / 64
        for channel in np.eye(6, dtype=np.float32)
    ]
    expected = np.einsum("kn,nhwk->nhw", gains, before)
    assert found.of(batch) == pytest.approx(expected, rel=0.02, abs=1e-4)


def test_a_last_map_with_places_is_shown_itself(inside):
    from app.maps import maps_of
    from stages.common.network import load_network

    maps = maps_of(load_network(inside / "models" / JUDGE / "model.keras"))
    assert (maps.side, maps.earlier) == (15, False)


def test_an_exported_model_gives_the_scores_of_the_app(inside, tmp_path, media):
    onnxruntime = pytest.importorskip("onnxruntime")
    from app.export import export
    from app.medium import load_recipe, read_medium
    from app.models import load_models
    from stages.common.crops import decode_crop

    model = load_models(JUDGE)[JUDGE]
    assert export(model.members[0], tmp_path / "a.onnx") < 1e-5
    crops = read_medium(media["face"], load_recipe()).crops
    batch = np.stack([decode_crop(crop, 32) for crop in crops]).astype(np.float32)
    session = onnxruntime.InferenceSession(tmp_path / "a.onnx")
    (p_fake,) = session.run(["p_fake"], {"crops": batch})
    assert p_fake[:, 0] == pytest.approx(model.score_faces(crops)[0], abs=1e-5)
    about = session.get_modelmeta().custom_metadata_map
    assert float(about["video_threshold"]) == 0.5
    assert json.loads(about["aggregation"])["method"] == "mean"
    assert [path.name for path in tmp_path.iterdir()] == ["a.onnx"]


def test_an_export_that_differs_is_not_kept(inside, tmp_path, monkeypatch):
    pytest.importorskip("onnxruntime")
    from app import export
    from app.models import load_models
    from stages.common.errors import InputError

    monkeypatch.setattr(export, "difference", lambda path, member: 0.1)
    with pytest.raises(InputError, match="differ"):
        export.export(load_models(JUDGE)[JUDGE].members[0], tmp_path / "a.onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["standardised", "minus_one_to_one", "bgr_minus_mean"])
def test_every_preprocessing_can_be_exported(inside, tmp_path, name):
    onnxruntime = pytest.importorskip("onnxruntime")
    import keras

    from app.export import export
    from app.models import Member
    from stages.common.measure.decision import read_decision
    from stages.train import backbones

    crops = keras.Input((16, 16, 3))
    maps = keras.layers.Conv2D(4, 3)(getattr(backbones, name)(crops))
    logit = keras.layers.Dense(1)(keras.layers.GlobalAveragePooling2D()(maps))
    member = Member(
        name, keras.Model(crops, logit), read_decision(inside / f"models/{JUDGE}/decision.json")
    )
    assert export(member, tmp_path / "a.onnx") < 1e-5
    session = onnxruntime.InferenceSession(tmp_path / "a.onnx")
    assert [given.name for given in session.get_inputs()] == ["crops"]
