"""dlib's own promises."""

from pathlib import Path

import numpy as np
import pytest

from stages.common.errors import InputError, ParamsError
from stages.common.params import check
from stages.detect import dlib
from tests.detect.conftest import PARAMS


def test_faces_below_its_window_are_found_by_enlarging(photograph: np.ndarray) -> None:
    small = photograph[::3, ::3].copy()  # the face has some 35 px, HOG needs 80
    assert len(dlib.make(PARAMS["dlib"])([small])[0].boxes) == 1
    params = PARAMS["dlib"].model_copy(update={"min_face": 0.5})
    assert len(dlib.make(params)([small])[0].boxes) == 0


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
