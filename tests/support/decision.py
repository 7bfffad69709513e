"""The rule by which made scores of faces become scores and decisions of items."""

from stages.common.metrics.decision import DecisionParams

DECISION = {
    "aggregation": {"method": "mean", "top_k": 3, "by": "item", "consistency": 0.5, "min_faces": 3},
    "prior": None,
    "max_false_positive_rate": 1.0,
}
"""The section `decision` of params.yaml."""

RULE = DecisionParams(**DECISION)
