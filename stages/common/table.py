"""The table format of all stages: CSV with a declared schema, checked on write and on read."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

from stages.common.errors import TableError, first_of
from stages.common.files import whole_file

KEY = ["dataset", "method", "item"]
"""The key of an item; item names alone can repeat across datasets and methods."""

_ROWS_AT_ONCE = 100_000
"""Rows that are turned into text at once: as text, numbers take several times their memory."""

_FINITE = pa.Check(lambda values: np.isfinite(values), name="finite", error="a finite number")


def column(kind: type, meaning: str, unit: str = "", **pandera_options: Any) -> pa.Column:
    """Declare a column by type, meaning and unit; other options are passed to `pandera.Column`."""
    if kind is float:
        pandera_options.setdefault("checks", _FINITE)
    return pa.Column(kind, description=meaning, metadata={"unit": unit}, **pandera_options)


def item_key() -> dict[str, pa.Column]:
    """Return the columns of `KEY`, which come first in every table of items."""
    return {
        "dataset": column(str, "name of the dataset in params.yaml"),
        "method": column(str, "manipulation method; 'real' for pristine items"),
        "item": column(str, "name of the item, unique within dataset and method"),
    }


def write(path: Path, table: pd.DataFrame, schema: pa.DataFrameSchema) -> None:
    """Check `table`, sort it by the schema's key and write it atomically.

    Parameters
    ----------
    path : Path
        CSV file; parent folders are created, floats have six decimals.
    table : DataFrame
        The rows in any order; columns not declared in `schema` are left out.
    schema : DataFrameSchema
        The declared columns; ``schema.unique`` is the key, by which rows are sorted.

    Raises
    ------
    TableError
        The rows do not follow the schema.
    """
    checked = _checked(table.reindex(columns=list(schema.columns)), schema, path)
    rows = checked.sort_values(schema.unique)
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        for start in range(0, max(len(rows), 1), _ROWS_AT_ONCE):
            block = rows.iloc[start : start + _ROWS_AT_ONCE]
            # pandas's own `float_format` takes ten times as long
            text = block.select_dtypes("float").apply(
                lambda values: values.map("{:.6f}".format, na_action="ignore")
            )
            block.assign(**text).to_csv(file, index=False, header=start == 0, lineterminator="\n")


def read(path: Path, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Read a table and check it against its schema.

    Raises
    ------
    TableError
        The file is missing or truncated, a column is missing or unknown, a required value is
        absent, a value has a wrong type or is not allowed, or two rows share a key.
    """
    optional = {name: [""] for name, declared in schema.columns.items() if declared.nullable}
    try:
        # Read as text: an item may be called "NA", and the schema reports wrong types
        table = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=optional)
    except FileNotFoundError:
        raise TableError(f"{path} is missing: run `dvc repro`, or `dvc pull` it") from None
    except (ValueError, OSError) as error:  # pandas' parser errors are ValueErrors
        raise TableError(f"{path} is not a table: {error}") from None
    if not _ends_with_its_last_line(path):
        raise TableError(f"{path} is truncated: remove it and run `dvc repro`, or `dvc pull` it")
    return _checked(table, schema, path)


def _ends_with_its_last_line(path: Path) -> bool:
    """Return whether a table ends with a line break; a truncated row may look like a valid one."""
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"


def _checked(table: pd.DataFrame, schema: pa.DataFrameSchema, path: Path) -> pd.DataFrame:
    try:
        return schema.validate(table, lazy=True)
    except pa.errors.SchemaErrors as error:
        problems = error.failure_cases
        # A value of a wrong type is reported twice: once by the coercion, once by the dtype check
        problems = problems[~problems["check"].astype(str).str.startswith("dtype(")]
        lines = [
            f"{path}: column {row.column}, row {row.index}: {row.failure_case!r} fails {row.check}"
            for row in problems.itertuples()
        ]
        raise TableError("\n".join(first_of(lines))) from None
