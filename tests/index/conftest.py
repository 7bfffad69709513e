"""Miniature datasets of real, tiny, made items, each file with content of its own."""

import io
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np
import pytest


@pytest.fixture
def lay_out(tmp_path):
    """Write files by path, text or made items by suffix; return the dataset's folder."""

    def write(files, folder="dataset"):
        root = tmp_path / folder
        root.mkdir(parents=True, exist_ok=True)
        files = files if isinstance(files, dict) else dict.fromkeys(files)
        for path, content in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                target.write_bytes(item(path, seed=path))
            else:
                target.write_text(content, encoding="utf-8")
        return root

    return write


def item(path: str, seed: str) -> bytes:
    """A picture or video by the path's suffix; `seed` makes its content differ."""
    if Path(path).suffix in (".jpg", ".png"):
        noise = np.random.default_rng(list(seed.encode())).integers(0, 256, (8, 8, 3), np.uint8)
        return cv2.imencode(Path(path).suffix, noise)[1].tobytes()
    note = seed.encode()
    return clip() + (8 + len(note)).to_bytes(4, "big") + b"free" + note


@cache
def clip() -> bytes:
    """Two frames of mp4."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=10, options={"threads": "1"})
        stream.width = stream.height = 16
        stream.pix_fmt = "yuv420p"
        for level in (0, 255):
            picture = np.full((16, 16, 3), level, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return buffer.getvalue()
