"""No group and no file is on two sides, and unseen data has no say."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.common.errors import InputError
from stages.common.problems import raise_or_report
from stages.common.table import KEY
from stages.common.tables.problems import problems_path
from stages.split import assign
from stages.split.content import SAME_CONTENT, SAME_PICTURE, SAME_SOURCE
from stages.split.metrics import split_metrics

NO_PROBLEMS = pd.DataFrame({"problem": []})
NOBODY = pd.DataFrame(columns=[*KEY, "track", "person"])
NO_PICTURES = pd.DataFrame({"place": [], "other": []}, dtype=str)
SIZES = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 5)), min_size=12, max_size=40)


def split_items(items, params, pictures=NO_PICTURES, persons=NOBODY):
    return assign.split_items(items, params, pictures, persons)


def splits_of(items):
    return items.set_index(["dataset", "method", "item"])["split"].sort_index()


@given(first=SIZES, second=SIZES, seed=st.integers(0, 5), random=st.randoms())
@settings(max_examples=12)
def test_laws_of_a_split(dataset, params, first, second, seed, random):
    items = pd.concat([dataset(first, "a"), dataset(second, "b")])
    ratios = params((3, 1, 1), seed)
    try:
        placed, problems = split_items(items, ratios)
    except InputError as error:
        assert "too uneven" in str(error)  # noqa: PT017
        return
    assert problems.empty
    assert len(placed) == len(items)
    assert (placed.groupby("group")["split"].nunique() == 1).all()

    order = list(range(len(items)))
    random.shuffle(order)
    shuffled, _ = split_items(items.iloc[order], ratios)
    assert splits_of(shuffled).equals(splits_of(placed))

    unseen = dataset(second, "c", role="unseen")
    more, _ = split_items(pd.concat([unseen, items]), ratios)
    assert splits_of(more[more["role"] == "seen"]).equals(splits_of(placed))
    assert set(more.loc[more["role"] == "unseen", "split"]) == {"unseen"}

    alone, _ = split_items(dataset(first, "a"), ratios)
    assert splits_of(alone).equals(splits_of(placed)[alone["dataset"].unique().tolist()])


def official(items, test_groups, name="test", rest="train"):
    tested = items["group"].isin([f"made/g{number:03d}" for number in test_groups])
    return items.assign(official_split=tested.map({True: name, False: rest}))


def test_an_official_split_is_taken_as_it_is(dataset, params):
    items = official(dataset([(1, 1)] * 20), range(5))
    placed, _ = split_items(items, params(official=["made"]))
    found = placed.loc[placed["split"] == "test", "group"].nunique()
    assert found == 5
    assert set(placed.loc[placed["official_split"] == "train", "split"]) == {"train", "val"}
    assert (placed.groupby("group")["split"].nunique() == 1).all()


def test_an_official_val_is_not_touched(dataset, params):
    items = official(dataset([(1, 1)] * 20), range(5))
    items.loc[items["group"] == "made/g010", "official_split"] = "val"
    placed, _ = split_items(items, params(official=["made"]))
    assert (placed["split"] == placed["official_split"]).all()


def test_val_of_an_official_split_with_too_few_groups_goes_by_original(dataset, params, capsys):
    items = official(dataset([(40, 80)]), range(0))
    fakes = items["label"] == "fake"
    items.loc[fakes, "original"] = [f"real000_{number % 40}" for number in range(80)]
    tested = items["item"].isin([f"real000_{number}" for number in range(5)])
    items.loc[tested | items["original"].isin(items.loc[tested, "item"]), "official_split"] = "test"
    placed, _ = split_items(items, params(official=["made"]))
    clips = placed["original"].where(placed["original"] != "", placed["item"])
    assert (placed.groupby(clips)["split"].nunique() == 1).all()
    assert set(placed["split"]) == {"train", "val", "test"}
    assert "too few groups" in capsys.readouterr().err
    metrics = split_metrics(placed, placed.iloc[:0], NO_PROBLEMS, NOBODY)
    assert metrics["leak_groups_in_two_splits"] == 1


def test_the_leak_of_an_official_split_is_counted(dataset, params):
    items = official(dataset([(1, 3)] * 20), range(5))
    items.loc[items.index[items["group"] == "made/g010"][0], "official_split"] = "test"
    placed, _ = split_items(items, params(official=["made"]))
    metrics = split_metrics(placed, placed.iloc[:0], NO_PROBLEMS, NOBODY)
    assert metrics["leak_groups_in_two_splits"] == 1
    assert metrics["leak_test_items_of_learnt_groups"] == 1
    clean, _ = split_items(official(dataset([(1, 3)] * 20), range(5)), params(official=["made"]))
    assert (
        split_metrics(clean, clean.iloc[:0], NO_PROBLEMS, NOBODY)["leak_groups_in_two_splits"] == 0
    )


@pytest.mark.parametrize(("name", "args"), [("", "no official split"), ("train", "no test items")])
def test_an_official_split_that_is_not_there_is_an_error(dataset, params, name, args):
    items = dataset([(1, 1)] * 20).assign(official_split=name)
    with pytest.raises(InputError, match=args):
        split_items(items, params(official=["made"]))


def test_of_an_unseen_dataset_with_official_split_only_test_is_taken(dataset, params):
    unseen = official(dataset([(1, 1)] * 20, role="unseen"), range(5))
    seen = dataset([(1, 1)] * 20, "a")
    placed, _ = split_items(pd.concat([seen, unseen]), params(official=["made"]))
    assert (placed["split"] == "unseen").sum() == 10


def test_groups_of_two_seen_datasets_that_share_a_file_stay_together(dataset, params):
    first, second = dataset([(1, 1)] * 20, "a"), dataset([(1, 2)] * 40, "b")
    for group in range(20):  # half of b's reals are those of a, its fakes are others
        second.loc[second["item"] == f"real{2 * group:03d}_0", "md5"] = f"a real{group:03d}_0"
    placed, problems = split_items(pd.concat([first, second]), params())
    assert len(placed) == 40 + 100
    assert set(problems["path"]) == {f"b/real{2 * group:03d}_0.mp4" for group in range(20)}
    assert problems["detail"].iloc[0] == "same content as a/real000_0.mp4"
    assert (placed.groupby("group")["split"].nunique() == 1).all()
    assert placed["group"].nunique() == 20 + 20


def test_copies_that_disagree_on_the_label_are_all_dropped(dataset, params):
    first, second = dataset([(1, 1)] * 20, "a"), dataset([(1, 1)] * 20, "b")
    second.loc[second["item"] == "fake000_1", "md5"] = "a real000_0"
    _, problems = split_items(pd.concat([first, second]), params())
    assert list(problems["path"]) == ["a/real000_0.mp4", "b/fake000_1.mp4"]


def test_unseen_loses_what_was_learnt_and_keeps_what_was_not(dataset, params):
    seen, unseen = dataset([(1, 1)] * 20, "a"), dataset([(1, 1)] * 20, "b", role="unseen")
    unseen["md5"] = seen["md5"].to_numpy()
    placed, problems = split_items(pd.concat([seen, unseen]), params((2, 1, 1)))
    test = placed[placed["split"] == "test"]
    kept = placed[placed["split"] == "unseen"]
    assert set(kept["item"]) == set(test["item"])
    assert len(problems) == 30


def test_shared_content_is_an_error_if_the_parameters_say_so(dataset, params):
    seen, unseen = dataset([(1, 1)] * 20, "a"), dataset([(1, 1)] * 20, "b", role="unseen")
    unseen["md5"] = seen["md5"].to_numpy()
    _, problems = split_items(pd.concat([seen, unseen]), params(same="error"))
    with pytest.raises(InputError, match=r"b/fake\d+_1.mp4: same content as a/fake\d+_1.mp4"):
        raise_or_report(problems, "split", problems_path("split"))


def of_ffpp(items, donors=""):
    """The same items as made from FaceForensics++: group 7 shows its clip 7."""
    clips = items["group"].str.replace(r".*/g", "ffpp ", regex=True)
    return items.assign(target=clips, donor=donors)


def test_unseen_loses_the_sources_of_train_and_val_and_keeps_those_of_test(dataset, params):
    """FaceForensics++ is seen, DeeperForensics is not."""
    seen = of_ffpp(official(dataset([(1, 4)] * 20), range(5)))
    unseen = of_ffpp(dataset([(0, 1)] * 24, "deeper", role="unseen"), "deeper/M001")
    placed, problems = split_items(pd.concat([seen, unseen]), params(official=["made"]))
    kept = placed.loc[placed["split"] == "unseen", "item"]
    assert set(kept) == {f"fake{n:03d}_0" for n in (*range(5), *range(20, 24))}
    assert set(problems["problem"]) == {SAME_SOURCE}
    assert len(problems) == 15
    first = problems.iloc[0]
    assert first["path"] == "deeper/fake005_0.mp4"
    assert first["detail"] == "shows ffpp 005, as does made/fake005_1.mp4"


def test_a_face_put_in_counts_as_a_source(dataset, params):
    seen = of_ffpp(official(dataset([(1, 1)] * 20), range(5)))
    unseen = dataset([(0, 1)] * 2, "swaps", role="unseen").assign(donor=["ffpp 000", "ffpp 019"])
    placed, problems = split_items(pd.concat([seen, unseen]), params(official=["made"]))
    assert list(placed.loc[placed["split"] == "unseen", "item"]) == ["fake000_0"]
    assert list(problems["detail"]) == ["shows ffpp 019, as does made/fake019_1.mp4"]


def test_seen_datasets_that_show_one_source_are_split_alike(dataset, params):
    """c23 and c40 of FaceForensics++: no file is equal, every source is."""
    both = [of_ffpp(dataset([(1, 4)] * 40, name)) for name in ("c23", "c40")]
    placed, problems = split_items(pd.concat(both), params())
    assert problems.empty
    assert len(placed) == 400
    assert (placed.groupby("target")["split"].nunique() == 1).all()
    assert placed["group"].nunique() == 40


def pictures(*pairs):
    return pd.DataFrame(pairs, columns=["place", "other"])


def test_unseen_loses_the_pictures_of_train_and_val_and_keeps_those_of_test(dataset, params):
    seen = official(dataset([(1, 1)] * 20), range(5))
    unseen = dataset([(1, 1)] * 3, "b", role="unseen")
    same = pictures(
        ("b/real000_0.mp4", "made/real000_0.mp4"),  # of test
        ("b/real001_0.mp4", "made/real000_0.mp4"),
        ("b/real001_0.mp4", "made/fake009_1.mp4"),
    )
    placed, problems = split_items(
        pd.concat([seen, unseen]), params(official=["made"]), pictures=same
    )
    assert (placed["split"] == "unseen").sum() == 5
    assert problems[["problem", "path", "detail"]].to_numpy().tolist() == [
        [SAME_PICTURE, "b/real001_0.mp4", "same picture as in made/fake009_1.mp4"]
    ]


def test_seen_datasets_that_show_one_picture_are_split_alike(dataset, params):
    tables = [dataset([(1, 1)] * 40, name) for name in "ab"]
    same = pictures(*((f"b/real{n:03d}_0.mp4", f"a/fake{39 - n:03d}_1.mp4") for n in range(40)))
    placed, problems = split_items(pd.concat(tables), params(), pictures=same)
    assert problems.empty
    splits = placed.set_index(placed["dataset"] + "/" + placed["path"])["split"]
    assert (splits[same["place"]].to_numpy() == splits[same["other"]].to_numpy()).all()
    assert set(placed["split"]) == {"train", "val", "test"}


def test_nothing_seen_is_an_error(dataset, params):
    with pytest.raises(InputError, match="no dataset has the role seen"):
        split_items(dataset([(1, 1)] * 20, role="unseen"), params())


def test_metrics_count_by_split_and_label(dataset, params):
    placed, _ = split_items(dataset([(1, 2)] * 20), params((2, 1, 1)))
    faces = placed[placed["item"] != "real000_0"]
    problems = pd.DataFrame({"problem": [SAME_CONTENT] * 7 + [SAME_SOURCE] * 2})
    metrics = split_metrics(placed, faces, problems, NOBODY)
    assert metrics["items_dropped_same_source"] == 2
    assert metrics["items_dropped_same_content"] == 7
    assert metrics["train_fake_items"] == 20
    assert metrics["test_real_groups"] == 5
    assert sum(metrics[f"{name}_real_items_without_face"] for name in ("train", "val", "test")) == 1
    assert [metrics[f"{name}_fake_faces"] for name in ("train", "val", "test")] == [20, 10, 10]
    assert [metrics[f"{name}_real_faces"] for name in ("train", "val", "test")] in (
        [9, 5, 5], [10, 4, 5], [10, 5, 4]
    )  # fmt: skip
    assert metrics["unseen_real_faces"] == 0
    assert metrics["made_groups"] == 20
    assert metrics["made_largest_group_share"] == 0.05
    assert metrics["train_share_of_seen_items"] == 0.5


def contents(items, faces=None):
    metrics = split_metrics(
        items, items if faces is None else faces, problems=NO_PROBLEMS, persons=NOBODY
    )
    return {name: value for name, value in metrics.items() if name.startswith("content_")}


def test_a_digest_tells_one_test_set_from_another(dataset, params):
    items = pd.concat([dataset([(1, 1)] * 20), dataset([(1, 1)] * 3, "b", role="unseen")])
    placed, _ = split_items(items, params((2, 1, 1)))
    found = contents(placed)
    assert set(found) == {
        "content_train_made", "content_val_made", "content_test_made", "content_unseen_b"
    }  # fmt: skip
    assert len(set(found.values())) == 4
    assert contents(placed.sample(frac=1, random_state=0)) == found

    first = placed.index[placed["split"] == "test"][0]
    other_file = placed.assign(md5=placed["md5"].where(placed.index != first, "0" * 32))
    other_name = placed.assign(item=placed["item"].where(placed.index != first, "else"))
    for changed in (contents(other_file), contents(other_name)):
        assert [name for name in found if changed[name] != found[name]] == ["content_test_made"]


def test_a_digest_covers_the_scored_items(dataset, params):
    placed, _ = split_items(dataset([(1, 1)] * 20), params((2, 1, 1)))
    first = placed.index[placed["split"] == "test"][0]
    without = contents(placed, faces=placed.drop(first))
    assert without == contents(placed.drop(first))
    assert without != contents(placed)


def test_unseen_items_share_nothing_with_seen_ones(dataset, params):
    items = pd.concat([dataset([(1, 1)] * 20), dataset([(1, 1)] * 20, "b", role="unseen")])
    placed, _ = split_items(items, params((2, 1, 1)))
    metrics = split_metrics(placed, placed, NO_PROBLEMS, NOBODY)
    assert metrics["train_share_of_seen_items"] == 0.5
    assert "unseen_share_of_seen_items" not in metrics


def test_the_seed_moves_groups_and_an_official_splits_val(dataset, params):
    plain, taken = dataset([(1, 1)] * 40), official(dataset([(1, 1)] * 40), range(5))
    for item, rule in ((plain, {}), (taken, {"official": ["made"]})):
        first, again, other = (
            splits_of(split_items(item, params(seed=seed, **rule))[0]) for seed in (0, 0, 1)
        )
        assert first.equals(again)
        assert not first.equals(other)


def test_an_official_split_is_placed_before_all_others(dataset, params):
    """A group of another dataset goes where the official split has put what it shares."""
    first, second = dataset([(1, 1)] * 20, "a"), dataset([(1, 1)] * 20, "b")
    second = second.assign(official_split=["test" if n < 20 else "train" for n in range(40)])
    first.loc[first["label"] == "real", "md5"] = second.loc[second["label"] == "real", "md5"]
    placed, _ = split_items(pd.concat([first, second]), params(official=["b"]))
    assert (placed.groupby("group")["split"].nunique() == 1).all()
    official_test = placed[(placed["dataset"] == "b") & (placed["official_split"] == "test")]
    assert set(official_test["split"]) == {"test"}


def test_three_datasets_that_share_groups_keep_them_together(dataset, params):
    tables = [dataset([(1, 1)] * 30, name) for name in "abc"]
    tables[2].loc[tables[2]["label"] == "real", "md5"] = [
        f"a real{number:03d}_0" for number in range(30)
    ]
    placed, _ = split_items(pd.concat(tables), params())
    assert (placed.groupby("group")["split"].nunique() == 1).all()
    assert placed.index.is_unique


@pytest.mark.parametrize(
    ("groups", "rule", "args"),
    [
        ([(1, 1)] * 4, {}, "made: too few groups"),
        ([(1, 1)] * 4, {"official": ["made"]}, "made: 8 of 8 items have no official split"),
    ],
)
def test_an_error_names_the_dataset(dataset, params, groups, rule, args):
    with pytest.raises(InputError, match=f"^{args}"):
        split_items(dataset(groups), params(**rule))


def test_one_item_without_an_official_split_is_named(dataset, params):
    items = official(dataset([(1, 1)] * 20), range(5))
    items.loc[items["item"] == "fake007_1", "official_split"] = ""
    with pytest.raises(InputError, match=r"1 of 40 items have no .* the first is fake007_1\.mp4;"):
        split_items(items, params(official=["made"]))


@pytest.mark.parametrize(("count", "more"), [(10, ""), (12, "2 more in metrics/split_problems")])
def test_ten_problems_are_named_and_the_rest_is_counted(count, more, capsys):
    problems = pd.DataFrame(
        {
            "problem": SAME_CONTENT,
            "path": [f"b/{n:02d}.mp4" for n in range(count)],
            "detail": "same as a",
        }
    )
    raise_or_report(problems.assign(action="drop"), "split", problems_path("split"))
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    assert lines[0] == f"dropped, same_content_two_datasets: {count}"
    assert lines[1:11] == [f"  b/{n:02d}.mp4: same as a" for n in range(10)]
    assert len(lines) == (12 if more else 11)
    assert more in lines[-1]
    with pytest.raises(InputError) as error:
        raise_or_report(problems.assign(action="error"), "split", problems_path("split"))
    named = str(error.value).splitlines()
    assert named[0] == f"{count} files with problem same_content_two_datasets:"
    assert named[1:-1] == lines[1:]
    assert named[-1].endswith("set split.same_content_two_datasets to drop in params.yaml")


def test_one_problem_is_enough_to_end_the_stage():
    problems = pd.DataFrame(
        {"problem": SAME_CONTENT, "path": ["b/x.mp4"], "detail": "same as a", "action": ["error"]}
    )
    with pytest.raises(InputError, match="1 files with problem same_content_two_datasets"):
        raise_or_report(problems, "split", problems_path("split"))
