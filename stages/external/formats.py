"""Read files of scores as other programs write them.

A format is a row of `FORMATS`, named as in ``scores.<name>.format`` of params.yaml: a function from
a file to a table with the column ``score`` (higher is more fake), and

- either ``dataset``, ``method`` and ``item``, and where known ``frame`` and ``track``,
- or ``path``: of a media file, or of a picture of a face (`stages.external.names`).

Pickles are never read, since reading one can run any code.
"""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import BaseModel, Field, TypeAdapter

from stages.common.errors import InputError
from stages.common.registry import find
from stages.common.table import KEY

PAGE = "docs/evaluation.md"

_NUMBERS = ["frame", "track", "score"]


def read_csv(path: Path) -> pd.DataFrame:
    """Read our own format: one row an item, a frame or a face; other columns are ignored."""
    table = _csv_table(path)
    if {*KEY, "score"} <= set(table):
        return table[[name for name in (*KEY, "frame", "track", "score") if name in table]]
    if {"path", "score"} <= set(table):
        return table[["path", "score"]]
    raise InputError(
        f"{path}: expected the columns {', '.join(KEY)}, score, and where known frame and track, "
        f"or path, score; found {', '.join(table)}"
    )


def read_dfdc(path: Path) -> pd.DataFrame:
    """Read a submission to Kaggle's DFDC: ``filename`` of a video, and its P(fake) as ``label``.

    The challenge's winner writes it too: selimsef/dfdc_deepfake_challenge, ``predict_folder.py``.
    """
    table = _csv_table(path)
    if not {"filename", "label"} <= set(table):
        raise InputError(
            f"{path}: expected the columns filename, label of a submission to Kaggle's DFDC; "
            f"found {', '.join(table)}"
        )
    return table[["filename", "label"]].set_axis(["path", "score"], axis=1)


class _Tested(BaseModel):
    """What DeepfakeBench knows after it has tested one dataset; other keys are ignored."""

    image: list[str | Annotated[list[str], Field(min_length=1)]]
    pred: list[float]


def read_deepfakebench(path: Path) -> pd.DataFrame:
    """Read the paths and predictions of DeepfakeBench as JSON: ``image`` and ``pred`` by dataset.

    SCLBD/DeepfakeBench writes no file of scores: ``training/test.py`` prints metrics, and training
    (``training/trainer/trainer.py``) pickles predictions. Both have the paths in
    ``data_dict['image']``, in the order of ``pred``. A clip is a list of paths, named here by its
    first. A picture that several of its datasets hold, as those of FaceForensics++ hold the same
    reals, counts once.
    """
    try:
        datasets = TypeAdapter(dict[str, _Tested]).validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: expected JSON such as {{dataset: {{image: [paths], pred: [numbers]}}}}, "
            f"see {PAGE}: {error}"
        ) from None
    rows: list[tuple[str, float]] = []
    for dataset, tested in datasets.items():
        if len(tested.image) != len(tested.pred):
            raise InputError(
                f"{path}: {dataset} has {len(tested.image)} paths in image and {len(tested.pred)} "
                "numbers in pred; expected one for each"
            )
        firsts = (image if isinstance(image, str) else image[0] for image in tested.image)
        rows += zip(firsts, tested.pred, strict=True)
    return pd.DataFrame(rows, columns=["path", "score"]).drop_duplicates("path")


FORMATS: dict[str, Callable[[Path], pd.DataFrame]] = {
    "csv": read_csv,
    "dfdc": read_dfdc,
    "deepfakebench": read_deepfakebench,
}


def read_file(path: Path, name: str) -> pd.DataFrame:
    """Read a file of scores in the format `name`.

    Returns
    -------
    DataFrame
        The columns of the format: ``score`` is float64 and finite; ``frame`` and ``track`` are
        Int64, missing where the file leaves them empty; the others are text.

    Raises
    ------
    ParamsError
        There is no such format.
    InputError
        The file cannot be read, has another format or no rows, or a score is no number.
    """
    rows = find("format", name, FORMATS)(path)
    if rows.empty:
        raise InputError(f"{path} holds no scores")
    numbers = {column: _numbers(rows, column, path) for column in _NUMBERS if column in rows}
    return rows.assign(**numbers).reset_index(drop=True)


def _numbers(rows: pd.DataFrame, column: str, path: Path) -> pd.Series:
    numbers = pd.to_numeric(rows[column], errors="coerce")
    if column == "score":
        right, kind = np.isfinite(numbers), "float64"
        expected = "a number; leave out what has no score"
    else:
        right, kind = (rows[column] == "") | (numbers % 1 == 0), "Int64"
        expected = "a whole number, or nothing"
    if not right.all():
        first = rows[~right].iloc[0]
        about = ", ".join(first.drop(_NUMBERS, errors="ignore"))
        raise InputError(
            f"{path}: {column} {first[column]!r} of {about} is not {expected} "
            f"({(~right).sum()} such rows)"
        )
    return numbers.astype(kind)


def _csv_table(path: Path) -> pd.DataFrame:
    """Read a CSV file with a header as text; missing cells become empty."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # a row longer than the header
            table = pd.read_csv(path, dtype=str, keep_default_na=False, index_col=False)
    except (OSError, ValueError, pd.errors.ParserWarning) as error:  # ParserError is a ValueError
        raise InputError(f"{path} cannot be read as CSV: {error}") from None
    return table.fillna("")
