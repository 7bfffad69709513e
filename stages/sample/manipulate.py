"""Three ways to forge a face, each on one frame before the camera sees it.

All leave what real ones leave: a face sampled once more than its surroundings (the warping
artefact of Li and Lyu, 2018), a seam, and colours that do not quite fit.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from stages.sample import fields
from stages.sample.photograph import INNER_FACE, JAW_ENDS, LOWER_FACE
from stages.sample.scene import express

CAST = (0.03, -0.025, 0.01)  # generators' faces are a little too pink: logarithms of factors
SHADING_REACH = 0.12
INSET = 0.08  # the seam runs inside the outline of the face, share of the way to its centre


@dataclass(frozen=True)
class Forger:
    """One forger's habits, the same on all frames of a clip.

    Attributes
    ----------
    detail : float
        Side of the generator's pixels over the frame's: above 1, the face loses detail.
    sharpening : float
        Share of the lost contrast which the generator's sharpening gives back, and more.
    feather : float
        Softness of the seam, standard deviation in hundredths of the width of the face.
    opacity : float
        Weight of the new face inside the mask.
    cast : ndarray of shape (3,), float32
        Factors on red, green and blue that the colour correction failed to undo.
    flatness : float
        Share of the face's shading that the generator loses.
    bend : ndarray of shape (n, 2), float32
        How far the corners of the mask are off, in hundredths of the width of the face.
    slip : ndarray of shape (2, 3), float32
        Misalignment: affine map in units of the face's width, around its centre.
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
    cast = rng.uniform(0.5, 1.5) * np.array(CAST) + rng.normal(0, 0.03, 3)
    slip = np.hstack([np.eye(2) * rng.normal(1, 0.03, 2), rng.normal(0, 0.02, (2, 1))])
    opening, smile = rng.choice([-1, 1], 2)
    return Forger(
        detail=rng.uniform(1.6, 3.0),
        sharpening=rng.uniform(0, 0.8),
        feather=rng.uniform(1.5, 4),
        opacity=rng.choice([0.75, 1, 1]),
        cast=np.exp(cast).astype(np.float32),
        flatness=rng.uniform(0.25, 0.75),
        bend=rng.normal(0, 3, (64, 2)).astype(np.float32),
        slip=slip.astype(np.float32),
        expression=np.array([opening * rng.uniform(4, 8), smile * rng.uniform(2, 5)]),
    )


def swap(
    frame: np.ndarray,
    landmarks: np.ndarray,
    donor: np.ndarray,
    donor_landmarks: np.ndarray,
    forger: Forger,
) -> np.ndarray:
    """Put the donor's face in the place of the frame's.

    Landmarks align the two by a similarity; the generator's picture is made at its own
    resolution, its colours are matched (Reinhard et al., 2001) up to the forger's failings,
    and it is blended in under a feathered mask.

    Parameters
    ----------
    frame, donor : ndarray of shape (height, width, 3), float32
        Red, green, blue in [0, 1].
    landmarks, donor_landmarks : ndarray of shape (n, 2), float32
        (x, y) in pixels of `frame` and of `donor`.

    Returns
    -------
    ndarray of shape (height, width, 3), float32
        Equal to `frame` outside of the mask.
    """
    height, width = frame.shape[:2]
    pose, _ = cv2.estimateAffinePartial2D(donor_landmarks, landmarks, method=cv2.LMEDS)
    aligned = cv2.warpAffine(
        donor, pose, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    mask = draw_mask(landmarks, INNER_FACE, width, height, forger)
    face = match_colours(generate(aligned, forger), frame, mask)
    return blend(frame, miscolour(face, mask, forger), mask)


def self_blend(frame: np.ndarray, landmarks: np.ndarray, forger: Forger) -> np.ndarray:
    """Blend a frame with an altered copy of itself (Shiohara and Yamasaki, CVPR 2022).

    The copy is resampled, miscoloured and slightly moved. Parameters as of `swap`.
    """
    height, width = frame.shape[:2]
    mask = draw_mask(landmarks, INNER_FACE, width, height, forger)
    face = miscolour(generate(slide(frame, landmarks, forger), forger), mask, forger)
    return blend(frame, face, mask)


def reenact(frame: np.ndarray, landmarks: np.ndarray, forger: Forger) -> np.ndarray:
    """Give the lower face another expression, as Face2Face and NeuralTextures do.

    Mouth and jaw are warped, rendered at the generator's resolution and blended back; the
    upper face stays. Parameters as of `swap`.
    """
    height, width = frame.shape[:2]
    at = fields.grid(width, height) - express(landmarks, width, height, forger.expression)
    mask = draw_mask(landmarks, LOWER_FACE, width, height, forger)
    face = miscolour(generate(fields.sample(frame, at), forger), mask, forger)
    return blend(frame, face, mask)


def face_width(landmarks: np.ndarray) -> float:
    """Distance between the ends of the jaw line in pixels."""
    return float(np.linalg.norm(landmarks[JAW_ENDS[1]] - landmarks[JAW_ENDS[0]]))


def draw_mask(
    landmarks: np.ndarray, corners: list[int], width: int, height: int, forger: Forger
) -> np.ndarray:
    """Convex hull of some landmarks, bent and feathered: (height, width, 1), float32 in [0, 1]."""
    unit = face_width(landmarks) / 100
    inwards = INSET * (landmarks[corners].mean(axis=0) - landmarks[corners])
    points = landmarks[corners] + inwards + unit * forger.bend[corners]
    hull = cv2.convexHull(points.astype(np.float32))
    mask = np.zeros((height, width), np.float32)
    eighths = np.round(hull * 8).astype(np.int32)  # the outline moves by less than a pixel
    cv2.fillConvexPoly(mask, eighths, 1.0, cv2.LINE_8, shift=3)
    soft = cv2.GaussianBlur(mask, (0, 0), forger.feather * unit)
    return (forger.opacity * soft)[..., None]


def generate(face: np.ndarray, forger: Forger) -> np.ndarray:
    """What a generator of limited resolution makes of a picture: sampled down and up again."""
    height, width = face.shape[:2]
    coarse = round(width / forger.detail), round(height / forger.detail)
    small = cv2.resize(face, coarse, interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    blurred = cv2.GaussianBlur(large, (0, 0), forger.detail)
    return np.clip(large + forger.sharpening * (large - blurred), 0, 1)


def slide(frame: np.ndarray, landmarks: np.ndarray, forger: Forger) -> np.ndarray:
    """Move a picture a little, as an imperfect alignment does."""
    height, width = frame.shape[:2]
    centre = landmarks.mean(axis=0)
    linear = forger.slip[:, :2].astype(np.float64)
    shift = centre - linear @ centre + face_width(landmarks) * forger.slip[:, 2]
    return cv2.warpAffine(
        frame,
        np.column_stack([linear, shift]),
        (width, height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )


def match_colours(face: np.ndarray, frame: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Give the face the frame's mean and deviation of each channel under the mask."""
    face_mean, face_deviation = moments(face, mask)
    frame_mean, frame_deviation = moments(frame, mask)
    return (face - face_mean) * (frame_deviation / face_deviation) + frame_mean


def miscolour(face: np.ndarray, mask: np.ndarray, forger: Forger) -> np.ndarray:
    """Add what the generator gets wrong: a cast, and shading flatter than the scene's light.

    Shading that does not fit is a trace that Matern et al. (2019) found in real fakes.
    """
    mean, _ = moments(face, mask)
    shading = cv2.GaussianBlur(face, (0, 0), SHADING_REACH * np.sqrt(mask.sum())) - mean
    return np.clip((face - forger.flatness * shading) * forger.cast, 0, 1)


def moments(picture: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each channel under a mask."""
    weights = mask / mask.sum()
    mean = (weights * picture).sum(axis=(0, 1))
    return mean, np.sqrt((weights * (picture - mean) ** 2).sum(axis=(0, 1)) + 1e-6)


def blend(frame: np.ndarray, face: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The face where the mask is 1, the frame where it is 0."""
    return frame + mask * (face - frame)
