"""A frozen backbone's features: computed once, and of the same use as crops."""

from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest

from stages.train import features as module
from stages.train.batches import TrainBatches, ValBatches
from stages.train.checkpoint import Checkpoints
from stages.train.faces import Faces, load_faces
from stages.train.features import on_features, stored_features
from stages.train.fitting import Run, fit
from stages.train.network import build_network
from stages.train.params import RecipeParams
from tests.support.training import NOTHING, RECIPE, SMALL, made_faces

pytestmark = pytest.mark.end_to_end

FROZEN = RecipeParams(
    **RECIPE
    | {
        "weights": "imagenet",
        "dropout": 0.0,
        "augment": NOTHING.model_dump(),
        "head": RECIPE["head"] | {"epochs": 3, "learning_rate": 1e-2},
        "tune": RECIPE["tune"] | {"epochs": 0},
    }
)


@pytest.fixture
def faces(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tables = {"train": made_faces("train", 6), "val": made_faces("val", 3)}
    return {split: load_faces(table, 16, clip_side=2) for split, table in tables.items()}


def make_run(faces, name, params=FROZEN):
    keras.utils.set_random_seed(params.seed)
    return Run(
        build_network(
            SMALL, 16, "imagenet", params.dropout, params.head.normalize, params.head.temporal, 2
        ),
        SMALL,
        params,
        TrainBatches(faces["train"], params),
        ValBatches(faces["val"], params),
        Checkpoints(faces_folder / name, "same"),
    )


faces_folder = module.FEATURES.parent


@pytest.mark.parametrize(
    "head",
    [{}, {"normalize": "l2"}, {"temporal": "gru"}, {"temporal": "gru", "normalize": "l2"}],
    ids=["plain", "l2", "gru", "gru_l2"],
)
def test_a_head_is_trained_on_them_as_on_crops(faces, head):
    params = FROZEN.model_copy(update={"head": FROZEN.head.model_copy(update=head)})
    on_crops = make_run(faces, "on_crops", params)
    history = fit(on_crops, lambda rows: None)
    whole = make_run(faces, "features", params)
    found = fit(on_features(whole, faces, "a digest", 1), lambda rows: None)
    for row, other in zip(history, found, strict=True):
        assert row["loss"] == pytest.approx(other["loss"], abs=1e-3)
        assert row["val_loss"] == pytest.approx(other["val_loss"], abs=1e-3)
    assert history[-1]["loss"] < history[0]["loss"]
    crops = faces["val"].crops(np.arange(len(faces["val"].table)))
    np.testing.assert_allclose(
        whole.network.predict(crops, verbose=0),
        on_crops.network.predict(crops, verbose=0),
        atol=1e-3,
    )


class Counting(keras.Model):
    seen = 0

    def predict(self, crops, **options):
        Counting.seen += len(crops)
        return super().predict(crops, **options)


@pytest.fixture
def backbone():
    network = build_network(SMALL, 16, "imagenet", 0.0)
    Counting.seen = 0
    return Counting(network.input, network.get_layer("pool").output)


def test_only_what_is_new_is_computed(faces, backbone):
    table = faces["train"].table
    older = table[table["item"] != "train3"].reset_index(drop=True)
    stored_features(backbone, Faces(older, 16, None), "a digest")
    assert Counting.seen == len(older)
    found = stored_features(backbone, faces["train"], "a digest")
    assert Counting.seen == len(table)
    fresh = stored_features(backbone, faces["train"], "another digest")
    assert Counting.seen == 2 * len(table)
    np.testing.assert_allclose(found, fresh, atol=1e-5)


def test_they_are_in_the_order_of_the_table(faces, backbone):
    found = stored_features(backbone, faces["train"], "a digest")
    shuffled = faces["train"].table.sample(frac=1, random_state=0)
    again = stored_features(backbone, Faces(shuffled.reset_index(drop=True), 16, None), "a digest")
    np.testing.assert_array_equal(again, found[shuffled.index])


def test_an_item_that_has_more_crops_than_before_is_computed_again(faces, backbone):
    table = faces["train"].table
    first = table.groupby("archive").head(1).reset_index(drop=True)
    stored_features(backbone, Faces(first, 16, None), "a digest")
    stored_features(backbone, faces["train"], "a digest")
    assert Counting.seen == len(first) + len(table)


def test_an_item_whose_crops_are_others_is_computed_again(faces, backbone, monkeypatch):
    stored_features(backbone, faces["train"], "a digest")
    monkeypatch.setattr(module, "_digest_of", lambda rows: rows["item"].iloc[0] == "train3")
    stored_features(backbone, faces["train"], "a digest")
    assert Counting.seen == 2 * len(faces["train"].table)


@pytest.mark.parametrize(
    "change",
    [
        {"tune": FROZEN.tune.model_copy(update={"epochs": 1})},
        {"augment": NOTHING.model_copy(update={"flip": 0.5})},
        {
            "augment": NOTHING.model_copy(
                update={"blur": NOTHING.blur.model_copy(update={"probability": 0.1})}
            )
        },
        {"self_blended": FROZEN.self_blended.model_copy(update={"share": 0.5})},
        {"feature_loss": FROZEN.feature_loss.model_copy(update={"uniformity": 0.5})},
    ],
    ids=["tuned", "flipped", "blurred", "blended", "with their own loss"],
)
def test_crops_that_change_have_none(change):
    assert FROZEN.features_stay
    assert not FROZEN.model_copy(update=change).features_stay
    frozen = FROZEN.tune.model_copy(update={"epochs": 1, "trainable": "none"})
    assert FROZEN.model_copy(update={"tune": frozen}).features_stay


def test_many_items_go_through_the_backbone_in_parts(faces, backbone, monkeypatch):
    whole = stored_features(backbone, faces["train"], "a digest")
    monkeypatch.setattr(module, "_AT_ONCE", 3)
    parts = stored_features(backbone, faces["train"], "another digest")
    np.testing.assert_allclose(parts, whole, atol=1e-6)
    assert isinstance(faces["train"].table, pd.DataFrame)
    assert replace(faces["train"], decoded=whole).crops(np.array([1])).shape == (1, 8)
