"""The stage on made data: what the dataset says of its items reaches both tables."""

from pathlib import Path

import numpy as np
import pytest
import yaml

import stages.baseline.__main__ as baseline
import stages.evaluate.__main__ as evaluate
import stages.explain.__main__ as explain
from stages.common import table
from stages.common.tables.errors import ERRORS, GAPS, errors_path, gaps_path
from stages.common.tables.splits import ITEMS, ITEMS_PATH
from stages.explain.gradcam import Maps
from tests.support.scoring import SIZE, make_project

pytestmark = pytest.mark.end_to_end


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A scored model; the network is too simple for Grad-CAM, which gives flat maps."""
    monkeypatch.chdir(tmp_path)
    make_project(tmp_path)
    params = yaml.safe_load(Path("params.yaml").read_text())
    params["explain"] = {"cases": 2, "parts": 2}
    Path("params.yaml").write_text(yaml.safe_dump(params))
    items = table.read(ITEMS_PATH, ITEMS)
    number = items["item"].str.split("_").str[1].astype(int)
    items["attributes"] = np.where(number % 2, "person=anna;skin=dark", "skin=light")
    table.write(ITEMS_PATH, items, ITEMS)
    evaluate.main("plain")
    flat = Maps(lambda crops: np.ones((len(crops), 5, 5), np.float32), SIZE, 5, earlier=False)
    monkeypatch.setattr(explain, "grad_cam", lambda network: flat)


def test_the_attributes_of_the_items_are_in_both_tables_with_the_same_bytes_each_time(
    project, monkeypatch
):
    written = []
    for workers in ("1", "3"):
        monkeypatch.setenv("MACHINE_WORKERS", workers)
        baseline.main()
        explain.main("plain")
        written.append([path("plain").read_bytes() for path in (errors_path, gaps_path)])
    assert written[0] == written[1]
    errors = table.read(errors_path("plain"), ERRORS)
    assert set(errors["split"] + " " + errors["dataset"]) == {"test made", "unseen other"}
    parts = errors.groupby("attribute")["part"].agg(lambda of: sorted(set(of)))
    assert parts["skin"] == ["dark", "light"]
    assert parts["person"] == ["anna"]
    assert parts["method"] == ["blend", "swap"]
    auc = errors[(errors["metric"] == "auc") & (errors["split"] == "test")].set_index("part")
    assert auc.loc["dark", ["fakes", "reals", "clusters"]].tolist() == [24, 24, 6]
    gaps = table.read(gaps_path("plain"), GAPS)
    skin = gaps[gaps["attribute"] == "skin"]
    assert len(skin) == 4
    assert (skin["values"] == 2).all()
    assert set(skin["worst"]) <= {"dark", "light"}
    assert "person" not in set(gaps["attribute"])
