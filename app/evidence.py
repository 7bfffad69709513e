"""Grade what a clip or picture shows of a person: enough for a verdict, or not."""

from dataclasses import dataclass

import cv2
import numpy as np

from stages.common.metrics.verdicts import VerdictParams

_SIDE = 64  # px, so that faces of different sizes are compared at one size


@dataclass(frozen=True)
class Evidence:
    """What was seen of one person.

    Attributes
    ----------
    frames : int
        Frames in which the person was found.
    looked_at : int
        Frames in which faces were looked for.
    width : float
        Median width of the face, in px of the file's frames.
    sharpness : float
        Median `sharpness` of the face.
    """

    frames: int
    looked_at: int
    width: float
    sharpness: float

    def lacks(self, params: VerdictParams) -> list[str]:
        """Say what falls short of the bounds in params.yaml; empty if nothing does."""
        found = []
        needed = min(params.min_frames, self.looked_at)
        if self.frames < needed:
            found.append(
                f"the face was found in {self.frames} of {self.looked_at} frames, {needed} are "
                "needed"
            )
        if self.width < params.min_face:
            found.append(f"the face is {self.width:.0f} px wide, {params.min_face:.0f} are needed")
        if self.sharpness < params.min_sharpness:
            found.append(
                f"the face is blurred (sharpness {self.sharpness:.3f}, {params.min_sharpness:.3f} "
                "is needed)"
            )
        return found

    def described(self, params: VerdictParams) -> str:
        """Describe the evidence in a few words."""
        blurred = "blurred" if self.sharpness < params.min_sharpness else "not blurred"
        return (
            f"face in {self.frames} of {self.looked_at} frames, {self.width:.0f} px wide, {blurred}"
        )


def sharpness(crop: np.ndarray) -> float:
    """Variance of the Laplacian over that of the grey levels, of the crop at one size.

    The variance of the Laplacian measures focus (Pech-Pacheco et al., ICPR 2000); divided by the
    contrast, it depends less on the light.

    Parameters
    ----------
    crop : ndarray of uint8, shape (height, width, 3)
        RGB.

    Returns
    -------
    float
        0 for an even surface; docs/app.md has what real clips measure.
    """
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
    shrinks = min(grey.shape) > _SIDE
    at_size = cv2.resize(
        grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    )
    contrast = float(at_size.var())
    return float(cv2.Laplacian(at_size, cv2.CV_32F).var()) / contrast if contrast > 0 else 0.0
