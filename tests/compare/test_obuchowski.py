from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.common.auc import auc_components
from stages.common.metrics.clusters import Clusters
from stages.compare.obuchowski import clustered_variance, obuchowski_test

# DeLong et al. (1988): albumin, total protein, K-G score and outcome (0: no benefit) of 43
# patients, as printed in SAS/STAT's user guide, LOGISTIC, "Comparing Receiver Operating
# Characteristic Curves"
PRINTED = """
    3.0 5.8 10 0  3.2 6.3 5 1  3.9 6.8 3 1  2.8 4.8 6 0  3.2 5.8 3 1  0.9 4.0 5 0  2.5 5.7 8 0
    1.6 5.6 5 1   3.8 5.7 5 1  3.7 6.7 6 1  3.2 5.4 4 1  3.8 6.6 6 1  4.1 6.6 5 1  3.6 5.7 5 1
    4.3 7.0 4 1   3.6 6.7 4 0  2.3 4.4 6 1  4.2 7.6 4 0  4.0 6.6 6 0  3.5 5.8 6 1  3.8 6.8 7 1
    3.0 4.7 8 0   4.5 7.4 5 1  3.7 7.4 5 1  3.1 6.6 6 1  4.1 8.2 6 1  4.3 7.0 5 1  4.3 6.5 4 1
    3.2 5.1 5 1   2.6 4.7 6 1  3.3 6.8 6 0  1.7 4.0 7 0  3.7 6.1 5 1  3.3 6.3 7 1  4.2 7.7 6 1
    3.5 6.2 5 1   2.9 5.7 9 0  2.1 4.8 7 1  2.8 6.2 8 0  4.0 7.0 7 1  3.3 5.7 6 1  3.7 6.9 5 1
    3.6 6.6 5 1
"""
PATIENTS = np.array(PRINTED.split(), float).reshape(-1, 4)
BAD_OUTCOME = PATIENTS[:, 3] == 0
TESTS = np.stack([-PATIENTS[:, 0], PATIENTS[:, 2], -PATIENTS[:, 1]])


def alone(fake):
    """Clusters of one case each."""
    return of(np.arange(fake.size).astype(str))


def of(target, donor=""):
    return Clusters.of(pd.DataFrame({"target": target, "donor": donor}))


def compared(fake, first, second):
    return obuchowski_test(fake, *components(fake, first, second), alone(fake))


def components(fake, *scores):
    return [auc_components(fake, one) for one in scores]


def by_definition(fake, scores):
    """AUC and variance as DeLong et al. wrote them, over all pairs (equations 4 to 6)."""
    pairs = scores[fake][:, None] - scores[~fake][None, :]
    wins = (pairs > 0) + 0.5 * (pairs == 0)
    return wins.mean(), wins.mean(axis=1).var(ddof=1) / fake.sum() + wins.mean(axis=0).var(
        ddof=1
    ) / (~fake).sum()


def by_obuchowski(fake, scores, cluster):
    """Her variance, cluster by cluster (Biometrics 1997, 3)."""
    pairs = scores[fake][:, None] - scores[~fake][None, :]
    wins = (pairs > 0) + 0.5 * (pairs == 0)
    auc, m, n = wins.mean(), fake.sum(), (~fake).sum()
    of_fakes, of_reals = wins.mean(axis=1), wins.mean(axis=0)
    s10 = s01 = s11 = 0.0
    names = np.unique(cluster)
    for name in names:
        fakes = (of_fakes[cluster[fake] == name] - auc).sum()
        reals = (of_reals[cluster[~fake] == name] - auc).sum()
        s10, s01, s11 = s10 + fakes**2, s01 + reals**2, s11 + fakes * reals
    with_fakes, with_reals = np.unique(cluster[fake]).size, np.unique(cluster[~fake]).size
    s10 *= with_fakes / ((with_fakes - 1) * m)
    s01 *= with_reals / ((with_reals - 1) * n)
    s11 *= names.size / (names.size - 1)
    return s10 / m + s01 / n + 2 * s11 / (m * n)


def variance(fake, scores, clusters):
    return clustered_variance(fake, auc_components(fake, scores)[1], clusters)


def test_a_published_variance():
    # Example of the Python implementation by the Yandex Data School, roc_comparison
    scores = np.array([0.21, 0.32, 0.63, 0.35, 0.92, 0.79, 0.82, 0.99, 0.04])
    fake = np.array([0, 1, 0, 0, 1, 1, 0, 1, 0], bool)
    assert auc_components(fake, scores)[0] == pytest.approx(0.8)
    assert variance(fake, scores, alone(fake)) == pytest.approx(0.02875)


def test_the_patients_of_delongs_paper():
    """Where each cluster is one case, the test is DeLong's."""
    for scores, auc in zip(TESTS, (0.737, 0.726, 0.648), strict=True):
        expected = by_definition(BAD_OUTCOME, scores)
        assert auc_components(BAD_OUTCOME, scores)[0] == pytest.approx(expected[0])
        assert expected[0] == pytest.approx(auc, abs=5e-4)
        assert variance(BAD_OUTCOME, scores, alone(BAD_OUTCOME)) == pytest.approx(expected[1])
    assert compared(BAD_OUTCOME, TESTS[0], TESTS[1]) == pytest.approx(0.910, abs=1e-3)


@given(st.integers(0, 1000))
def test_the_variance_over_clusters_is_obuchowskis(seed):
    rng = np.random.default_rng(seed)
    fake = np.arange(40) % 3 == 0
    cluster = rng.integers(0, 12, 40).astype(str)
    scores = rng.normal(fake, 1).round(1)
    expected = by_obuchowski(fake, scores, cluster)
    assert variance(fake, scores, of(cluster)) == pytest.approx(expected)


def test_cases_seen_twice_tell_no_more_than_once():
    """Five copies of a case are one case; DeLong takes them for five."""
    fake = np.repeat(BAD_OUTCOME, 5)
    scores = np.repeat(TESTS[0], 5)
    cluster = np.repeat(np.arange(BAD_OUTCOME.size), 5).astype(str)
    once = variance(BAD_OUTCOME, TESTS[0], alone(BAD_OUTCOME))
    assert variance(fake, scores, of(cluster)) == pytest.approx(once)
    assert variance(fake, scores, alone(fake)) < once / 4


def test_a_fake_varies_with_its_target_and_with_its_donor():
    """The sum over donors is in the variance as the sum over targets is, and pairs once."""
    rng = np.random.default_rng(0)
    people = [f"{number:02d}" for number in range(10)]
    target, donor = (np.array(names) for names in zip(*permutations(people, 2), strict=True))
    reals = np.repeat(people, 5)
    fake = np.arange(140) >= 50
    of_person = dict(zip(people, rng.normal(size=10), strict=True))
    effects = [of_person[a] + of_person[b] for a, b in zip(target, donor, strict=True)]
    components = np.concatenate([np.zeros(50), effects + rng.normal(size=90)])
    found = of([*reals, *target], [""] * 50 + [*donor])
    sums = [components[50:][(target == one) | (donor == one)].sum() for one in people]
    pairs = [
        components[50:][((target == a) & (donor == b)) | ((target == b) & (donor == a))].sum()
        for a, b in combinations(people, 2)
    ]
    expected = 10 / 9 * np.square(sums).sum() - np.square(pairs).sum()
    assert clustered_variance(fake, components, found) == pytest.approx(found.inflation * expected)


def test_equal_ranking_is_no_difference():
    assert compared(BAD_OUTCOME, TESTS[0], np.exp(TESTS[0])) == 1.0


def test_one_cluster_of_a_class_gives_no_answer():
    fake = np.array([1, 1, 0, 0], bool)
    scores = np.arange(4.0), np.arange(4.0)[::-1]
    for labels in (fake, ~fake):
        parts = components(labels, *scores)
        assert np.isnan(obuchowski_test(labels, *parts, of(["a", "a", "b", "b"])))
    assert np.isnan(compared(np.array([1, 0, 0, 0], bool), *scores))


def test_two_cases_of_each_class_give_an_answer():
    fake = np.array([1, 1, 0, 0], bool)
    p_value = compared(fake, np.array([4.0, 2, 3, 1]), np.array([4.0, 1, 3, 2]))
    assert 0 < p_value < 1


def test_a_difference_that_does_not_vary_gives_no_answer():
    """One ranks every pair rightly, the other none: no variance to hold the difference against."""
    fake = np.array([1, 1, 0, 0], bool)
    assert np.isnan(compared(fake, np.array([4.0, 3, 2, 1]), np.array([1.0, 2, 3, 4])))


@pytest.mark.end_to_end
def test_without_a_difference_p_values_are_even():
    rng = np.random.default_rng(0)
    fake = np.arange(120) % 2 == 0
    p_values = []
    for _ in range(600):
        shared = fake + rng.normal(0, 1, 120)
        p_values.append(compared(fake, *(shared + rng.normal(0, 1, (2, 120)))))
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.025)
    assert np.mean(np.array(p_values) < 0.5) == pytest.approx(0.5, abs=0.06)
