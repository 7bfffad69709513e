"""What `app.report.probe` reads of made files."""

import av
import numpy as np
import pytest
from PIL import Image

from app.report.probe import probe
from app.report.schema import Probe
from proofs.heif import heif
from stages.common.decode import Limits
from stages.common.errors import ItemError
from tests.support.app import write_clip

LIMITS = Limits(10_000_000, 60)
FRAMES = np.random.default_rng(0).integers(0, 256, (12, 48, 64, 3), np.uint8)


def probed(path):
    return Probe.model_validate(probe(path, LIMITS))


def test_a_clip_and_its_sound(tmp_path):
    write_clip(tmp_path / "clip.mp4", FRAMES, sound="aac")
    found = probed(tmp_path / "clip.mp4")
    assert found.format == "MP4 or QuickTime"
    assert found.duration == pytest.approx(1.2, abs=0.05)
    video, audio = found.streams
    assert (video.kind, video.codec, video.width, video.height) == ("video", "h264", 64, 48)
    assert (video.pixel_format, video.frame_rate) == ("yuv420p", pytest.approx(10, abs=0.1))
    assert (audio.kind, audio.codec, audio.width) == ("audio", "aac", None)
    assert "encoder" in found.tags


def test_many_and_long_tags_are_cut(tmp_path):
    with av.open(str(tmp_path / "clip.mkv"), "w") as output:
        output.metadata.update({f"TAG{number:03}": "x" * 9000 for number in range(99)})
        stream = output.add_stream("ffv1", rate=10)
        stream.height, stream.width = FRAMES.shape[1:3]
        output.mux(stream.encode(av.VideoFrame.from_ndarray(FRAMES[0], format="rgb24")))
        output.mux(stream.encode())
    tags = probed(tmp_path / "clip.mkv").tags
    assert len(tags) == 40
    assert {len(value) for value in tags.values()} <= set(range(301))


@pytest.mark.parametrize(
    ("name", "form"), [("a.png", "PNG"), ("a.avif", "AVIF"), ("a.webp", "WebP")]
)
@pytest.mark.parametrize("moves", [False, True])
def test_pictures_and_animations(tmp_path, name, form, moves):
    first, *others = [Image.fromarray(frame) for frame in FRAMES[:3]]
    options = {"save_all": True, "append_images": others, "duration": 100} if moves else {}
    path = tmp_path / f"a.{form.lower()}"
    first.save(path, **options)
    found = probed(path)
    assert found.format == form
    (stream,) = found.streams
    assert (stream.width, stream.height) == (64, 48)


def test_a_photo_of_a_phone(tmp_path):
    (tmp_path / "a.heic").write_bytes(heif([FRAMES[0]]))
    found = probed(tmp_path / "a.heic")
    assert found.format == "HEIF (HEIC)"
    assert (found.streams[0].width, found.streams[0].height) == (64, 48)


def test_a_damaged_file_is_named_so(tmp_path):
    write_clip(tmp_path / "clip.mp4", FRAMES)
    content = (tmp_path / "clip.mp4").read_bytes()
    (tmp_path / "clip.mp4").write_bytes(content[:40] + b"\0" * (len(content) - 40))
    with pytest.raises(ItemError):
        probe(tmp_path / "clip.mp4", LIMITS)
