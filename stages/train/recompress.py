"""Recompression of crops with a video codec, which most clips have been through."""

from fractions import Fraction

import av
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter

_FPS = 25


def recompress(clip: np.ndarray, rate_factor: int) -> np.ndarray:
    """Encode crops as an H.264 clip and decode it, in memory and with one thread.

    Parameters
    ----------
    clip : ndarray of uint8, shape (n, h, w, 3)
        Crops of one person in temporal order; RGB, 0 to 255.
    rate_factor : int
        x264's constant rate factor (CRF), from 0 (nearly lossless) to 51 (worst quality).

    Returns
    -------
    ndarray of uint8, shape (n, h, w, 3)
        The decoded crops: the first is a key frame, the others are predicted from earlier ones.
    """
    height, width = clip.shape[1:3]
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height = width + width % 2, height + height % 2
    encoder.pix_fmt, encoder.framerate = "yuv420p", _FPS
    encoder.time_base = Fraction(1, _FPS)
    encoder.thread_count = 1
    encoder.options = {"crf": str(rate_factor), "threads": "1", "tune": "zerolatency"}
    packets = []
    for time, crop in enumerate(clip):
        even = cv2.copyMakeBorder(crop, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        frame = av.VideoFrame.from_ndarray(even, format="rgb24")
        frame.pts = time
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    frames = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    to_rgb = VideoReformatter()  # shared, since each new one rebuilds its tables for the size
    pictures = [to_rgb.reformat(frame, format="rgb24").to_ndarray() for frame in frames]
    return np.stack([picture[:height, :width] for picture in pictures])
