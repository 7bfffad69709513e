import numpy as np
import pytest

from review.page import code, metric, value
from review.verdicts import Estimate


@pytest.mark.parametrize(
    ("estimate", "sign", "text"),
    [
        (Estimate(0.871, 0.8, 0.93), "", "0.8710 [0.8000, 0.9300]"),
        (Estimate(-0.0004, -0.001, -0.0001), "+", "-0.0004 [-0.0010, -0.0001]"),
        (Estimate(0.05, 0.0, 0.1), "+", "+0.0500 [0, +0.1000]"),
        (Estimate(0.05, -0.00001, 0.1), "+", "+0.0500 [0, +0.1000]"),
        (Estimate(0.0, 0.0, 0.0), "+", "0"),
        (Estimate(0.5, np.nan, np.nan), "", "0.5000"),
        (Estimate(), "", "–"),
    ],
)
def test_a_metric_and_its_interval(estimate, sign, text):
    assert metric(estimate, sign) == text


@pytest.mark.parametrize(
    ("found", "text"), [(None, "–"), (0.001, "0.001"), (False, "False"), ([1, 2], "[1, 2]")]
)
def test_a_value_in_one_line(found, text):
    assert value(found) == text


def test_code_stays_one_cell_and_short():
    assert code("a|b\n`c`") == "`a\\|b 'c'`"
    assert len(code("x" * 500)) == 102
