"""Errors by what faces have in common."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
import pandas as pd

from stages.common.crops import map_crops
from stages.common.metrics.registry import ranking_figures
from stages.common.picture import decode_stored

_MEASURED = ("face_size", "brightness", "detail")


def measured_attributes(faces: pd.DataFrame, threads: int) -> pd.DataFrame:
    """Add ``face_size``, ``brightness`` and ``detail`` to rows of a split table.

    Units are those of `stages.common.tables.errors_by`; `threads` change no value.
    """
    with ThreadPoolExecutor(threads) as pool:
        measured = map_crops(_measure, faces, pool.map)
    brightness, detail = np.array(measured).reshape(-1, 2).T
    size = faces[["width", "height"]].min(axis=1)
    return faces.assign(face_size=size, brightness=brightness, detail=detail)


def _measure(encoded: bytes) -> tuple[float, float]:
    crop = decode_stored(encoded)
    luma = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    return float(luma.mean()), len(encoded) / luma.size


def errors_by(faces: pd.DataFrame, threshold: float, parts: int) -> pd.DataFrame:
    """Rows of `stages.common.tables.errors_by.ERRORS_BY`.

    Parameters
    ----------
    faces : DataFrame
        Scored faces with ``split``, ``dataset``, ``method``, ``label``, ``p_fake``, ``seen_by``
        and the columns of `measured_attributes`.
    threshold : float
        A score that reaches it is called fake.
    parts : int
        Equally full parts of a measured attribute.
    """
    rows = []
    for (split, dataset), scored in faces.groupby(["split", "dataset"]):
        keys = {"split": split, "dataset": dataset}
        attributes = {"method": scored["method"], "seen_by": scored["seen_by"]}
        attributes |= {name: _ranges(scored[name], parts) for name in _MEASURED}
        for name, values in attributes.items():
            for part, members in scored.groupby(values):
                rows.append(keys | {"attribute": name, "part": part} | _errors(members, threshold))
    return pd.DataFrame(rows)


def _ranges(values: pd.Series, parts: int) -> pd.Series:
    """The name of the equally full part that each value is in, ``from-to``."""
    number = pd.qcut(values, parts, labels=False, duplicates="drop")
    of_part = values.groupby(number)
    low, high = of_part.transform("min"), of_part.transform("max")
    return low.map("{:07.2f}".format) + "-" + high.map("{:07.2f}".format)


def _errors(members: pd.DataFrame, threshold: float) -> dict[str, Any]:
    fake = (members["label"] == "fake").to_numpy()
    p_fake = members["p_fake"].to_numpy()
    auc = ranking_figures(fake, p_fake)["auc"]
    return {
        "fakes": fake.sum(),
        "reals": (~fake).sum(),
        "missed": np.mean(p_fake[fake] < threshold) if fake.any() else np.nan,
        "false_alarms": np.mean(p_fake[~fake] >= threshold) if not fake.all() else np.nan,
        "auc": np.nan if isinstance(auc, str) else auc,
    }
