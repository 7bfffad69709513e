"""The photograph behind every clip: its pixels, the landmarks of its face, and a matte."""

from functools import cache

import cv2
import numpy as np
from skimage.data import astronaut

# Hand-placed landmarks, (x, y) in pixels of the 512 x 512 photograph.
JAW = [(180, 110), (182, 129), (185, 153), (196, 169), (208, 176), (223, 179),
       (240, 176), (250, 167), (258, 152), (266, 130), (269, 110)]  # fmt: skip
BROWS = [(189, 92), (200, 89), (213, 90), (237, 92), (250, 92), (264, 96)]
EYES = [(195, 101), (203, 101), (211, 102), (238, 103), (247, 103), (257, 104)]
NOSE = [(224, 108), (225, 126), (214, 128), (237, 128)]
MOUTH = [(203, 139), (224, 141), (244, 141), (224, 153)]
LANDMARKS = np.array(JAW + BROWS + EYES + NOSE + MOUTH, np.float32)

JAW_ENDS = [0, 10]
CHIN = 5
MOUTH_CORNERS = [27, 29]
LOWER_LIP = 30
# Corners of the region that a manipulation replaces: the inner face, from the chin to above the
# brows inside the jaw line, or its lower half, from the nose down.
INNER_FACE = [*range(1, 10), *range(11, 17)]
LOWER_FACE = [*range(2, 9), 25, 26]

FACE_CENTRE = (224.0, 122.0)


@cache
def person() -> np.ndarray:
    """Cut the astronaut (Eileen Collins; NASA, public domain) out of the background.

    The photograph ships with scikit-image. The matte comes from GrabCut (Rother et al., 2004).

    Returns
    -------
    ndarray of shape (512, 512, 4), float32
        RGB and matte, each in [0, 1].
    """
    photo = astronaut()
    labels = np.full(photo.shape[:2], cv2.GC_PR_BGD, np.uint8)
    cv2.fillPoly(labels, [_MAYBE_PERSON], cv2.GC_PR_FGD)
    cv2.fillPoly(labels, [_SURELY_PERSON], cv2.GC_FGD)
    for rows, columns in _SURELY_BACKGROUND:
        labels[rows, columns] = cv2.GC_BGD
    cv2.setRNGSeed(0)  # GrabCut's k-means draws from OpenCV's own generator
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(photo, labels, None, *models, 5, cv2.GC_INIT_WITH_MASK)
    inside = np.isin(labels, [cv2.GC_FGD, cv2.GC_PR_FGD]).astype(np.uint8)
    # Erode by one pixel before softening, so that no rim of the background stays around the hair.
    matte = cv2.GaussianBlur(cv2.erode(inside, np.ones((3, 3))).astype(np.float32), (0, 0), 1.0)
    return np.dstack([photo.astype(np.float32) / 255, matte])


_MAYBE_PERSON = np.array(
    [(150, 75), (175, 30), (235, 12), (290, 40), (305, 90), (280, 135), (262, 170), (320, 240),
     (395, 300), (450, 511), (60, 511), (30, 300), (120, 230), (130, 170), (175, 145), (155, 110)]
)  # fmt: skip
_SURELY_PERSON = np.array(
    [(165, 75), (190, 38), (235, 25), (280, 45), (292, 90), (258, 160), (300, 230), (380, 320),
     (400, 511), (80, 511), (60, 300), (140, 220), (150, 180), (185, 150)]
)  # fmt: skip
_SURELY_BACKGROUND = [
    (slice(0, 8), slice(None)),
    (slice(None), slice(0, 20)),
    (slice(0, 100), slice(0, 130)),
    (slice(0, 240), slice(330, None)),
    (slice(0, 300), slice(362, None)),
    (slice(138, 180), slice(266, None)),
]
