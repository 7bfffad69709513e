"""One item to its archive: what the stage's parameters allow it."""

import pytest

from stages.common.errors import ItemError, MachineFailure
from stages.frames.extract import extract
from stages.frames.params import FramesParams
from tests.support.stage_outputs import FRAMES_PARAMS

FRAMES = FramesParams(**FRAMES_PARAMS | {"max_frames": 2, "max_failed_fraction": 0.0})


def test_work_on_an_item_has_a_time_limit(tmp_path, clip, pictures):
    path = clip(tmp_path / "a.mp4", pictures(4))
    assert extract(path, tmp_path, FRAMES).rows["frame"] == [1, 3]
    with pytest.raises(MachineFailure, match=r"took longer than 0.001 s"):
        extract(path, tmp_path, FRAMES.model_copy(update={"max_seconds": 0.001}))


def test_a_folder_named_like_a_video(tmp_path):
    (tmp_path / "a.mp4").mkdir()
    with pytest.raises(ItemError, match="directory"):
        extract(tmp_path / "a.mp4", tmp_path, FRAMES)


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
