import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar

from stages.compare.ensemble import combine, fit_weights, with_ensembles


def scores(p_fake, split="val"):
    labels = np.where(np.arange(len(p_fake)) % 2 == 0, "real", "fake")
    return pd.DataFrame({"split": split, "label": labels, "p_fake": p_fake})


def test_weights_are_those_with_the_least_log_loss_on_val():
    rng = np.random.default_rng(0)
    fake = np.arange(400) % 2 == 1
    models = [
        scores(1 / (1 + np.exp(-rng.normal(np.where(fake, 1, -1) * gain, 1)))) for gain in (0.8, 1)
    ]
    first, second = (table["p_fake"].to_numpy() for table in models)

    def log_loss(weight):
        mixed = weight * first + (1 - weight) * second
        return -np.log(np.where(fake, mixed, 1 - mixed)).mean()

    best = minimize_scalar(log_loss, bounds=(0, 1), method="bounded").x
    weights = fit_weights(models)
    assert weights.sum() == pytest.approx(1)
    assert weights[0] == pytest.approx(best, abs=2e-3)


def test_test_scores_do_not_enter_the_weights():
    val = [scores(np.array([0.2, 0.8, 0.4, 0.7])), scores(np.array([0.6, 0.3, 0.1, 0.9]))]
    both = [
        pd.concat([table, scores(np.array([0.9, 0.1, 0.9, 0.1]), "test")], ignore_index=True)
        for table in val
    ]
    np.testing.assert_array_equal(fit_weights(val), fit_weights(both))


def test_the_mean_of_models():
    mean = combine([scores(np.array([0.2, 0.4])), scores(np.array([0.4, 0.8]))], np.full(2, 0.5))
    assert mean["p_fake"].tolist() == pytest.approx([0.3, 0.6])


def test_one_model_is_no_ensemble():
    table = scores(np.array([0.2, 0.8]))
    tables, weights = with_ensembles({"a": {"frame": table, "video": table}}, ["a"])
    assert set(tables) == {"a"}
    assert weights == {}
