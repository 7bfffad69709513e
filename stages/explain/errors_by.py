"""Error rates by attribute: on which kinds of faces a model fails."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pandera.pandas as pa

from stages.common.crops import map_crops
from stages.common.metrics.definitions import DEFINITIONS
from stages.common.metrics.scores import Scores
from stages.common.picture import decode_stored
from stages.common.table import column
from stages.common.tables.scores import SCORED_SPLITS

_MEASURED = ("face_size", "brightness", "detail")
ATTRIBUTES = ("method", "seen_by", *_MEASURED)

ERRORS_BY = pa.DataFrameSchema(
    {
        "split": column(str, "test or unseen", checks=pa.Check.isin(SCORED_SPLITS)),
        "dataset": column(str, "name of the dataset in params.yaml"),
        "attribute": column(
            str,
            "what the faces have in common: manipulation method, detectors that saw the face, "
            "shorter side of its box (px), mean of the luma (0 to 255), bytes a pixel of the "
            "stored crop (few: smooth or strongly compressed)",
            checks=pa.Check.isin(ATTRIBUTES),
        ),
        "part": column(str, "the attribute's value, or its range from-to"),
        "fakes": column(int, "faces of fakes"),
        "reals": column(int, "faces of reals"),
        "missed": column(float, "share of the fakes that are called real", nullable=True),
        "false_alarms": column(float, "share of the reals that are called fake", nullable=True),
        "auc": column(float, "frame-level AUC within the part", nullable=True),
    },
    unique=["split", "dataset", "attribute", "part"],
    strict=True,
    coerce=True,
)


def errors_by_path(model: str) -> Path:
    """Path of the errors of `model` by attribute; the file is small and tracked by git."""
    return Path("metrics/errors") / f"{model}.csv"


def measured_attributes(faces: pd.DataFrame, threads: int) -> pd.DataFrame:
    """Add ``face_size``, ``brightness`` and ``detail`` to rows of a split table.

    Units are as in `ERRORS_BY`. The number of `threads` does not change the result.
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
    """Compute the rows of `ERRORS_BY`.

    Parameters
    ----------
    faces : DataFrame
        Scored faces with ``split``, ``dataset``, ``method``, ``label``, ``p_fake``, ``seen_by``
        and the columns of `measured_attributes`.
    threshold : float
        Scores at or above it are called fake.
    parts : int
        Number of quantile bins of each measured attribute.
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
    """Name the quantile bin of each value, as ``from-to``."""
    # Equal values, such as sizes of ready-made crops, are one bin, which `qcut` does not number
    number = pd.qcut(values, parts, labels=False, duplicates="drop").fillna(0)
    of_part = values.groupby(number)
    low, high = of_part.transform("min"), of_part.transform("max")
    return low.map("{:07.2f}".format) + "-" + high.map("{:07.2f}".format)


def _errors(members: pd.DataFrame, threshold: float) -> dict[str, Any]:
    fake = (members["label"] == "fake").to_numpy()
    p_fake = members["p_fake"].to_numpy()
    auc = DEFINITIONS["auc"].of(Scores(fake, p_fake))
    return {
        "fakes": fake.sum(),
        "reals": (~fake).sum(),
        "missed": np.mean(p_fake[fake] < threshold) if fake.any() else np.nan,
        "false_alarms": np.mean(p_fake[~fake] >= threshold) if not fake.all() else np.nan,
        "auc": np.nan if isinstance(auc, str) else auc,
    }
