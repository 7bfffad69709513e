"""The curves of a `review`."""

from review.charts import roc_charts
from tests.support.team_repository import made_items, made_scores


def test_a_caption_has_the_area_under_both_curves():
    items = made_items({"test": ("seen", 40)})
    base, head = made_scores(items, 0.0, 1), made_scores(items, 50.0, 1)
    (chart,) = roc_charts("net", base, head)
    assert chart.caption.startswith("AUC 0.")
    assert chart.caption.endswith(" → 1.0000")
    (alone,) = roc_charts("net", head.head(0), head)
    assert alone.caption == "AUC 1.0000 in head alone"


def test_one_class_has_no_area():
    items = made_items({"test": ("seen", 10)})
    fakes = made_scores(items[items["label"] == "fake"], 1.0)
    (chart,) = roc_charts("net", fakes.head(0), fakes)
    assert chart.caption == "no AUC: one class alone"
    assert chart.lines == []
