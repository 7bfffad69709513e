"""Settings of hypothesis that all tests share."""

from hypothesis import HealthCheck, Phase, settings

# A busy machine breaks no law
settings.register_profile("unhurried", parent=settings(), deadline=None)
settings.load_profile("unhurried")

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
