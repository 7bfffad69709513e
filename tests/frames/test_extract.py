"""One item to its archive: what the stage's parameters allow it."""

import time

import cv2
import numpy as np
import pytest

from stages.common.errors import ItemError, MachineFailure
from stages.common.picture import decode_stored
from stages.frames.extract import extract
from stages.frames.section import FramesSection
from tests.support.stage_outputs import FRAMES_PARAMS

FRAMES = FramesSection(**FRAMES_PARAMS | {"max_frames": 2, "max_failed_fraction": 0.0})


def never_ends(*_):
    """Decode a clip for longer than any test may take."""
    time.sleep(600)


def test_work_on_an_item_has_a_time_limit(tmp_path, clip, pictures, monkeypatch):
    path = clip(tmp_path / "a.mp4", pictures(4))
    assert extract(path, tmp_path, FRAMES).rows["frame"] == [1, 3]
    monkeypatch.setattr("stages.frames.extract.stored_frames", never_ends)
    with pytest.raises(MachineFailure, match=r"took longer than 0.2 s"):
        extract(path, tmp_path, FRAMES.model_copy(update={"max_seconds": 0.2}))


def test_a_folder_named_like_a_video(tmp_path):
    (tmp_path / "a.mp4").mkdir()
    with pytest.raises(ItemError, match="directory"):
        extract(tmp_path / "a.mp4", tmp_path, FRAMES)


def frames_of_a_video(folder, pictures, numbers):
    """Write made pictures as the frames of a video."""
    folder.mkdir()
    for number, picture in zip(numbers, pictures(len(numbers)), strict=True):
        cv2.imwrite(str(folder / f"{number}.png"), picture[..., ::-1])
    return folder


def test_pictures_in_a_folder_are_the_frames_of_an_item(tmp_path, pictures):
    folder = frames_of_a_video(tmp_path / "a.mp4", pictures, [10, 2, 7])
    result = extract(folder, tmp_path, FRAMES)
    assert result.rows["frame"] == [2, 10]
    assert result.rows["time"] == [float(frame) for frame in result.rows["frame"]]
    for frame, png in zip(result.rows["frame"], result.members.values(), strict=True):
        assert np.array_equal(
            decode_stored(png), cv2.imread(str(folder / f"{frame}.png"))[..., ::-1]
        )


def test_all_pictures_of_a_folder_are_taken_whatever_the_interval(tmp_path, pictures):
    folder = frames_of_a_video(tmp_path / "a", pictures, range(4))
    every = FRAMES.model_copy(update={"max_frames": 9, "interval": 2.0})
    assert extract(folder, tmp_path, every).rows["frame"] == [0, 1, 2, 3]


def test_a_broken_picture_sets_its_video_aside_under_its_name(tmp_path, pictures):
    folder = frames_of_a_video(tmp_path / "a", pictures, range(2))
    (folder / "1.png").write_bytes(b"no picture")
    with pytest.raises(ItemError, match=r"^1\.png "):
        extract(folder, tmp_path, FRAMES)


def test_a_picture_of_a_folder_may_not_lead_out_of_the_dataset(tmp_path, pictures):
    outside = frames_of_a_video(tmp_path / "outside", pictures, range(1))
    folder = frames_of_a_video(tmp_path / "a", pictures, range(2))
    (folder / "5.png").symlink_to(outside / "0.png")
    with pytest.raises(ItemError, match="leads out of the dataset"):
        extract(folder, folder, FRAMES)


@pytest.mark.parametrize("name", ["out.mp4", "a folder/out.mp4"])
def test_a_link_may_stay_inside_the_dataset_but_not_lead_out_of_it(tmp_path, clip, pictures, name):
    outside = clip(tmp_path / "outside.mp4", pictures(2))
    root = tmp_path / "dataset"
    (root / name).parent.mkdir(parents=True)
    (root / name).symlink_to(outside)
    with pytest.raises(ItemError, match="leads out of the dataset"):
        extract(root / name, root, FRAMES)
    inside = clip(root / "inside.mp4", pictures(2))
    (root / "link.mp4").symlink_to(inside)
    assert extract(root / "link.mp4", root, FRAMES).rows["frame"] == [0, 1]
