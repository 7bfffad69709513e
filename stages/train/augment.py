"""Variations of training crops: what cameras, codecs and uploads do to faces.

Functions take and give crops as uint8 arrays, shape (h, w, 3), RGB, 0 to 255, and draw from the
generator they are given, so that equal seeds give equal crops. Nothing here resembles what a
manipulation leaves, or both classes would look alike. Recompression as a video, which takes a run
of crops, is in `stages.train.recompress`.
"""

import cv2
import numpy as np

from stages.train.params import AugmentParams, Distortion, Variation


def augment(crop: np.ndarray, params: AugmentParams, rng: np.random.Generator) -> np.ndarray:
    """One random variation of a crop.

    The order is that of a picture's life: pose, light, optics, sensor, storage, and at last what
    covers the face.
    """
    if rng.random() < params.flip:
        crop = cv2.flip(crop, 1)
    crop = move(crop, params, rng)
    crop = tint(crop, params, rng)
    for distort in (downscale, blur, add_noise, compress, erase):
        distortion: Distortion = getattr(params, _SECTIONS[distort])
        if rng.random() < distortion.probability:
            crop = distort(crop, rng.uniform(distortion.low, distortion.high), rng)
    return np.ascontiguousarray(crop)


def downscale(crop: np.ndarray, kept: float, rng: np.random.Generator) -> np.ndarray:
    """Shrink to the share `kept` of the side and enlarge again."""
    height, width = crop.shape[:2]
    small = (max(1, round(kept * width)), max(1, round(kept * height)))
    shrunk = cv2.resize(crop, small, interpolation=cv2.INTER_AREA)
    return cv2.resize(shrunk, (width, height), interpolation=cv2.INTER_LINEAR)


def blur(crop: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Gaussian blur of `sigma` pixels."""
    return cv2.GaussianBlur(crop, (0, 0), max(sigma, 1e-3))


def add_noise(crop: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Gaussian noise of `sigma` levels, drawn for each value."""
    noise = rng.standard_normal(crop.shape, np.float32)
    return cv2.add(crop, sigma * noise, dtype=cv2.CV_8U)  # rounded, and kept in 0 to 255


def compress(crop: np.ndarray, quality: float, rng: np.random.Generator) -> np.ndarray:
    """A JPEG round trip at `quality`, 1 to 100."""
    _, encoded = cv2.imencode(".jpg", crop[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, round(quality)])
    return cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB)


def erase(crop: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Cover a random rectangle of `share` of the area by grey (Zhong et al., AAAI 2020)."""
    height, width = crop.shape[:2]
    aspect = np.exp(rng.uniform(np.log(0.5), np.log(2)))
    tall = min(height, round(height * np.sqrt(share * aspect)))
    wide = min(width, round(width * np.sqrt(share / aspect)))
    top = rng.integers(height - tall + 1)
    left = rng.integers(width - wide + 1)
    erased = crop.copy()
    erased[top : top + tall, left : left + wide] = 127
    return erased


def move(crop: np.ndarray, params: Variation, rng: np.random.Generator) -> np.ndarray:
    """Turn, zoom and shift in one resampling; the border is mirrored."""
    turn, zoom, right, down = rng.uniform(-1, 1, 4)
    height, width = crop.shape[:2]
    matrix = cv2.getRotationMatrix2D(
        ((width - 1) / 2, (height - 1) / 2), turn * params.rotate, 1 + zoom * params.zoom
    )
    matrix[:, 2] += (right * params.shift * width, down * params.shift * height)
    if np.array_equal(matrix, np.eye(2, 3)):
        return crop
    return cv2.warpAffine(
        np.ascontiguousarray(crop),
        matrix,
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )


def tint(crop: np.ndarray, params: Variation, rng: np.random.Generator) -> np.ndarray:
    """Change brightness, contrast and white balance."""
    light, spread, *channels = rng.uniform(-1, 1, 5)
    gain = (1 + light * params.brightness) * (1 + np.array(channels) * params.colour)
    if not (params.brightness or params.contrast or params.colour):
        return crop
    crop = np.ascontiguousarray(crop)
    mean = np.array(cv2.sumElems(crop)[:3]) / crop[..., 0].size
    # Each channel's 256 values are changed once, and looked up
    values = (np.arange(256)[:, None] - mean) * (1 + spread * params.contrast) + mean
    table = np.clip(np.rint(values * gain), 0, 255).astype(np.uint8)
    return cv2.LUT(crop, table[:, None])


_SECTIONS = {
    downscale: "downscale",
    blur: "blur",
    add_noise: "noise",
    compress: "jpeg",
    erase: "erase",
}
