"""Two detectors' boxes to one set of faces."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.faces.merge import BOX, merge
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


@settings(max_examples=30)
@given(rows, rows)
def test_policies_contain_each_other(mtcnn: list, dlib: list) -> None:
    by_policy = {p: kept(mtcnn, dlib, p) for p in ("mtcnn", "dlib", "union", "agreement")}
    sure = [(f, *b) for f, b, c in mtcnn if c >= FACES.min_confidence.mtcnn]
    assert places(by_policy["mtcnn"]) == sorted(sure)
    assert places(by_policy["dlib"]) == sorted((f, *b) for f, b, _ in dlib)
    assert set(places(by_policy["mtcnn"])) <= set(places(by_policy["union"]))
    assert set(places(by_policy["agreement"])) <= set(places(by_policy["mtcnn"]))
    # What both saw is one face, so each counts once
    both = len(by_policy["agreement"])
    assert len(by_policy["union"]) == len(sure) + len(dlib) - both


@settings(max_examples=30)
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


def test_a_medium_without_any_box_has_a_table_without_rows() -> None:
    empty = merge({}, "union", FACES.min_iou, FACES.min_confidence)
    assert len(empty) == 0
    assert set(BOX) < set(empty.columns)
    assert {str(kind) for kind in empty[BOX].dtypes} == {"float64"}
