import pytest

from stages.sample.params import SampleParams


@pytest.fixture(scope="session")
def small():
    """A few frames of the default size."""
    return SampleParams(seed=3, groups=4, unseen_groups=2, frames=3, fps=12, width=256, height=192)
