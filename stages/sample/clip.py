"""Write frames to an mp4 file."""

from pathlib import Path

import av
import numpy as np


def write_clip(path: Path, frames: np.ndarray, fps: int, quality: int) -> None:
    """Encode frames as H.264, 4:2:0, BT.601; the same frames give the same bytes.

    Parameters
    ----------
    path : Path
        The mp4 file to write.
    frames : ndarray of shape (frames, height, width, 3), uint8
        RGB.
    fps : int
        Frames per second.
    quality : int
        x264's constant rate factor; lower is better.
    """
    height, width = frames.shape[1:3]
    with av.open(str(path), "w", format="mp4") as container:
        # The bytes that x264 writes depend on its number of threads.
        options = {"crf": str(quality), "preset": "veryfast", "threads": "1"}
        stream = container.add_stream("libx264", rate=fps, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.thread_count = 1
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
