"""Short versions of the simulations: three standard errors wide, so that only a blunder fails."""

import numpy as np
import pytest

from bench.statistics import (
    MODERATE,
    STRONG,
    celeb_df,
    coverage,
    ones_and_fives,
    plain,
    rejections,
    unequal,
)
from stages.common.components import components
from stages.common.metrics.clusters import Clusters


def test_the_shape_is_that_of_the_official_list():
    rows = celeb_df(np.random.default_rng(0))
    assert rows["label"].value_counts().to_dict() == {"fake": 340, "real": 178}
    assert (rows["target"] != rows["donor"]).all()
    # What the split parts by is no unit of inference: nearly all is one component
    shown = [tuple(filter(None, one)) for one in zip(rows["target"], rows["donor"], strict=True)]
    largest = rows.groupby(components(shown)).size().max()
    assert largest / len(rows) > 0.8
    assert 50 <= Clusters.of(rows).count <= 59


@pytest.mark.end_to_end
def test_intervals_hold_the_truth_where_fakes_show_two_persons():
    held = coverage(celeb_df, MODERATE, 60)
    assert all(share >= 0.87 for share in held.values()), held


@pytest.mark.end_to_end
def test_items_of_a_group_are_not_taken_for_independent():
    found = rejections(ones_and_fives, STRONG, 120)
    assert max(found["DeLong"], found["McNemar"]) > 0.11
    assert max(found[test] for test in ("Obuchowski", "bootstrap", "decisions")) <= 0.11, found


@pytest.mark.end_to_end
def test_models_that_differ_are_told_apart():
    found = rejections(celeb_df, STRONG, 20, advantage=3.0)
    assert min(found[test] for test in ("Obuchowski", "bootstrap", "decisions")) > 0.8, found


@pytest.mark.end_to_end
def test_chance_is_not_taken_for_a_gap_between_the_best_and_the_worst_value():
    found = unequal(plain, STRONG, 60, values=5)
    assert max(found["auc"], found["false_alarms"]) <= 0.13, found
    assert max(found["auc, the two alone"], found["false_alarms, the two alone"]) > 0.13, found
