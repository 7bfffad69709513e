"""Figures of a dataset's faces."""

import pandas as pd

from stages.faces.metrics import agreement

KEY = {"dataset": "d", "method": "real"}


def found(rows: list[tuple]) -> pd.DataFrame:
    columns = ["media", "frame", "seen_by", "iou", "track", "kept"]
    return pd.DataFrame(rows, columns=columns).assign(**KEY)


FRAMES = pd.DataFrame([(m, f) for m in "abc" for f in range(4)], columns=["media", "frame"]).assign(
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
        "media": 3,
        "media_without_face": 2,
        "media_with_several_tracks": 1,
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
    assert figures["face_mean_iou"] == "no faces seen by both"
    assert figures["media_without_face"] == 3


def test_one_detector_has_nothing_to_agree_with() -> None:
    assert "face_agreement" not in agreement(FRAMES, found([]), ["mtcnn"])


def test_several_tracks_are_counted_by_medium_and_not_where_there_is_one() -> None:
    faces = found([("a", 0, "both", 0.6, 0, True), ("b", 0, "both", 0.6, 0, True)])
    assert agreement(FRAMES, faces, ["mtcnn", "dlib"])["media_with_several_tracks"] == 0


def test_without_frames_there_is_no_rate() -> None:
    assert agreement(FRAMES[:0], found([]), ["mtcnn"])["frame_detection_rate_mtcnn"] == "no frames"
