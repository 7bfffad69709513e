import numpy as np
import pytest
from scipy.stats import binom

from stages.compare.mcnemar import mcnemar_test


def decisions(only_first, only_second, both=5):
    first = np.repeat([True, False, True], [only_first, only_second, both])
    second = np.repeat([False, True, True], [only_first, only_second, both])
    return first, second


@pytest.mark.parametrize(("only_first", "only_second"), [(1, 9), (12, 5), (3, 3)])
def test_it_is_the_binomial_test_of_the_cases_that_only_one_gets_right(only_first, only_second):
    fewer, total = min(only_first, only_second), only_first + only_second
    expected = min(1.0, 2 * binom.cdf(fewer, total, 0.5))
    assert mcnemar_test(*decisions(only_first, only_second)) == pytest.approx(expected)


def test_models_that_decide_alike_do_not_differ():
    assert mcnemar_test(*decisions(0, 0)) == 1.0
