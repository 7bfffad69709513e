"""The section `evaluate` of params.yaml."""

from stages.common.numbers import Count
from stages.common.params import Section


class EvaluateParams(Section):
    """Inference parameters."""

    batch_size: Count
