"""The boxes of all detectors to one set of faces."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.common.tables.detections import LANDMARK_COLUMNS
from stages.faces.merge import BOX, merge, saw
from stages.faces.overlap import match
from tests.support.faces import FACES, boxes_table

box = st.tuples(*[st.integers(0, 200)] * 2, *[st.integers(20, 100)] * 2).map(
    lambda values: [float(value) for value in values]
)
rows = st.lists(st.tuples(st.integers(0, 3), box, st.floats(0, 1)), max_size=8)


def kept(mtcnn: list, dlib: list, policy: str) -> pd.DataFrame:
    tables = {"mtcnn": boxes_table(mtcnn), "dlib": boxes_table(dlib)}
    merged = merge(tables, policy, FACES.min_iou, FACES.min_confidence)
    return merged[merged["kept"]]


def places(faces: pd.DataFrame) -> list[tuple]:
    return sorted(faces[["frame", *BOX]].itertuples(index=False, name=None))


@given(rows, rows)
def test_policies_contain_each_other(mtcnn: list, dlib: list) -> None:
    by_policy = {p: kept(mtcnn, dlib, p) for p in ("mtcnn", "dlib", "union", "agreement")}
    sure = [(f, *b) for f, b, c in mtcnn if c >= FACES.min_confidence["mtcnn"]]
    assert places(by_policy["mtcnn"]) == sorted(sure)
    assert places(by_policy["dlib"]) == sorted((f, *b) for f, b, _ in dlib)
    assert set(places(by_policy["mtcnn"])) <= set(places(by_policy["union"]))
    assert set(places(by_policy["agreement"])) <= set(places(by_policy["mtcnn"]))
    # What both saw is one face, so each counts once
    both = len(by_policy["agreement"])
    assert len(by_policy["union"]) == len(sure) + len(dlib) - both


@pytest.mark.parametrize("policy", ["mtcnn", "dlib"])
def test_a_face_has_the_landmarks_of_whoever_found_any(policy: str) -> None:
    """dlib has none, so that a face with its box has those of MTCNN."""
    box = [10.0, 10, 40, 40]
    tables = {"mtcnn": boxes_table([(0, box, 0.99)]), "dlib": boxes_table([(0, box, 1.5)])}
    tables["mtcnn"][LANDMARK_COLUMNS] = np.arange(10.0)
    [face] = merge(tables, policy, FACES.min_iou, FACES.min_confidence).to_dict("records")
    assert [face[name] for name in LANDMARK_COLUMNS] == [*range(10)]


@given(rows, rows)
def test_iou_is_there_just_where_both_saw_the_face(mtcnn: list, dlib: list) -> None:
    faces = kept(mtcnn, dlib, "union")
    assert (faces["iou"].notna() == (faces["seen_by"] == "both")).all()
    assert faces["iou"].dropna().between(FACES.min_iou, 1).all()
    assert faces["frame"].is_monotonic_increasing


def test_a_face_that_both_saw_has_the_box_of_the_policy() -> None:
    mtcnn, dlib = [(0, [10.0, 10, 40, 60], 0.99)], [(0, [8.0, 15, 50, 50], 1.5)]
    [face] = kept(mtcnn, dlib, "union").to_dict("records")
    assert (face["seen_by"], face["height"], face["confidence"]) == ("both", 60, 0.99)
    [face] = kept(mtcnn, dlib, "dlib").to_dict("records")
    assert (face["seen_by"], face["height"], face["confidence"]) == ("both", 50, 1.5)


def test_boxes_of_other_frames_are_other_faces() -> None:
    faces = kept([(0, [0.0, 0, 50, 50], 1.0)], [(1, [0.0, 0, 50, 50], 1.0)], "union")
    assert faces["seen_by"].tolist() == ["mtcnn", "dlib"]


def test_one_detector_alone() -> None:
    table = boxes_table([(0, [0.0, 0, 50, 50], 1.0)])
    merged = merge({"dlib": table}, "union", FACES.min_iou, FACES.min_confidence)
    assert merged["seen_by"].tolist() == ["dlib"]


def test_rows_are_numbered_by_frame_and_the_second_detectors_come_last() -> None:
    mtcnn = [(1, [0.0, 0, 50, 50], 0.95), (0, [0.0, 0, 50, 50], 0.95), (1, [90.0, 0, 50, 50], 0.99)]
    dlib = [(0, [100.0, 0, 50, 50], 1.0), (1, [200.0, 0, 50, 50], 1.0)]
    faces = merge(
        {"mtcnn": boxes_table(mtcnn), "dlib": boxes_table(dlib)},
        "union",
        FACES.min_iou,
        FACES.min_confidence,
    )
    assert faces.index.tolist() == list(range(5))
    assert "index" not in faces
    assert faces[["frame", "x", "seen_by"]].to_numpy().tolist() == [
        [0, 0, "mtcnn"], [0, 100, "dlib"], [1, 0, "mtcnn"], [1, 90, "mtcnn"], [1, 200, "dlib"]
    ]  # fmt: skip
    assert faces["iou"].isna().all()


def test_agreement_keeps_what_both_saw_alone() -> None:
    mtcnn = [(0, [0.0, 0, 50, 50], 0.95), (0, [200.0, 0, 50, 50], 0.95)]
    dlib = [(0, [5.0, 0, 50, 50], 1.0), (0, [400.0, 0, 50, 50], 1.0)]
    [face] = kept(mtcnn, dlib, "agreement").to_dict("records")
    assert (face["seen_by"], face["x"]) == ("both", 0)
    assert face["iou"] == 45 / 55


def test_an_item_without_any_box_has_a_table_without_rows() -> None:
    empty = merge({}, "union", FACES.min_iou, FACES.min_confidence)
    assert len(empty) == 0
    assert set(BOX) < set(empty.columns)
    assert {str(kind) for kind in empty[BOX].dtypes} == {"float64"}


def merged_of_two(
    tables: dict[str, pd.DataFrame], policy: str, min_iou: float, least: dict[str, float]
) -> pd.DataFrame:
    """What `merge` gives for just mtcnn and dlib, written down for these two."""
    names = ["dlib", "mtcnn"] if policy == "dlib" else ["mtcnn", "dlib"]
    of_a_box = ["frame", *BOX, "confidence", *LANDMARK_COLUMNS]
    first, second = (
        tables[name]
        .loc[tables[name]["confidence"] >= least[name]]
        .sort_values(["frame", "face"])[of_a_box]
        .reset_index(drop=True)
        for name in names
    )
    seen_by, iou = np.full(len(first), names[0], object), np.full(len(first), np.nan)
    paired = []
    for frame in np.intersect1d(first["frame"], second["frame"]):
        rows = [np.flatnonzero(of["frame"] == frame) for of in (first, second)]
        ours, theirs = first[BOX].to_numpy()[rows[0]], second[BOX].to_numpy()[rows[1]]
        for row, column, overlap in match(ours, theirs, min_iou):
            seen_by[rows[0][row]], iou[rows[0][row]] = "both", overlap
            paired.append(rows[1][column])
    alone = second.drop(index=paired).assign(seen_by=names[1], iou=np.nan)
    tables_of = [first.assign(seen_by=seen_by, iou=iou), alone]
    faces = pd.concat([table for table in tables_of if len(table)] or tables_of[:1])
    faces = faces.sort_values("frame", kind="stable", ignore_index=True)
    wanted = {"agreement": ["both"], "union": ["mtcnn", "dlib", "both"]}
    return faces.assign(kept=faces["seen_by"].isin(wanted.get(policy, [policy, "both"])))


@pytest.mark.parametrize("policy", ["mtcnn", "dlib", "union", "agreement"])
@given(rows, rows)
def test_of_two_detectors_it_is_what_it_is_of_these_two(
    policy: str, mtcnn: list, dlib: list
) -> None:
    tables = {"mtcnn": boxes_table(mtcnn), "dlib": boxes_table(dlib)}
    arguments = tables, policy, FACES.min_iou, FACES.min_confidence
    ours, theirs = merge(*arguments), merged_of_two(*arguments)
    assert ours.columns.tolist() == theirs.columns.tolist()
    assert ours.to_csv() == theirs.to_csv()
    if len(theirs):
        assert ours.dtypes.tolist() == theirs.dtypes.tolist()


THREE = ["mtcnn", "dlib", "third"]
of_three = st.fixed_dictionaries(dict.fromkeys(THREE, rows))


def merged(boxes: dict[str, list], policy: str) -> pd.DataFrame:
    tables = {name: boxes_table(of_it) for name, of_it in boxes.items()}
    return merge(tables, policy, FACES.min_iou, FACES.min_confidence)


def sure(boxes: dict[str, list], name: str) -> list[tuple]:
    return sorted((f, *b) for f, b, c in boxes[name] if c >= FACES.min_confidence[name])


@given(of_three)
def test_of_three_detectors_policies_are_nested_and_every_box_counts_once(
    boxes: dict[str, list],
) -> None:
    union, agreement = merged(boxes, "union"), merged(boxes, "agreement")
    assert union["kept"].all()
    pd.testing.assert_frame_equal(union.drop(columns="kept"), agreement.drop(columns="kept"))
    names = union["seen_by"].str.split("+")
    assert (agreement["kept"] == (names.str.len() > 1)).all()
    assert (union["iou"].notna() == agreement["kept"]).all()
    assert union["iou"].dropna().between(FACES.min_iou, 1).all()
    assert names.map(lambda of_face: len(set(of_face)) == len(of_face)).all()
    for name in THREE:
        assert saw(union["seen_by"], name).sum() == len(sure(boxes, name))
        of_one = merged(boxes, name)
        # The faces of the detector that the policy names, with its own boxes, and no others
        assert places(of_one[of_one["kept"]]) == sure(boxes, name)
        assert of_one.loc[of_one["kept"], "seen_by"].str.split("+").str[0].eq(name).all()


@given(of_three, st.randoms(use_true_random=False))
def test_the_order_of_boxes_does_not_matter(boxes: dict[str, list], chance: object) -> None:
    tables = {name: boxes_table(of_it) for name, of_it in boxes.items()}
    shuffled = {
        name: table.sample(frac=1, random_state=chance.randrange(2**32))
        for name, table in tables.items()
    }
    arguments = "union", FACES.min_iou, FACES.min_confidence
    pd.testing.assert_frame_equal(merge(tables, *arguments), merge(shuffled, *arguments))


seats = st.sets(st.tuples(st.integers(0, 2), st.integers(0, 4)), max_size=8)


@given(st.fixed_dictionaries(dict.fromkeys(THREE, seats)))
def test_the_order_of_detectors_decides_whose_box_it_is_and_nothing_else(
    seen: dict[str, set],
) -> None:
    """Where faces are apart from each other, as they are in a picture."""
    boxes = {
        name: [
            (frame, [100.0 * seat + 4 * number, 0, 50, 50], 1.0) for frame, seat in sorted(of_it)
        ]
        for number, (name, of_it) in enumerate(seen.items())
    }
    for names in permutations(THREE):
        faces = merged({name: boxes[name] for name in names}, "union")
        found = {
            (face.frame, face.x // 100): face.seen_by.split("+") for face in faces.itertuples()
        }
        assert len(found) == len(faces)
        for place in set.union(*seen.values()):
            assert found[place] == [name for name in names if place in seen[name]]


def test_of_three_detectors_the_least_overlap_counts() -> None:
    at = {"mtcnn": 0.0, "dlib": 5.0, "third": 10.0}
    [face] = merged({name: [(0, [x, 0, 50, 50], 1.0)] for name, x in at.items()}, "union").to_dict(
        "records"
    )
    assert face["seen_by"] == "mtcnn+dlib+third"
    assert (face["x"], face["iou"]) == (0, 40 / 60)
