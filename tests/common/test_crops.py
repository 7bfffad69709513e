"""Crops of a split table, read some at a time."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from stages.common import crops
from stages.common.archive import Record, write_archive
from stages.common.errors import InputError
from stages.common.picture import decode_stored, encode_png


@pytest.fixture
def faces(tmp_path):
    """Ten crops of two archives in mixed order; each has one value, its own number."""
    rows = pd.DataFrame(
        {"archive": ["a.zip", "b.zip"] * 5, "crop": [f"{n}.png" for n in range(10)]}
    )
    for archive, of_archive in rows.groupby("archive"):
        members = {
            row.crop: encode_png(np.full((3, 4, 3), row.Index, np.uint8))
            for row in of_archive.itertuples()
        }
        write_archive(tmp_path / archive, Record(digest="made"), members)
    return rows.sample(frac=1, random_state=0)


@pytest.mark.parametrize("at_once", [1, 3, 10])
def test_every_crop_comes_in_the_order_of_the_rows_however_many_are_read_at_once(
    monkeypatch, tmp_path, faces, at_once
):
    read = []

    def read_some(part, root):
        read.append(len(part))
        return read_crops(part, root)

    read_crops = crops.read_crops
    monkeypatch.setattr(crops, "read_crops", read_some)
    monkeypatch.setattr(crops, "_BATCH_OF_CROPS", at_once)
    with ThreadPoolExecutor(2) as pool:
        found = crops.map_crops(decode_stored, faces, pool.map, root=tmp_path)
    assert [crop.mean() for crop in found] == faces.index.tolist()
    assert sum(read) == len(faces)
    assert max(read) == at_once
    assert crops.map_crops(decode_stored, faces.iloc[:0], root=tmp_path) == []


def test_a_crop_that_is_missing_is_named(tmp_path, faces):
    faces.iloc[3, faces.columns.get_loc("crop")] = "11.png"
    with pytest.raises(InputError, match=r"11\.png"):
        crops.map_crops(decode_stored, faces, root=tmp_path)
