"""The comparison table: every pair of models on the same media, with three tests."""

from pathlib import Path

import pandera.pandas as pa

from stages.common.table import column
from stages.common.tables.scores import SCORED_SPLITS

TESTS = ("bootstrap", "delong", "mcnemar")
"""p-values are columns ``p_<test>``, those corrected for multiple comparisons ``holm_<test>``."""

COMPARISONS_PATH = Path("metrics/comparisons.csv")

COMPARISONS = pa.DataFrameSchema(
    {
        "split": column(str, "test or unseen", checks=pa.Check.isin(SCORED_SPLITS)),
        "dataset": column(str, "name of the dataset in params.yaml"),
        "first": column(str, "a model"),
        "second": column(str, "another one"),
        "media": column(int, "media that both scored"),
        "groups": column(int, "groups that these belong to"),
        "auc_difference": column(float, "video-level AUC of first less second's", nullable=True),
        "low": column(float, "lower bound of its paired interval over groups", nullable=True),
        "high": column(float, "upper bound of its paired interval over groups", nullable=True),
    }
    | {
        f"{kind}_{test}": column(float, "p-value, empty if undefined", nullable=True)
        for kind in ("p", "holm")
        for test in TESTS
    },
    unique=["split", "dataset", "first", "second"],
    strict=True,
    coerce=True,
)
