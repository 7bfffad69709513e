"""dlib's own promises."""

from pathlib import Path

import numpy as np
import pytest

from stages.common.errors import InputError, ParamsError
from stages.common.params import check
from stages.detect.detectors import dlib
from tests.support.detection import PARAMS


def test_faces_below_its_window_are_found_by_enlarging(photograph: np.ndarray) -> None:
    small = photograph[::3, ::3].copy()  # the face has some 35 px, HOG needs 80
    assert len(dlib.make(PARAMS["dlib"])([small])[0].boxes) == 1
    params = PARAMS["dlib"].model_copy(update={"min_face": 0.5})
    assert len(dlib.make(params)([small])[0].boxes) == 0


@pytest.mark.parametrize("shape", [(1, 900), (900, 1), (40, 2000), (2000, 3000)])
def test_a_strip_is_not_enlarged_beyond_what_dlib_bears(shape: tuple[int, int]) -> None:
    """Above some 60,000 px of width it corrupts the memory of its process."""
    seen = []

    def find(frame: np.ndarray) -> tuple[list, list[float]]:
        seen.append(frame.shape)
        return [], []

    dlib.detect_in_frame(find, np.zeros((*shape, 3), np.uint8), 800)
    assert max(seen[0]) <= 2**15
    assert seen[0][0] * seen[0][1] <= 2**23 * 1.01


def test_missing_weights_are_named(tmp_path: Path) -> None:
    path = tmp_path / "absent.dat"
    params = PARAMS["dlib"].model_copy(update={"cnn_weights": str(path)})
    with pytest.raises(InputError, match=r"absent\.dat"):
        dlib.make(params)


def test_other_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.dat"
    path.write_bytes(b"other")
    params = PARAMS["dlib"].model_copy(
        update={"cnn_weights": str(path), "cnn_weights_md5": "0" * 32}
    )
    with pytest.raises(InputError, match="MD5"):
        dlib.make(params)


def test_broken_weights_are_named(tmp_path: Path) -> None:
    path = tmp_path / "weights.dat"
    path.write_bytes(b"other")
    params = PARAMS["dlib"].model_copy(
        update={
            "cnn_weights": str(path),
            "cnn_weights_md5": "795f3202b17cb6bc3d4b771d8c6c9eaf",
        }
    )
    with pytest.raises(InputError, match=r"weights\.dat"):
        dlib.make(params)


def test_a_digest_that_is_none_is_refused() -> None:
    values = PARAMS["dlib"].model_dump() | {"cnn_weights_md5": "none"}
    with pytest.raises(ParamsError, match=r"detect\.dlib\.cnn_weights_md5"):
        check(values, dlib.Params, "params.yaml: detect.dlib")
