import pandas as pd
import pytest

from proofs.agreement import differing_splits, disagreements
from stages.common.tables.splits import SPLIT_NAMES, split_path


@pytest.fixture
def runs(tmp_path):
    rows = pd.DataFrame(
        {
            "dataset": "made",
            "method": "real",
            "item": ["a", "b"],
            "frame": 0,
            "label": "real",
            "group": ["1", "2"],
            "x": 10.01,
        }
    )
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        for split in SPLIT_NAMES:
            path = folder / split_path(split)
            path.parent.mkdir(parents=True, exist_ok=True)
            rows.to_csv(path, index=False)
    return folders


@pytest.mark.parametrize(
    ("column", "value", "differs"), [("x", 10.02, []), ("group", "3", ["test"])]
)
def test_a_box_may_differ_by_a_digit_but_no_group(runs, column, value, differs):
    path = runs[1] / split_path("test")
    pd.read_csv(path).assign(**{column: value}).to_csv(path, index=False)
    assert differing_splits(*runs) == [str(split_path(split)) for split in differs]


def test_two_methods_may_change_places_as_the_worst():
    name = "metrics/models/net.json: test.worst_method.video.auc"
    first, second = {name: 0.9, f"{name}_method": "swap"}, {name: 0.8, f"{name}_method": "morphed"}
    assert disagreements(first, second, 0.2) == []
    assert len(disagreements(first, second, 0.05)) == 1


def test_metrics_agree_within_the_tolerance_alone():
    first, second = {"auc": 0.9, "note": "none"}, {"auc": 0.85, "note": "none", "new": 1}
    assert disagreements(first, second, 0.1) == ["new: None and 1"]
    assert len(disagreements(first, second, 0.01)) == 2
