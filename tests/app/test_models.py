import json
import shutil

import numpy as np
import pandas as pd
import pytest

from tests.support.app import DEMONSTRATION, JUDGE, make_repository


def test_the_ensemble_is_the_last_of_several(inside):
    from app.trained import trained

    assert trained() == [DEMONSTRATION, JUDGE, "ensemble"]


def test_a_model_of_the_sample_alone_is_a_demonstration_wherever_it_answers(inside):
    from app.models import load_models

    models = load_models()
    assert models[DEMONSTRATION].demonstration
    assert not models[JUDGE].demonstration
    assert models["ensemble"].demonstration, "one member knows nothing else"


def test_the_ensemble_decides_as_compare_stored_it(inside):
    from app.models import load_models
    from stages.compare.ensemble import ENSEMBLES_PATH, read_ensembles

    ensemble = load_models("ensemble")["ensemble"]
    assert ensemble.threshold == 0.4
    logits = np.array([[-1.0, 2.0], [0.5, 1.0]])
    faces = pd.DataFrame({"track": [0, 0], "confidence": [1.0, 1.0], "item": [0, 1]})
    faces = faces.assign(dataset="", method="")
    members = zip(ensemble.members, logits, strict=True)
    p_fake = np.stack([each.decision.score_faces(of_member) for each, of_member in members])
    found = ensemble.score_items(faces, p_fake)
    stored = read_ensembles(ENSEMBLES_PATH)["ensemble_mean"]
    expected = stored.pool("video", {name: found[name] for name in (DEMONSTRATION, JUDGE)})
    assert found["p_fake"].tolist() == expected.tolist()


def test_there_is_no_ensemble_without_all_its_members(inside, tmp_path, monkeypatch):
    from app.trained import trained

    shutil.copytree(inside, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    shutil.rmtree(f"models/{JUDGE}")
    assert trained() == [DEMONSTRATION]


def test_nothing_trained_yet_says_what_to_do(tmp_path, monkeypatch):
    from app.models import load_models
    from app.trained import NoModel

    make_repository(tmp_path, ["vgg16"])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoModel, match="dvc repro"):
        load_models()


@pytest.mark.end_to_end
def test_an_exported_model_gives_the_scores_of_the_app(inside, tmp_path, items):
    onnxruntime = pytest.importorskip("onnxruntime")
    from app.clip import read_clip
    from app.export import export
    from app.models import load_models
    from stages.common.crops import decode_crop
    from stages.faces.preprocessing import load_preprocessing

    model = load_models(JUDGE)[JUDGE]
    assert export(model.members[0], tmp_path / "a.onnx") < 1e-5
    crops = read_clip(items["face"], load_preprocessing()).crops
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
    from stages.common.metrics.decision import read_decision
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
