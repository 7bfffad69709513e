import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.recipes import (
    MOVING_AVERAGES,
    VARIANTS,
    WORK,
    comparison,
    difference,
    of_groups,
    scores_path,
)
from stages.common.params import merged
from stages.train.params import AugmentParams, RecipeParams
from tests.support.training import NOTHING, RECIPE


def made_scores(backbone, variant, seed, quality, statistics=""):
    """Write scores of 30 groups that tell fakes from reals the better the higher `quality`."""
    rng = np.random.default_rng(seed)
    fake = np.tile([0, 1], 30)
    p_fake = 1 / (1 + np.exp(-(quality * fake + rng.normal(size=60))))
    table = pd.DataFrame(
        {
            "level": "video",
            "split": "val",
            "target": np.repeat(np.arange(30), 2),
            "donor": "",
            "label": np.where(fake == 1, "fake", "real"),
            "p_fake": p_fake,
            "statistics": statistics,
        }
    )
    path = scores_path(backbone, variant, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    former = [pd.read_csv(path, keep_default_na=False)] if path.exists() else []
    pd.concat([*former, table]).to_csv(path, index=False)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_what_is_better_with_every_seed_is_found_to_be():
    for seed in range(4):
        made_scores("vgg16", "pairs", seed, 1.0)
        made_scores("vgg16", "groups", seed, 2.5)
    base, better = comparison(WORK / "vgg16", ["pairs", "groups"]).to_dict("records")
    assert (base["variant"], base["difference"]) == ("pairs", "")
    assert better["against"] == "pairs"
    assert better["better in"] == "4 of 4"
    low, high = map(float, better["t over seeds"].split(" to "))
    assert 0 < low < float(better["difference"]) < high
    assert float(better["bootstrap over seeds and clusters"].split(" to ")[0]) > 0
    gain = float(better["auc"]) - float(base["auc"])
    assert float(better["difference"]) == pytest.approx(gain, abs=0.002)


def test_a_seed_that_one_lacks_does_not_count():
    for seed in range(3):
        made_scores("vgg16", "pairs", seed, 1.0)
    for seed in (0, 2):
        made_scores("vgg16", "all", seed, 1.0)
    table = comparison(WORK / "vgg16", ["pairs", "all"]).set_index("variant")
    assert table.loc["all", "seeds"] == 2
    assert table.loc["all", "difference"] == "+0.000"


def test_moving_averages_are_compared_with_the_same_training():
    for variant in ("short", "long"):
        for seed in range(2):
            made_scores("resnet50v2", variant, seed, 0.2, MOVING_AVERAGES)
            made_scores("resnet50v2", variant, seed, 2.0)
    table = comparison(WORK / "resnet50v2", ["short", "long"]).set_index("variant")
    assert table.loc["long" + MOVING_AVERAGES, "against"] == "long"
    assert table.loc["short" + MOVING_AVERAGES, "against"] == "short"
    assert float(table.loc["long" + MOVING_AVERAGES, "difference"]) < -0.1
    assert table.loc["long", "difference"] == "+0.000"


def test_the_interval_over_seeds_is_students():
    found = difference([(value, np.full((1, 2), value)) for value in (0.01, 0.03)])
    # t of one degree of freedom at 0.975 is 12.706, the standard error 0.01
    assert found["t over seeds"] == "-0.107 to +0.147"
    assert difference([(0.01, np.full((1, 2), 0.02))])["t over seeds"] == ""


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_is_a_recipe_of_its_own(variant):
    base = RECIPE | {"weights": "imagenet"}
    recipe = merged(base, VARIANTS[variant])
    RecipeParams(**recipe)
    assert recipe != base or variant in ("recipe", "all", "all_layers")  # what RECIPE has


def test_no_augmentation_is_none_at_all():
    changed = merged(RECIPE["augment"], VARIANTS["augment_off"]["augment"])
    assert AugmentParams(**changed) == NOTHING


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 12))
def test_fewer_groups_are_among_more_with_all_their_faces(seed, one, other):
    table = pd.DataFrame({"group": np.arange(36) % 12, "face": np.arange(36)})
    few, many = (of_groups(table, count, seed) for count in sorted((one, other)))
    assert few["group"].nunique() == min(one, other)
    assert set(few["face"]) <= set(many["face"])
    assert (few.groupby("group").size() == 3).all()


def test_another_seed_draws_other_groups():
    table = pd.DataFrame({"group": np.arange(100)})
    assert set(of_groups(table, 50, 0)["group"]) != set(of_groups(table, 50, 1)["group"])
