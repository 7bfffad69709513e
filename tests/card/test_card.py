"""A card says what ran: nothing that is not in the tables, and all that a reader must know."""

import hashlib
import json
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

import stages.card.__main__ as stage
from stages.common import table
from stages.common.metrics.decision import write_decision
from stages.common.split_metrics import SPLIT_METRICS
from stages.common.tables.errors import GAPS, gaps_path
from stages.common.tables.metrics import METRICS, metrics_path
from stages.common.tables.splits import ITEMS, ITEMS_PATH
from tests.support.app import made_scores, write_item_scores
from tests.support.card import RECIPE, made_decision
from tests.support.explain import made_gap

pytestmark = pytest.mark.usefixtures("workspace")


def written():
    stage.main("net")
    return Path("metrics/cards/net.md").read_text()


def rows(text):
    """Cells of every line of a table."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_same_bytes_each_time():
    assert written() == written()


def test_another_order_of_the_parameters_changes_nothing():
    before = written()
    turned = {name: dict(reversed(section.items())) for name, section in RECIPE.items()}
    Path("params.yaml").write_text(yaml.safe_dump(turned, sort_keys=False))
    assert written() == before


def test_the_model_is_named_by_its_hash():
    assert f"MD5 `{hashlib.md5(b'a network').hexdigest()}`" in written()


def test_each_split_has_its_counts_and_its_digest():
    found = rows(written())
    for split, dataset in {"train": "made", "test": "made", "unseen": "other"}.items():
        counts = [split, dataset, "6", "6", "6", "24", "blend, swap", f"`digest of {split}`"]
        assert counts in found


def test_figures_are_those_of_the_metric_table():
    metrics = table.read(metrics_path("net"), METRICS)
    auc = metrics[(metrics["metric"] == "auc") & (metrics["level"] == "video")]
    shown = {(row[0], row[1]): row[2] for row in rows(written()) if len(row) > 2}
    shown |= {(row[0], row[1]): row[2] for row in rows(written()) if len(row) == 3}
    for row in auc[auc["split"] == "unseen"].itertuples():
        by = "video" if row.method == "all" else row.method
        interval = f" [{row.low:.3f}, {row.high:.3f}]" if pd.notna(row.low) else ""
        assert shown[f"{row.split}: {row.dataset}", by] == f"{row.value:.3f}{interval}"
    assert not any(place.startswith("val") for place, _ in shown if ":" in place)


def test_an_undefined_figure_says_why():
    path = metrics_path("net")
    metrics = table.read(path, METRICS)
    gone = metrics.assign(value=None, low=None, high=None, note="only reals")
    table.write(path, gone, METRICS)
    assert "undefined (only reals)" in written()


def test_the_recipe_is_what_was_set():
    recipe = yaml.safe_load(written().split("```yaml")[1].split("```")[0])
    assert recipe.pop("recipe") == {"seed": 4, "batch_size": 16}
    assert recipe == {name: RECIPE[name] for name in ("frames", "faces")}


def test_thresholds_and_the_worst_degradation_are_told():
    text = written()
    assert "fake from 0.620 on" in text
    assert "0.900 on some faces as they are, and 0.550" in text
    assert "noise of level 3" in text


def test_items_without_a_face_are_counted_by_label():
    text = written()
    assert "3 of 21 fakes and 3 of 21 reals of val, test, unseen had none" in text
    assert "counted as undecided" in text


def test_the_share_of_fakes_that_is_assumed_is_told():
    assert "assumes that 50.0% of the items are fakes" in written()


def write_gaps(*rows):
    table.write(gaps_path("net"), pd.DataFrame(rows, columns=list(GAPS.columns)), GAPS)


def test_the_worst_value_of_an_attribute_is_named_with_its_interval_and_the_gap():
    within_chance = {"attribute": "brightness", "worst": "0073.98-0107.40", "gap_low": -0.01}
    write_gaps(made_gap(), made_gap(**within_chance), made_gap(metric="auc", worst="a|b"))
    found = rows(written().replace("\\|", "/"))
    start = ["unseen: other", "skin", "false alarms", "dark: 0.310 [0.220, 0.400]"]
    assert [*start, "light: 0.040 [0.010, 0.080]", "**0.270 [0.170, 0.370]**"] in found
    (row,) = (row for row in found if "brightness" in row)
    assert row[3] == "73.98-107.40: 0.310 [0.220, 0.400]"
    assert row[5] == "0.270 [-0.010, 0.370]"
    (row,) = (row for row in found if row[1:3] == ["skin", "AUC"])
    assert row[3].startswith("a/b: 0.310")


def test_without_gaps_it_says_that_there_are_none():
    note = "no gap: 1 of 3 values have an interval, 2 needed"
    numbers = {name: None for name, value in made_gap().items() if isinstance(value, float)}
    write_gaps(made_gap(**numbers, worst="", best="", note=note))
    with_rows = written()
    assert "has two values with enough clusters to compare (`metrics/gaps/net.csv`)" in with_rows
    write_gaps()
    assert written() == with_rows


def test_several_unseen_datasets_have_an_average_and_a_worst():
    assert "macro_average" not in written()
    metrics = table.read(metrics_path("net"), METRICS)
    rows = metrics[(metrics["split"] == "unseen") & (metrics["method"] == "all")]
    more = [rows.assign(dataset=name) for name in ("macro_average", "zoo")]
    more[1]["value"] -= 0.1
    table.write(metrics_path("net"), pd.concat([metrics, *more]), METRICS)
    text = written()
    assert "| unseen: macro_average | video |" in text
    assert "mean over 2 unseen datasets, each weighing the same; the lowest AUC by video" in text
    assert "is that on zoo." in text


@pytest.mark.parametrize(
    ("datasets", "demonstration"),
    [(["sample"], True), (["made"], False), (["made", "sample"], False)],
)
def test_who_knows_the_sample_alone_only_demonstrates(datasets, demonstration):
    write_decision(Path("models/net/decision.json"), made_decision(datasets))
    assert ("demonstration only" in written()) == demonstration


def test_ready_made_crops_are_told():
    assert "Ready-made crops" not in written()
    datasets = {**RECIPE["datasets"], "other": {**RECIPE["datasets"]["other"], "crops": True}}
    Path("params.yaml").write_text(yaml.safe_dump(RECIPE | {"datasets": datasets}))
    assert "**Ready-made crops:** each picture of `other` is one face" in written()


def test_a_leak_is_told():
    assert "Leak" not in written()
    metrics = json.loads(SPLIT_METRICS.read_text())
    SPLIT_METRICS.write_text(json.dumps(metrics | {"leak_test_items_of_learnt_groups": 3}))
    assert "**Leak:** 3 items of test" in written()


def test_persons_whom_train_shows_as_well_are_told():
    metrics = json.loads(SPLIT_METRICS.read_text())
    assert "**Persons:**" not in written()  # nobody is identified
    for count, told in ((0, False), (5, True)):
        SPLIT_METRICS.write_text(json.dumps(metrics | {"leak_test_items_of_learnt_persons": count}))
        assert ("**Persons:** 5 items of test show persons" in written()) == told


def test_without_unseen_data_it_says_that_there_are_none():
    assert "there are none" not in written()
    items = table.read(ITEMS_PATH, ITEMS)
    table.write(ITEMS_PATH, items[items["split"] != "unseen"], ITEMS)
    assert "there are none" in written()


def test_the_errors_of_its_verdicts_on_test_stand_in_the_card():
    text = written()
    assert "The app may call an item fake or real by it." in text
    assert "fitted on val (40 reals, 40 fakes) to an error of at most 10%" in text
    assert re.search(r"it called \d of 40 real ones fake and \d of 40 fakes real, and left", text)


@pytest.mark.parametrize(
    ("sharp", "why"),
    [(-3.0, "worse than chance"), (0.0, "which may be chance")],
)
def test_a_model_that_shows_no_skill_is_said_to_give_no_verdict(sharp, why):
    write_item_scores("net", made_scores(sharp=sharp))
    text = written()
    assert "**None:** its AUC by video on the test clips of own is" in text
    assert why in text


def test_a_model_that_the_baseline_equals_gives_no_verdict():
    write_item_scores("baseline", made_scores(sharp=1.5))
    assert "does not beat the baseline that needs no network" in written()
