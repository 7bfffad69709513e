"""The section `evaluate` of params.yaml."""

from stages.common.numbers import Count
from stages.common.params import Section


class EvaluateParams(Section):
    """How a network is run."""

    batch_size: Count
