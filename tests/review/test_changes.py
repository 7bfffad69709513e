import pytest

from review.changes import (
    contents_of,
    count_changes,
    item_changes,
    items_of,
    param_changes,
    stage_changes,
)
from review.revision import read_revision
from tests.support.team_repository import PARAMS, SPLIT, made_items, made_scores


@pytest.fixture
def two(team, tmp_path):
    """Reads the last two commits."""

    def read():
        team.commit(by_hand=True)
        return (
            read_revision(name, tmp_path / f"side{number}")
            for number, name in enumerate(["HEAD~1", "HEAD"])
        )

    return read


def test_parameters_are_named_by_their_path(team, two):
    changed = dict(reversed(PARAMS.items()))
    team.write("params.yaml", changed | {"train": {"rate": 0.01, "epochs": 3}})
    changes = [(one.name, one.old, one.new) for one in param_changes(*two())]
    assert changes == [
        ("params.yaml: train.epochs", None, 3),
        ("params.yaml: train.rate", 0.001, 0.01),
    ]


def test_the_versions_of_libraries_that_a_stage_declares_are_parameters(team, two):
    stage = {"cmd": "true", "params": [{"versions.yaml": ["keras"]}]}
    team.write("dvc.yaml", {"stages": {"train": stage}})
    team.write("versions.yaml", {"keras": "3.14", "gradio": "5"})
    team.commit(by_hand=True)
    team.write("versions.yaml", {"keras": "3.15", "gradio": "6"})
    changes = [(one.name, one.old, one.new) for one in param_changes(*two())]
    assert changes == [("versions.yaml: keras", "3.14", "3.15")]


def test_counts_are_the_metrics_of_everything_but_models(team, two):
    team.write("metrics/split.json", SPLIT | {"train_fake_items": 90})
    team.write("metrics/frames/seen.json", {"failed": 2})
    team.write("metrics/models/net_a.json", {"test.seen.video.auc": 0.9})
    changes = [(one.name, one.old, one.new) for one in count_changes(*two())]
    assert changes == [("frames/seen: failed", None, 2), ("split: train_fake_items", 100, 90)]


def test_stages_with_other_hashes_are_named(team, two):
    def lock(model):
        outs = [{"path": "models/net_a/model.keras", "md5": model}]
        same = [{"path": "data/index/seen.csv", "md5": "2" * 32}]
        return {"stages": {"train@net_a": {"outs": outs}, "index@seen": {"outs": same}}}

    team.write("dvc.lock", lock("1" * 32))
    team.commit(by_hand=True)
    team.write("dvc.lock", lock("3" * 32))
    assert stage_changes(*two()) == ["train@net_a"]


def test_a_commit_without_a_lock_has_no_stages(team, two):
    (team.folder / "dvc.lock").unlink()
    team.commit(by_hand=True)
    assert stage_changes(*two()) == []


def test_contents_are_the_metrics_of_the_split(team, two):
    team.git("rm", "-q", "metrics/split.json")
    base, head = two()
    assert contents_of(base) == SPLIT
    assert contents_of(head) == {}


def items(places):
    return items_of([made_scores(made_items(places), 1.0)])


def compared(old, new):
    return item_changes(old, new, {}, {})


def test_the_same_items_are_comparable():
    places = {"test": ("seen", 5), "unseen": ("other", 3)}
    changes = compared(items(places), items(places))
    assert [(one.split, one.dataset, one.old, one.new) for one in changes] == [
        ("test", "seen", 10, 10),
        ("unseen", "other", 6, 6),
    ]
    assert all(one.comparable and not str(one) for one in changes)


@pytest.mark.parametrize(
    ("base", "head", "comparable"),
    [({"content_test_seen": "a"}, {"content_test_seen": "b"}, False),
     ({"content_test_seen": "a"}, {"content_test_seen": "a"}, True),
     ({"content_train_seen": "a"}, {"content_train_seen": "b"}, True),
     ({}, {"content_test_seen": "b"}, True)],
)  # fmt: skip
def test_other_files_behind_the_same_names_are_another_test(base, head, comparable):
    same = items({"test": ("seen", 5)})
    (change,) = item_changes(same, same, base, head)
    assert change.comparable == comparable
    assert str(change) == ("" if comparable else "other files of the same names")


def test_added_and_removed_groups_are_named():
    old, new = items({"test": ("seen", 5)}), items({"test": ("seen", 6)})
    (there,), (back,) = compared(old, new), compared(new, old)
    assert there.groups_added == back.groups_removed == ["seen/test005"]
    assert str(there) == "2 items added, 1 groups added"
    assert str(back) == "2 items removed, 1 groups removed"
    assert not there.comparable


@pytest.mark.parametrize("column", ["label", "group", "target", "donor"])
def test_another_label_or_group_of_the_same_medium_is_another_test(column):
    old = items({"test": ("seen", 5)})
    new = old.copy()
    new.iloc[0, new.columns.get_loc(column)] = "fake" if column == "label" else "seen/else"
    if column == "label":
        assert old.iloc[0]["label"] == "real"
    (change,) = compared(old, new)
    assert change.altered == 1
    assert not change.comparable


def test_an_item_moved_to_another_split_is_removed_and_added():
    old = items({"test": ("seen", 5), "val": ("seen", 5)})
    new = old.copy()
    new.loc[new["group"] == "seen/test000", "split"] = "val"
    test, val = compared(old, new)
    assert (test.removed, test.groups_removed) == (2, ["seen/test000"])
    assert (val.added, val.groups_added) == (2, ["seen/test000"])


def test_a_split_of_one_commit_only():
    (change,) = compared(items({"test": ("seen", 5)}), items({"test": ("seen", 5)}).iloc[:0])
    assert (change.old, change.new, change.removed) == (10, 0, 10)
