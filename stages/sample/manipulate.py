"""Three ways to forge a face, each on one frame before the camera sees it.

All leave what real ones leave, seen against the rest of the same picture: a face sampled once
more than its surroundings (the warping artefact of Li and Lyu, 2018), a seam, colours that do
not quite fit, and shading that does not (Matern et al., 2019).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from stages.sample import fields
from stages.sample.photograph import INNER_FACE, LANDMARKS, LOWER_FACE
from stages.sample.scene import View, express, face_width

INSET = 0.08  # the seam runs inside the outline of the face, share of the way to its centre
SHADING = 0.12  # what is smoother than this is shading, share of the face's size


@dataclass(frozen=True)
class Forger:
    """One forger's habits, the same on all frames of a clip.

    Attributes
    ----------
    detail : float
        Side of the generator's pixels over the frame's: above 1, the face loses detail.
    sharpening : float
        Strength of the unsharp mask that hides the loss.
    feather : float
        Softness of the seam, standard deviation in hundredths of the width of the face.
    opacity : float
        Weight of the new face inside the mask.
    cast : ndarray of shape (3,), float32
        Factors on red, green and blue which the colour correction failed to undo.
    flatness : float
        Share of the face's shading which the generator loses.
    bend : ndarray of shape (n, 2), float32
        How far the corners of the mask are off, in hundredths of the width of the face.
    slip : ndarray of shape (2, 3), float64
        Misalignment: affine map around the centre of the face, in units of its width.
    expression : ndarray of shape (2,)
        Change of expression, see `scene.express`.
    """

    detail: float
    sharpening: float
    feather: float
    opacity: float
    cast: np.ndarray
    flatness: float
    bend: np.ndarray
    slip: np.ndarray
    expression: np.ndarray


def draw_forger(rng: np.random.Generator) -> Forger:
    """Draw habits at random."""
    return Forger(
        detail=rng.uniform(1.4, 2.6),
        sharpening=rng.uniform(0, 1),
        feather=rng.uniform(1.5, 4),
        opacity=float(rng.choice([0.75, 1, 1])),
        cast=np.exp(rng.normal(0, 0.04, 3)).astype(np.float32),
        flatness=rng.uniform(0.1, 0.5),
        bend=rng.normal(0, 3, LANDMARKS.shape).astype(np.float32),
        slip=np.hstack([np.diag(rng.normal(1, 0.03, 2)), rng.normal(0, 0.02, (2, 1))]),
        expression=rng.choice([-1, 1], 2) * rng.uniform([4, 2], [8, 5]),
    )


def swap(target: View, source: View, forger: Forger) -> np.ndarray:
    """Put another person's face in the place of the target's.

    A similarity aligns the landmarks, and the colours are matched under the mask (Reinhard et
    al., 2001).

    Parameters
    ----------
    target : View
        The frame to forge.
    source : View
        Where the new face comes from.
    forger : Forger
        Makes the mistakes.

    Returns
    -------
    ndarray of shape (height, width, 3), float32
        Red, green, blue in [0, 1]; equal to the target's picture outside of the mask.
    """
    pose, _ = cv2.estimateAffinePartial2D(source.landmarks, target.landmarks, method=cv2.LMEDS)
    mask = draw_mask(target, INNER_FACE, forger)
    face = match_colours(fields.move(source.picture, pose), target.picture, mask)
    return paste(face, target, mask, forger)


def self_blend(target: View, source: View, forger: Forger) -> np.ndarray:
    """Blend a face with an altered copy of itself (Shiohara and Yamasaki, CVPR 2022).

    The copy slips a little. Parameters as of `swap`; the source is the target itself.
    """
    centre = source.landmarks.mean(axis=0)
    linear = forger.slip[:, :2]
    shift = centre - linear @ centre + face_width(source.landmarks) * forger.slip[:, 2]
    face = fields.move(source.picture, np.column_stack([linear, shift]))
    return paste(face, target, draw_mask(target, INNER_FACE, forger), forger)


def reenact(target: View, source: View, forger: Forger) -> np.ndarray:
    """Give the lower face another expression, as Face2Face and NeuralTextures do.

    Parameters as of `swap`; the source is the target itself.
    """
    height, width = source.picture.shape[:2]
    moved = express(source.landmarks, width, height, forger.expression)
    face = fields.sample(source.picture, fields.grid(width, height) - moved)
    return paste(face, target, draw_mask(target, LOWER_FACE, forger), forger)


METHODS = {"swap": swap, "self_blended": self_blend, "reenacted": reenact}


def draw_mask(view: View, corners: list[int], forger: Forger) -> np.ndarray:
    """Convex hull of some landmarks, bent and feathered.

    Returns
    -------
    ndarray of shape (height, width, 1), float32
        Weight of the new face in [0, 1].
    """
    unit = face_width(view.landmarks) / 100
    points = view.landmarks[corners]
    points = points + INSET * (points.mean(axis=0) - points) + unit * forger.bend[corners]
    mask = np.zeros(view.picture.shape[:2], np.float32)
    sixteenths = np.rint(16 * cv2.convexHull(points)).astype(np.int32)
    cv2.fillConvexPoly(mask, sixteenths, 1.0, shift=4)
    return (forger.opacity * cv2.GaussianBlur(mask, (0, 0), forger.feather * unit))[..., None]


def match_colours(face: np.ndarray, picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Give the face the picture's mean and deviation of each channel under the mask."""
    face_mean, face_deviation = moments(face, mask)
    mean, deviation = moments(picture, mask)
    return (face - face_mean) * (deviation / face_deviation) + mean


def moments(picture: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each channel under a mask."""
    weights = mask[..., 0] / mask.sum()
    mean = np.einsum("yx,yxc->c", weights, picture)
    variance = np.einsum("yx,yxc->c", weights, (picture - mean) ** 2)
    return mean, np.sqrt(variance + 1e-6)


def paste(face: np.ndarray, target: View, mask: np.ndarray, forger: Forger) -> np.ndarray:
    """Blend the face, as the forger's generator renders it, into the target's picture."""
    rendered = shade(generate(face, forger), mask, forger)
    return target.picture + mask * (rendered - target.picture)


def generate(face: np.ndarray, forger: Forger) -> np.ndarray:
    """What a generator of limited resolution makes of a face: sampled down and up again."""
    height, width = face.shape[:2]
    coarse = round(width / forger.detail), round(height / forger.detail)
    small = cv2.resize(face, coarse, interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return large + forger.sharpening * (large - cv2.GaussianBlur(large, (0, 0), forger.detail))


def shade(face: np.ndarray, mask: np.ndarray, forger: Forger) -> np.ndarray:
    """Light that is not the scene's: flatter, and of another colour."""
    mean, _ = moments(face, mask)
    shading = cv2.GaussianBlur(face, (0, 0), SHADING * np.sqrt(mask.sum())) - mean
    return np.clip((face - forger.flatness * shading) * forger.cast, 0, 1)
