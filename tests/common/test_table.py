"""A table is written whole, however many rows are turned into text at once."""

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest

from stages.common import table
from stages.common.table import KEY, column, item_key

SCHEMA = pa.DataFrameSchema(
    item_key()
    | {"score": column(float, "a score", nullable=True), "note": column(str, "a remark")},
    unique=KEY,
    strict=True,
    coerce=True,
)


@pytest.mark.parametrize("rows", [0, 1, 5, 6])
def test_parts_make_the_same_file(tmp_path, monkeypatch, rows):
    rng = np.random.default_rng(0)
    made = pd.DataFrame(
        {
            "dataset": "d",
            "method": "real",
            "item": [f"{number}" for number in rng.permutation(rows)],
            "score": [None if number == 2 else number / 3 for number in range(rows)],
            "note": ['said "é, so"\nand more'] * rows,
        }
    )
    table.write(tmp_path / "whole.csv", made, SCHEMA)
    monkeypatch.setattr(table, "_ROWS_AT_ONCE", 2)
    table.write(tmp_path / "parts.csv", made, SCHEMA)
    assert (tmp_path / "parts.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    read = table.read(tmp_path / "parts.csv", SCHEMA)
    assert list(read["item"]) == [str(number) for number in range(rows)]
    assert read["score"].isna().sum() == (rows > 2)
