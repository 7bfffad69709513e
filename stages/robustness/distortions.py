"""Seven distortions at the five levels of DeeperForensics-1.0, and real JPEG compression.

Types and strengths are those of Jiang et al. (CVPR 2020), taken from their published
``perturbation`` program, in pixels of the stored crop. Their faces are a few hundred pixels wide;
on smaller ones the same level is a stronger distortion. What the program calls JPEG only shrinks
and enlarges a picture; it is called ``rescale`` here, and ``jpeg`` is real JPEG compression.
"""

from collections.abc import Callable
from io import BytesIO

import av
import cv2
import numpy as np

_BLOCK = 8  # px
_GREY = 128
_STRENGTH_PER_BLOCK = 16  # for one block in each 100 x 100 px

Distortion = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]


def saturation(crop: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Desaturate: `strength` is the share of the saturation that remains."""
    luma = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)[..., None].astype(np.float32)
    return _as_picture(luma + strength * (crop - luma))


def contrast(crop: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Multiply all values by `strength`."""
    return _as_picture(crop * np.float32(strength))


def blocks(crop: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Cover 8 px squares with grey, one per 100 x 100 px for each 16 of `strength`.

    About three times as dense as in the original, where the number of blocks depends on the size
    of the whole frame and is 0 for a small one.
    """
    height, width = crop.shape[:2]
    count = strength / _STRENGTH_PER_BLOCK * height * width / 100**2
    covered = crop.copy()
    for _ in range(max(1, round(count))):
        top = rng.integers(0, max(1, height - _BLOCK))
        left = rng.integers(0, max(1, width - _BLOCK))
        covered[top : top + _BLOCK, left : left + _BLOCK] = _GREY
    return covered


def noise(crop: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Add white noise to luma and chroma: `strength` is its variance, with values in [0, 1]."""
    ycc = cv2.cvtColor(crop.astype(np.float32) / 255, cv2.COLOR_RGB2YCrCb)
    ycc += np.sqrt(strength) * rng.standard_normal(ycc.shape, np.float32)
    return _as_picture(255 * cv2.cvtColor(ycc, cv2.COLOR_YCrCb2RGB))


def blur(crop: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Blur with a Gaussian kernel `strength` pixels wide, i.e. sigma is `strength` / 6."""
    return cv2.GaussianBlur(crop, (int(strength), int(strength)), strength / 6)


def rescale(crop: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Shrink by the factor `strength` and enlarge again, with bilinear interpolation."""
    height, width = crop.shape[:2]
    small = max(1, int(width // strength)), max(1, int(height // strength))
    return cv2.resize(cv2.resize(crop, small), (width, height))


def jpeg(crop: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Compress as JPEG with quality `strength`."""
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(strength)]
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(crop, cv2.COLOR_RGB2BGR), quality)
    decoded = cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB)
    assert decoded is not None  # OpenCV has just encoded it
    return decoded


def h264(crop: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Compress as an H.264 key frame with the constant rate factor (CRF) `strength`."""
    height, width = crop.shape[:2]
    even = cv2.copyMakeBorder(crop, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    file = BytesIO()
    with av.open(file, "w", format="mp4") as container:
        options = {"crf": str(int(strength)), "threads": "1"}
        stream = container.add_stream("libx264", rate=25, options=options)
        stream.height, stream.width = even.shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.thread_count = 1
        container.mux(stream.encode(av.VideoFrame.from_ndarray(even, format="rgb24")))
        container.mux(stream.encode())
    file.seek(0)
    with av.open(file) as container:
        decoded = next(container.decode(video=0)).to_ndarray(format="rgb24")
    return decoded[:height, :width]


def _as_picture(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


DISTORTIONS: dict[str, tuple[Distortion, tuple[float, ...]]] = {
    "saturation": (saturation, (0.4, 0.3, 0.2, 0.1, 0.0)),
    "contrast": (contrast, (0.85, 0.725, 0.6, 0.475, 0.35)),
    "blocks": (blocks, (16, 32, 48, 64, 80)),
    "noise": (noise, (0.001, 0.002, 0.005, 0.01, 0.05)),
    "blur": (blur, (7, 9, 13, 17, 21)),
    "rescale": (rescale, (2, 3, 4, 5, 6)),
    "h264": (h264, (30, 32, 35, 38, 40)),
    "jpeg": (jpeg, (80, 60, 40, 20, 10)),
}
"""Name to function and strengths of the levels 1 to 5. A function takes an RGB crop, uint8 of
shape (h, w, 3), a strength and a random generator, and returns a crop of the same form."""
