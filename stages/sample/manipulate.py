"""Three face manipulations, applied to single frames before the simulated camera.

Like real manipulations, they leave artefacts that show against the rest of the picture: a face
that was resampled once more than its surroundings (the warping artefact of Li and Lyu, 2018), a
blending seam, and colours and shading that do not match (Matern et al., 2019).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from stages.sample import fields
from stages.sample.photograph import INNER_FACE, LANDMARKS, LOWER_FACE
from stages.sample.scene import View, express, face_width

INSET = 0.08  # distance of the seam from the face's outline, as a share of the way to its centre
SHADING = 0.12  # standard deviation of the blur that isolates shading, over the face's size


@dataclass(frozen=True)
class Forger:
    """Parameters of a manipulation, the same for all frames of a clip.

    Attributes
    ----------
    detail : float
        Factor by which the generator's resolution is below the frame's; above 1, detail is lost.
    sharpening : float
        Strength of the unsharp mask that hides this loss.
    feather : float
        Softness of the seam: standard deviation of a blur, in hundredths of the face's width.
    opacity : float
        Weight of the new face inside the mask.
    cast : ndarray of shape (3,), float32
        Colour cast that colour matching does not correct: factors on red, green and blue.
    flatness : float
        Share of the face's shading that the generator loses.
    bend : ndarray of shape (n, 2), float32
        Offsets of the mask's corners, in hundredths of the face's width.
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
    """Draw the parameters of a manipulation at random."""
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
    """Replace the target's face by another person's.

    A similarity transform aligns the landmarks, and the colours are matched inside the mask
    (Reinhard et al., 2001).

    Parameters
    ----------
    target : View
        The frame to manipulate.
    source : View
        The frame that the new face comes from.
    forger : Forger
        Parameters of the manipulation.

    Returns
    -------
    ndarray of shape (height, width, 3), float32
        RGB in [0, 1]; equal to the target's picture outside the mask.
    """
    pose, _ = cv2.estimateAffinePartial2D(source.landmarks, target.landmarks, method=cv2.LMEDS)
    mask = draw_mask(target, INNER_FACE, forger)
    face = match_colours(fields.move(source.picture, pose), target.picture, mask)
    return paste(face, target, mask, forger)


def self_blend(target: View, source: View, forger: Forger) -> np.ndarray:
    """Blend a face with an altered copy of itself (Shiohara and Yamasaki, CVPR 2022).

    The copy is slightly misaligned. Parameters as for `swap`; the source is the target itself.
    """
    centre = source.landmarks.mean(axis=0)
    linear = forger.slip[:, :2]
    shift = centre - linear @ centre + face_width(source.landmarks) * forger.slip[:, 2]
    face = fields.move(source.picture, np.column_stack([linear, shift]))
    return paste(face, target, draw_mask(target, INNER_FACE, forger), forger)


def reenact(target: View, source: View, forger: Forger) -> np.ndarray:
    """Change the expression of the lower face, as Face2Face and NeuralTextures do.

    Parameters as for `swap`; the source is the target itself.
    """
    height, width = source.picture.shape[:2]
    moved = express(source.landmarks, width, height, forger.expression)
    face = fields.sample(source.picture, fields.grid(width, height) - moved)
    return paste(face, target, draw_mask(target, LOWER_FACE, forger), forger)


METHODS = {"swap": swap, "self_blended": self_blend, "reenacted": reenact}


def draw_mask(view: View, corners: list[int], forger: Forger) -> np.ndarray:
    """Draw the distorted and feathered convex hull of the landmarks `corners`.

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
    """Match the face's mean and deviation per channel to the picture's, inside the mask."""
    face_mean, face_deviation = moments(face, mask)
    mean, deviation = moments(picture, mask)
    return (face - face_mean) * (deviation / face_deviation) + mean


def moments(picture: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute the mean and standard deviation of each channel, weighted by a mask."""
    weights = mask[..., 0] / mask.sum()
    mean = np.einsum("yx,yxc->c", weights, picture)
    variance = np.einsum("yx,yxc->c", weights, (picture - mean) ** 2)
    return mean, np.sqrt(variance + 1e-6)


def paste(face: np.ndarray, target: View, mask: np.ndarray, forger: Forger) -> np.ndarray:
    """Blend the face into the target's picture, with the generator's loss of detail and shading."""
    rendered = shade(generate(face, forger), mask, forger)
    return target.picture + mask * (rendered - target.picture)


def generate(face: np.ndarray, forger: Forger) -> np.ndarray:
    """Imitate a generator of limited resolution: downsample, upsample and sharpen the face."""
    height, width = face.shape[:2]
    coarse = round(width / forger.detail), round(height / forger.detail)
    small = cv2.resize(face, coarse, interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return large + forger.sharpening * (large - cv2.GaussianBlur(large, (0, 0), forger.detail))


def shade(face: np.ndarray, mask: np.ndarray, forger: Forger) -> np.ndarray:
    """Make the light on the face differ from the scene's: flatter, with a colour cast."""
    mean, _ = moments(face, mask)
    shading = cv2.GaussianBlur(face, (0, 0), SHADING * np.sqrt(mask.sum())) - mean
    return np.clip((face - forger.flatness * shading) * forger.cast, 0, 1)
