"""Frames to an mp4 file."""

from pathlib import Path

import av
import cv2
import numpy as np

# x264 writes other bytes with another number of threads, and chooses some of its algorithms by CPU.
X264 = {"preset": "veryfast", "threads": "1", "x264-params": "cpu-independent=1"}


def write_clip(path: Path, frames: np.ndarray, fps: int, quality: int) -> None:
    """Encode frames as H.264, 4:2:0, BT.601, the same bytes each time.

    Parameters
    ----------
    path : Path
        The mp4 file to write.
    frames : ndarray of shape (frames, height, width, 3), uint8
        Red, green, blue.
    fps : int
        Frames a second.
    quality : int
        x264's constant rate factor; lower is better.
    """
    height, width = frames.shape[1:3]
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=fps, options=X264 | {"crf": str(quality)})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.thread_count = 1
        for frame in frames:
            # OpenCV converts in integers; FFmpeg's swscale rounds by CPU.
            planes = cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
        container.mux(stream.encode())
