import numpy as np
import pytest

from stages.compare.delong import delong_covariance, delong_test

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


def by_definition(fake, scores):
    """Structural components over all pairs, as DeLong et al. wrote them (equations 4 to 6)."""
    pairs = scores[:, fake][:, :, None] - scores[:, ~fake][:, None, :]
    wins = (pairs > 0) + 0.5 * (pairs == 0)
    of_fakes, of_reals = wins.mean(axis=2), wins.mean(axis=1)
    covariance = np.cov(of_fakes) / fake.sum() + np.cov(of_reals) / (~fake).sum()
    return wins.mean(axis=(1, 2)), covariance


def test_a_published_variance():
    # Example of the Python implementation by the Yandex Data School, roc_comparison
    scores = np.array([[0.21, 0.32, 0.63, 0.35, 0.92, 0.79, 0.82, 0.99, 0.04]])
    auc, covariance = delong_covariance(np.array([0, 1, 0, 0, 1, 1, 0, 1, 0], bool), scores)
    assert auc[0] == pytest.approx(0.8)
    assert covariance[0, 0] == pytest.approx(0.02875)


def test_the_patients_of_the_paper():
    auc, covariance = delong_covariance(BAD_OUTCOME, TESTS)
    expected_auc, expected_covariance = by_definition(BAD_OUTCOME, TESTS)
    np.testing.assert_allclose(auc, expected_auc)
    np.testing.assert_allclose(covariance, expected_covariance)
    assert auc.round(3).tolist() == [0.737, 0.726, 0.648]
    assert delong_test(BAD_OUTCOME, TESTS[0], TESTS[1]) == pytest.approx(0.910, abs=1e-3)


def test_equal_ranking_is_no_difference():
    assert delong_test(BAD_OUTCOME, TESTS[0], np.exp(TESTS[0])) == 1.0


def test_one_case_of_a_class_gives_no_answer():
    fake = np.array([1, 0, 0, 0], bool)
    for labels in (fake, ~fake):
        assert np.isnan(delong_test(labels, np.arange(4.0), np.arange(4.0)[::-1]))


def test_two_cases_of_each_class_give_an_answer():
    fake = np.array([1, 1, 0, 0], bool)
    p_value = delong_test(fake, np.array([4.0, 2, 3, 1]), np.array([4.0, 1, 3, 2]))
    assert 0 < p_value < 1


def test_a_difference_that_does_not_vary_gives_no_answer():
    """One ranks every pair rightly, the other none: no variance to hold the difference against."""
    fake = np.array([1, 1, 0, 0], bool)
    assert np.isnan(delong_test(fake, np.array([4.0, 3, 2, 1]), np.array([1.0, 2, 3, 4])))


def test_reals_that_rank_differently_have_their_covariance():
    """Of two scores that err on other reals, covariances of the reals' components are negative."""
    fake = np.array([1, 1, 1, 0, 0, 0, 0], bool)
    scores = np.array([[5.0, 6, 7, 1, 2, 8, 9], [5.0, 6, 7, 8, 9, 1, 2], [7.0, 5, 6, 6.5, 1, 2, 3]])
    for found, expected in zip(
        delong_covariance(fake, scores), by_definition(fake, scores), strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=1e-12)


def test_without_a_difference_p_values_are_even():
    rng = np.random.default_rng(0)
    fake = np.arange(120) % 2 == 0
    p_values = []
    for _ in range(600):
        shared = fake + rng.normal(0, 1, 120)
        p_values.append(delong_test(fake, *(shared + rng.normal(0, 1, (2, 120)))))
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.025)
    assert np.mean(np.array(p_values) < 0.5) == pytest.approx(0.5, abs=0.06)
