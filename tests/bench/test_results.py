"""Edge pictures keep the outline of what they show and lose what makes a person known."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from bench.results import edges


def test_an_edge_stays_and_fine_detail_goes():
    step = np.zeros((224, 224, 3), np.uint8)
    step[:, 112:] = 100
    fine = step.copy()
    fine[::2, ::2] += 60
    assert edges(step)[:, 50:62].max() > 10 * edges(step)[:, :30].max()
    # Dots two pixels apart are as good as gone: only their mean is left
    assert np.abs(edges(fine) - edges(step))[10:-10, 10:-10].max() < 0.1 * edges(step).max()
