"""Settings of hypothesis, and made media, that all tests share."""

import pytest
from hypothesis import HealthCheck, Phase, settings

from stages.common.decode import Limits
from tests.support import media

# A busy machine breaks no law
settings.register_profile("whole", max_examples=50, deadline=None)
settings.register_profile("fast", max_examples=10, deadline=None)
settings.load_profile("whole")

# For mutation testing (`mutmut run`): a law that breaks is reported, not shrunk; a busy machine
# kills no mutant
settings.register_profile(
    "mutants",
    phases=[Phase.explicit, Phase.generate],
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def limits():
    return Limits(pixels=10_000_000, duration=600)


@pytest.fixture
def pictures():
    return media.pictures


@pytest.fixture
def clip():
    return media.write_clip
