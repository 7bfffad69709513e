"""Run the work of the stage or the app on one item, and record its time and memory."""

import json
import os
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from app.annotate import Marks, draw
from app.offline import call_offline
from proofs.hostile.observe import observed
from stages.common.decode import Limits
from stages.common.errors import ItemError
from stages.common.items import ItemResult
from stages.common.sandbox import call_apart
from stages.faces.params import NO_PREDICTOR
from stages.faces.ready_made import take
from stages.frames.extract import extract
from stages.frames.params import FramesParams
from stages.frames.stored import stored_frames

_NO_MARKS = Marks([], 1.0, "")
_MAX_BYTES = 2**28  # of the annotated copy


def through_frames(path: Path, root: Path, params: FramesParams, notes: Path) -> ItemResult:
    """Process an item as the stage `frames` does."""
    with _noted(path, notes):
        return extract(path, root, params)


def through_crops(path: Path, root: Path, params: FramesParams, notes: Path) -> ItemResult:
    """Take an item as a ready-made crop, as the stage `faces` does."""
    with _noted(path, notes):
        (result,) = take([[(0, path)]], root, params.max_pixels, params.max_seconds, NO_PREDICTOR)
        if isinstance(result, ItemError):
            raise result
        return result


def through_app(path: Path, params: FramesParams, notes: Path) -> ItemResult:
    """Decode an item as the app does: frames to score, then the whole item with its sound."""
    with _noted(path, notes):
        rows, _, _ = call_offline(stored_frames, path, params, seconds=params.max_seconds)
    limits = Limits(params.max_pixels, params.max_duration)
    with _noted(path, notes):
        call_offline(draw, path, _NO_MARKS, limits, _MAX_BYTES, seconds=params.max_seconds)
    return ItemResult(rows)


@contextmanager
def _noted(path: Path, notes: Path) -> Iterator[None]:
    """Append a line with seconds and peak memory in bytes to this worker's file in `notes`."""
    peak = 0

    def call(function: Callable, *arguments: Any, seconds: float) -> Any:
        nonlocal peak
        try:
            result, peak = call_apart(observed, function, *arguments, seconds=seconds)
        except ItemError as error:
            peak = getattr(error, "peak", 0)
            raise
        return result

    def call_each(
        function: Callable, calls: Sequence[tuple[Any, ...]], seconds: float
    ) -> Iterator[Any]:
        for arguments in calls:
            try:
                yield call(function, *arguments, seconds=seconds)
            except ItemError as error:
                yield error

    start = time.monotonic()
    try:
        with (
            patch("stages.frames.extract.call_apart", call),
            patch("app.offline.call_apart", call),
            patch("stages.faces.ready_made.map_apart", call_each),
        ):
            yield
    finally:
        note = {
            "case": path.name,
            "seconds": time.monotonic() - start,
            "decoder": peak,
            "worker": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }
        with (notes / f"{os.getpid()}.jsonl").open("a") as file:
            file.write(json.dumps(note) + "\n")
