"""Four ways to forge a face, each on one frame before the camera sees it.

All leave what real ones leave, seen against the rest of the same picture: a face sampled once
more than its surroundings (the warping artefact of Li and Lyu, 2018), a seam, colours that do
not quite fit, and shading that does not (Matern et al., 2019).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from stages.sample import affine, fields
from stages.sample.exact import bell, blur, levels, sample
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
    cast : ndarray of shape (3,), float64
        Factors on red, green and blue which the colour correction failed to undo.
    flatness : float
        Share of the face's shading which the generator loses.
    bend : ndarray of shape (n, 2), float64
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
        detail=rng.uniform(1.2, 2.3),
        sharpening=rng.uniform(0.4, 2.2),
        feather=rng.uniform(1.5, 4),
        opacity=float(rng.choice([0.75, 1, 1])),
        cast=1 + 0.04 * bell(rng, 3),
        flatness=rng.uniform(0.1, 0.5),
        bend=3 * bell(rng, *LANDMARKS.shape),
        slip=np.hstack([np.diag(1 + 0.03 * bell(rng, 2)), 0.02 * bell(rng, 2, 1)]),
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
    ndarray of shape (height, width, 3), uint8
        Red, green, blue; equal to the target's picture outside of the mask.
    """
    mask = draw_mask(target, INNER_FACE, forger)
    return paste(aligned(target, source, mask), target, mask, forger)


def morph(target: View, source: View, forger: Forger) -> np.ndarray:
    """Put the mean of both faces in the target's place (Ferrara et al., IJCB 2014).

    Parameters as of `swap`.
    """
    mask = draw_mask(target, INNER_FACE, forger)
    mixed = (aligned(target, source, mask).astype(int) + target.picture) / 2
    return paste(levels(mixed), target, mask, forger)


def self_blend(target: View, source: View, forger: Forger) -> np.ndarray:
    """Blend a face with an altered copy of itself (Shiohara and Yamasaki, CVPR 2022).

    The copy slips a little. Parameters as of `swap`; the source is the target itself.
    """
    centre = affine.mean(source.landmarks)
    turned = affine.transform(forger.slip * [1, 1, 0], centre)
    shift = centre - turned + face_width(source.landmarks) * forger.slip[:, 2]
    face = move(source.picture, np.column_stack([forger.slip[:, :2], shift]))
    return paste(face, target, draw_mask(target, INNER_FACE, forger), forger)


def reenact(target: View, source: View, forger: Forger) -> np.ndarray:
    """Give the lower face another expression, as Face2Face and NeuralTextures do.

    Parameters as of `swap`; the source is the target itself.
    """
    height, width = source.picture.shape[:2]
    moved = express(source.landmarks, width, height, forger.expression)
    face = sample(source.picture, fields.grid(width, height) - moved)
    return paste(face, target, draw_mask(target, LOWER_FACE, forger), forger)


METHODS = {"swap": swap, "morphed": morph, "self_blended": self_blend, "reenacted": reenact}
WITH_DONOR = {"swap", "morphed"}


def move(picture: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """`picture` moved by an affine map (2, 3)."""
    height, width = picture.shape[:2]
    return sample(picture, affine.transform(affine.inverse(pose), fields.grid(width, height)))


def draw_mask(view: View, corners: list[int], forger: Forger) -> np.ndarray:
    """Convex hull of some landmarks, bent and feathered.

    Returns
    -------
    ndarray of shape (height, width, 1), uint8
        Weight of the new face, 255 for 1.
    """
    unit = face_width(view.landmarks) / 100
    points = view.landmarks[corners]
    points = points + INSET * (affine.mean(points) - points) + unit * forger.bend[corners]
    mask = np.zeros(view.picture.shape[:2], np.uint8)
    sixteenths = np.rint(16 * points).astype(np.int32)
    cv2.fillConvexPoly(mask, cv2.convexHull(sixteenths), 255, shift=4)
    return levels(forger.opacity * blur(mask, forger.feather * unit))[..., None]


def aligned(target: View, source: View, mask: np.ndarray) -> np.ndarray:
    """The source's picture, its face in the place and the colours of the target's."""
    face = move(source.picture, affine.similarity(source.landmarks, target.landmarks))
    face_mean, face_deviation = moments(face, mask)
    mean, deviation = moments(target.picture, mask)
    return levels((face - face_mean) * (deviation / face_deviation) + mean)


def moments(picture: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each channel of a uint8 picture under a mask.

    Only integers are added up, so the order makes no difference.
    """
    inside = mask[..., 0] > 0
    weights, values = mask[inside].astype(np.int64), picture[inside].astype(np.int64)
    weight = weights.sum()
    mean = (weights * values).sum(axis=0) / weight
    square = (weights * values * values).sum(axis=0) / weight
    return mean, np.sqrt(np.maximum(square - mean * mean, 0.1))


def paste(face: np.ndarray, target: View, mask: np.ndarray, forger: Forger) -> np.ndarray:
    """Blend the face, as the forger's generator renders it, into the target's picture."""
    rendered = shade(generate(face, forger), mask, forger)
    return levels(target.picture + mask / 255 * (rendered - target.picture))


def generate(face: np.ndarray, forger: Forger) -> np.ndarray:
    """What a generator of limited resolution makes of a face: sampled down and up again."""
    height, width = face.shape[:2]
    coarse = fields.grid(round(width / forger.detail), round(height / forger.detail))
    small = sample(blur(face, 0.3 * forger.detail), (coarse + 0.5) * forger.detail - 0.5)
    large = sample(small, (fields.grid(width, height) + 0.5) / forger.detail - 0.5)
    # Levels minus levels wrap around in uint8.
    sharper = large.astype(int) - blur(large, forger.detail)
    return levels(large + forger.sharpening * sharper)


def shade(face: np.ndarray, mask: np.ndarray, forger: Forger) -> np.ndarray:
    """Light that is not the scene's: flatter, and of another colour; float64 in [0, 255]."""
    mean, _ = moments(face, mask)
    side = np.sqrt(mask.sum(dtype=np.int64) / 255)
    shading = blur(face, SHADING * side) - mean
    return np.clip((face - forger.flatness * shading) * forger.cast, 0, 255)
