"""The most confident predictions of a model, both correct and wrong."""

import pandas as pd

from stages.common.table import KEY

CASES = {
    "missed": ("fake", False),
    "false_alarms": ("real", True),
    "found": ("fake", True),
    "passed": ("real", False),
}
"""Name of a case to the label of the item and whether the model calls it fake."""


def surest(faces: pd.DataFrame, threshold: float, case: str, count: int) -> pd.DataFrame:
    """Select the most confident face of each of the most confidently judged items.

    Parameters
    ----------
    faces : DataFrame
        Scored faces with ``label`` and ``p_fake``.
    threshold : float
        Scores at or above it are called fake.
    case : str
        One of `CASES`.
    count : int
        Maximum number of items; there may be fewer.
    """
    label, called_fake = CASES[case]
    fitting = faces[(faces["label"] == label) & ((faces["p_fake"] >= threshold) == called_fake)]
    ordered = fitting.sort_values("p_fake", ascending=not called_fake, kind="stable")
    return ordered.drop_duplicates(KEY).head(count).reset_index(drop=True)
