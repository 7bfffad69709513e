"""Draw the augmentation sheet: the same training crops in each row, one augmentation per row."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from stages.common.files import write_whole
from stages.train.batches import TrainBatches
from stages.train.distortions import DISTORTIONS
from stages.train.faces import Faces
from stages.train.params import RecipeParams

_COLUMNS = 8
_SIDE = 96  # px
_MARGIN = 130  # px, for the names
_HEADER = 20  # px


def write_sheet(path: Path, faces: Faces, params: RecipeParams) -> None:
    """Draw the first crops of the first epoch under each augmentation.

    The first row shows the stored crops, the last row the network's input. Each row between them
    applies one augmentation to every crop it can act on, with strengths drawn as in training; its
    name gives the share of the crops that get it in training.

    Parameters
    ----------
    path : Path
        The PNG file to write; equal arguments give equal bytes.
    faces : Faces
        Faces of the split `train`.
    params : RecipeParams
        Hyperparameters of sampling and augmentation.
    """
    rows = []
    first = params.model_copy(update={"batch_size": min(params.batch_size, _COLUMNS)})
    for name, alone in _one_by_one(first, blends=faces.clip_side == 1):
        crops, labels, _ = TrainBatches(faces, alone)[0]
        pictures = [_enlarged(crop) for crop in crops]
        rows.append(np.hstack([_blank(_SIDE, name), *pictures]))
    header = [_blank(_HEADER, "", _MARGIN)]
    header += [_blank(_HEADER, "fake" if label else "real", _SIDE) for label in labels[:, 0]]
    sheet = np.vstack([np.hstack(header), *rows])
    write_whole(path, cv2.imencode(".png", sheet[..., ::-1])[1].tobytes())


def _one_by_one(params: RecipeParams, blends: bool) -> Iterator[tuple[str, RecipeParams]]:
    """Yield the name and the parameters of each row."""
    used = params.augment.model_dump()
    off = {name: _off(value) for name, value in used.items()}
    blended = params.self_blended.model_dump()

    def only(changes: dict[str, Any], share: float = 0.0) -> RecipeParams:
        return RecipeParams(
            **params.model_dump()
            | {"augment": off | changes, "self_blended": blended | {"share": share}}
        )

    yield "as stored", only({})
    yield f"flip {used['flip']:.0%}", only({"flip": 1.0})
    for name in ("affine", "color_jitter"):
        yield name, only({name: used[name]})
    for name in (*DISTORTIONS, "h264"):
        sure = used[name] | {"probability": 1.0}
        yield f"{name} {used[name]['probability']:.0%}", only({name: sure})
    if blends:
        yield f"self-blended {blended['share']:.0%}", only({}, share=1.0)
    yield "in training", params


def _off(value: Any) -> Any:
    """What an augmentation's parameters are when it changes nothing."""
    if not isinstance(value, dict):
        return 0.0
    if "probability" in value:
        return value | {"probability": 0.0}
    return dict.fromkeys(value, 0.0)


def _enlarged(crop: np.ndarray) -> np.ndarray:
    return cv2.resize(crop, (_SIDE, _SIDE), interpolation=cv2.INTER_NEAREST)


def _blank(height: int, text: str, width: int = _MARGIN) -> np.ndarray:
    """A white RGB image with one line of text."""
    field = np.full((height, width, 3), 255, np.uint8)
    place = (4, height // 2 + 4)
    return cv2.putText(field, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
