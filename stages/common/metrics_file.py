"""Write metrics files for DVC: one flat JSON object per file, sorted and rounded."""

import json
from collections.abc import Mapping
from pathlib import Path

from stages.common.files import write_whole

DECIMALS = 4


def write_metrics(path: Path, metrics: Mapping[str, int | float | str]) -> None:
    """Write metrics, floats rounded to `DECIMALS` places.

    ``dvc metrics diff`` has no tolerance (dvc issue 10408): without rounding, it would report
    changes in the seventh decimal as differences between values that it displays as equal.

    Parameters
    ----------
    path : Path
        The file; parent folders are created.
    metrics : mapping of str to int, float or str
        A string means that the metric is undefined, and says why.
    """
    rounded = {
        name: round(value, DECIMALS) if isinstance(value, float) else value
        for name, value in metrics.items()
    }
    text = json.dumps(rounded, indent=2, sort_keys=True, allow_nan=False)
    write_whole(path, f"{text}\n")
