import cv2
import numpy as np
import pytest

from stages.train.recompress import recompress


def made_run(frames, height, width):
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2)
    return np.stack([np.roll(smooth, shift, axis=1) for shift in range(frames)])


@pytest.mark.parametrize(("frames", "height", "width"), [(1, 32, 32), (3, 33, 47), (5, 48, 48)])
def test_frames_come_back_in_order_in_their_size_and_each_time_the_same(frames, height, width):
    run = made_run(frames, height, width)
    decoded = recompress(run, 10)
    assert decoded.dtype == np.uint8
    assert decoded.shape == run.shape
    for index, frame in enumerate(decoded):
        distances = np.abs(run.astype(int) - frame).mean((1, 2, 3))
        assert distances.argmin() == index
    for _ in range(5):
        np.testing.assert_array_equal(recompress(run, 10), decoded)


def test_what_comes_later_changes_nothing():
    run = made_run(4, 48, 48)
    np.testing.assert_array_equal(recompress(run[:2], 26), recompress(run, 26)[:2])


def test_a_higher_rate_factor_loses_more():
    run = made_run(3, 48, 48)
    losses = [np.abs(recompress(run, factor).astype(int) - run).mean() for factor in (10, 30, 45)]
    assert losses == sorted(losses)
    assert losses[-1] > 2 * losses[0]


def test_colours_keep_their_order():
    red = np.zeros((2, 32, 32, 3), np.uint8)
    red[..., 0] = 200
    means = recompress(red, 10).mean((0, 1, 2))
    assert means[0] > 180
    assert means[1:].max() < 20
