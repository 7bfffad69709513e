"""The photograph behind every clip: its pixels, where its face lies, and what is person."""

from functools import cache

import cv2
import numpy as np
from skimage.data import astronaut

from stages.sample.exact import blur

# Hand-placed landmarks, (x, y) in pixels of the 512 x 512 photograph.
JAW = [(180, 110), (182, 129), (185, 153), (196, 169), (208, 176), (223, 179),
       (240, 176), (250, 167), (258, 152), (266, 130), (269, 110)]  # fmt: skip
BROWS = [(189, 92), (200, 89), (213, 90), (237, 92), (250, 92), (264, 96)]
EYES = [(195, 101), (203, 101), (211, 102), (238, 103), (247, 103), (257, 104)]
NOSE = [(224, 108), (225, 126), (214, 128), (237, 128)]
MOUTH = [(203, 139), (224, 141), (244, 141), (224, 153)]
LANDMARKS = np.array(JAW + BROWS + EYES + NOSE + MOUTH, np.float64)

JAW_ENDS = [0, 10]
CHIN = 5
MOUTH_CORNERS = [27, 29]
LOWER_LIP = 30
# The face whose corners a manipulation replaces: from the chin to above the brows, inside the
# outline of the jaw; and its lower half, from the nose down.
INNER_FACE = [*range(1, 10), *range(11, 17)]
LOWER_FACE = [*range(2, 9), 25, 26]

FACE_CENTRE = (224, 122)


# Outline of the person, without the rim of the old background around the hair: traced once from
# the matte that GrabCut (Rother et al., 2004) finds, whose floats would differ between CPUs.
OUTLINE = np.array(
    [(247, 19), (240, 20), (236, 17), (220, 19), (213, 23), (206, 22), (194, 30), (190, 36),
     (175, 44), (157, 59), (154, 69), (156, 97), (158, 103), (171, 116), (175, 127), (181, 131),
     (185, 147), (183, 149), (154, 152), (141, 159), (124, 179), (121, 190), (123, 193),
     (121, 205), (118, 207), (115, 202), (108, 212), (91, 228), (77, 236), (66, 247), (45, 283),
     (41, 294), (40, 307), (35, 316), (27, 343), (27, 367), (21, 387), (21, 418), (25, 431),
     (24, 459), (27, 483), (30, 492), (38, 501), (42, 511), (399, 511), (399, 497), (412, 484),
     (444, 482), (450, 476), (466, 474), (471, 469), (485, 469), (489, 460), (488, 455),
     (494, 452), (492, 422), (477, 385), (454, 362), (435, 352), (415, 345), (385, 345),
     (380, 333), (379, 321), (367, 308), (367, 302), (361, 301), (346, 284), (345, 276),
     (339, 263), (318, 244), (302, 234), (298, 220), (291, 208), (270, 182), (264, 179),
     (264, 172), (257, 161), (264, 145), (264, 138), (274, 133), (293, 110), (299, 92), (299, 82),
     (295, 59), (285, 41), (275, 32)]
)  # fmt: skip


@cache
def person() -> np.ndarray:
    """The astronaut (Eileen Collins; NASA, public domain), cut out of the background.

    The file ships inside scikit-image.

    Returns
    -------
    ndarray of shape (512, 512, 4), uint8
        Red, green, blue and matte.
    """
    photo = astronaut()
    matte = np.zeros(photo.shape[:2], np.uint8)
    cv2.fillPoly(matte, [OUTLINE], 255)
    return np.dstack([photo, blur(matte, 1.0)])
