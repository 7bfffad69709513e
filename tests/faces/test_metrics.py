"""Metrics of a dataset's faces."""

import pandas as pd
import pytest

from stages.faces.metrics import agreement

KEY = {"dataset": "d", "method": "real"}


def found(rows: list[tuple]) -> pd.DataFrame:
    columns = ["item", "frame", "seen_by", "iou", "track", "kept"]
    return pd.DataFrame(rows, columns=columns).assign(**KEY)


FRAMES = pd.DataFrame([(m, f) for m in "abc" for f in range(4)], columns=["item", "frame"]).assign(
    **KEY
)


def test_figures() -> None:
    faces = found(
        [
            ("a", 0, "both", 0.6, 0, True),
            ("a", 1, "both", 0.8, 0, True),
            ("a", 1, "mtcnn", None, 1, True),
            ("b", 0, "dlib", None, -1, False),
        ]
    )
    assert agreement(FRAMES, faces, ["mtcnn", "dlib"]) == {
        "items": 3,
        "items_without_face": 2,
        "items_with_several_tracks": 1,
        "frames": 12,
        "faces": 3,
        "faces_dropped": 1,
        "tracks": 2,
        "frame_detection_rate_mtcnn": 2 / 12,
        "frame_detection_rate_dlib": 3 / 12,
        "face_agreement": 0.5,
        "face_mean_iou": 0.7,
    }


def test_what_is_undefined_says_why() -> None:
    figures = agreement(FRAMES, found([]), ["mtcnn", "dlib"])
    assert figures["face_agreement"] == "no faces"
    assert figures["face_mean_iou"] == "no face that two saw"
    assert figures["items_without_face"] == 3


def test_one_detector_has_nothing_to_agree_with() -> None:
    assert "face_agreement" not in agreement(FRAMES, found([]), ["mtcnn"])


def test_of_detectors_that_left_frames_out_nothing_is_said() -> None:
    faces = found([("a", 0, "mtcnn", None, 0, True), ("a", 1, "dlib", None, 0, True)])
    figures = agreement(FRAMES, faces, ["mtcnn", "dlib"], "misses")
    assert figures["faces"] == 2
    assert figures["frame_detection_rate_mtcnn"] == 1 / 12
    assert not {"frame_detection_rate_dlib", "face_agreement", "face_mean_iou"} & figures.keys()


def test_several_tracks_are_counted_by_item_and_not_where_there_is_one() -> None:
    faces = found([("a", 0, "both", 0.6, 0, True), ("b", 0, "both", 0.6, 0, True)])
    assert agreement(FRAMES, faces, ["mtcnn", "dlib"])["items_with_several_tracks"] == 0


def test_without_frames_there_is_no_rate() -> None:
    assert agreement(FRAMES[:0], found([]), ["mtcnn"])["frame_detection_rate_mtcnn"] == "no frames"


def test_of_three_detectors_each_pair_has_its_agreement() -> None:
    faces = found(
        [
            ("a", 0, "mtcnn+dlib+third", 0.6, 0, True),
            ("a", 1, "dlib+third", 0.8, 0, True),
            ("a", 2, "mtcnn", None, 0, True),
            ("b", 0, "third", None, -1, False),
        ]
    )
    figures = agreement(FRAMES, faces, ["mtcnn", "dlib", "third"])
    assert figures["frame_detection_rate_third"] == 3 / 12
    assert figures["face_agreement"] == 0.5
    assert figures["face_mean_iou"] == pytest.approx(0.7)
    assert figures["face_agreement_mtcnn_dlib"] == pytest.approx(1 / 3)
    assert figures["face_agreement_mtcnn_third"] == pytest.approx(1 / 4)
    assert figures["face_agreement_dlib_third"] == pytest.approx(2 / 3)
    nobody = agreement(FRAMES, found([]), ["mtcnn", "dlib", "third"])
    assert nobody["face_agreement_dlib_third"] == "no faces"
