import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.drawing import (
    FAKE,
    REAL,
    box_parts,
    colour,
    draw_box,
    draw_legend,
    draw_score,
    ink_on,
    legend_part,
    score_part,
)


def test_the_ends_of_the_scale_have_their_colours():
    assert (colour(0), colour(1)) == (REAL, FAKE)


@pytest.mark.parametrize("p_fake", [0.0, 0.97])
def test_a_face_gets_a_frame_of_its_score_s_colour(p_fake):
    picture = np.zeros((240, 320, 3), np.uint8)
    draw_box(picture, np.array([100.0, 80, 60, 70]), p_fake)
    assert picture[115, 100].tolist() == list(colour(p_fake))
    assert not picture[115, 130].any(), "the face itself stays visible"


@given(
    st.lists(st.floats(-500, 900), min_size=2, max_size=2),
    st.lists(st.floats(0, 900), min_size=2, max_size=2),
    st.integers(1, 400),
    st.integers(1, 400),
)
def test_boxes_over_the_border_of_any_picture_are_drawn(corner, size, height, width):
    picture, box = np.full((height, width, 3), 90, np.uint8), np.array(corner + size)
    draw_box(picture, box, 0.5)
    draw_score(picture, box, 0.5, "person 1")
    draw_legend(picture, "clip 0.50")
    parts = [
        *box_parts((height, width), box),
        score_part((height, width), box, 0.5, "person 1"),
        legend_part((height, width), "clip 0.50"),
    ]
    for part in parts:
        picture[part] = 90
    assert (picture == 90).all(), "what is drawn lies within the named parts"


def test_the_legend_shows_the_whole_scale():
    picture = np.zeros((240, 320, 3), np.uint8)
    draw_legend(picture, "")
    colours = {tuple(pixel) for pixel in picture.reshape(-1, 3).tolist()}
    assert {REAL, FAKE} <= colours


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_ink_is_readable_on_any_colour(paper):
    def luminance(rgb):
        share = [level / 255 for level in rgb]
        red, green, blue = (
            level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4
            for level in share
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(paper), luminance(ink_on(paper))))
    assert (high + 0.05) / (low + 0.05) >= 4.5
