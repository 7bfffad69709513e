import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image

from app.annotate import Marks, draw, draw_clip, draw_picture, mark
from app.drawing import box_parts, legend_part, score_part
from app.pictures import pictures_of
from app.tracks import Track
from app.yuv import from_rgb
from stages.common.decode import Limits
from stages.common.errors import ItemError
from tests.support import media
from tests.support.app import write_clip

LIMITS = Limits(10_000_000, 100)
MAX_BYTES = 10_000_000
NO_MARKS = Marks([], 1, "")


def facts(content_or_path):
    """Length, times, size, codecs, sound of a clip."""
    source = content_or_path
    with av.open(str(source)) as clip:
        video = clip.streams.video[0]
        frames = list(clip.decode(video))
        found = {
            "times": np.array([frame.time for frame in frames]),
            "rate": float(video.average_rate),
            "length": float(video.duration * video.time_base),
            "size": (video.width, video.height),
            "codec": (video.codec_context.name, video.codec_context.pix_fmt),
            "rotation": frames[0].rotation,
            "first": frames[0].to_ndarray(format="rgb24"),
        }
    with av.open(str(source)) as clip:
        for stream in clip.streams.audio:
            tone = np.concatenate([part.to_ndarray()[0] for part in clip.decode(stream)])
            found["sound"] = stream.codec_context.name, stream.codec_context.sample_rate, tone
    return found


def drawn(tmp_path, source, marks=NO_MARKS):
    target = tmp_path / "drawn.mp4"
    target.write_bytes(draw_clip(source, marks, LIMITS, MAX_BYTES))
    return facts(target)


@pytest.fixture
def moving():
    ramp = np.linspace(0, 200, 96).astype(np.uint8)
    return np.stack(
        [np.broadcast_to((ramp + step)[None, :, None], (64, 96, 3)) for step in range(20)]
    )


@pytest.mark.parametrize(
    ("name", "sound"), [("a.mp4", "aac"), ("a.mkv", "pcm_s16le"), ("a.mkv", "libopus")]
)
def test_length_rate_and_sound_are_kept(tmp_path, moving, name, sound):
    write_clip(tmp_path / name, moving, sound=sound)
    after = drawn(tmp_path, tmp_path / name)
    assert after["codec"] == ("h264", "yuv420p")
    assert after["rate"] == pytest.approx(10, rel=1e-3)
    assert after["length"] == pytest.approx(2, abs=0.05)
    assert np.allclose(after["times"], np.arange(20) / 10, atol=1e-3)
    codec, rate, tone = after["sound"]
    assert codec == "aac"
    assert len(tone) / rate == pytest.approx(tone_length(tmp_path / name), abs=0.06)
    assert np.abs(tone[rate // 4 : rate]).max() > 0.5, "the tone is heard"


def tone_length(path):
    with av.open(str(path)) as clip:
        return sum(part.samples / part.sample_rate for part in clip.decode(audio=0))


def test_uneven_times_are_kept(tmp_path, moving):
    times = np.cumsum([0, *([0.04, 0.2] * 10)])[:20]
    write_clip(tmp_path / "a.mp4", moving, times=times)
    assert np.allclose(drawn(tmp_path, tmp_path / "a.mp4")["times"], times, atol=1e-3)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_clip_is_seen_as_before(tmp_path, moving, rotation):
    write_clip(tmp_path / "a.mp4", moving, rotation=rotation)
    before, after = facts(tmp_path / "a.mp4"), drawn(tmp_path, tmp_path / "a.mp4")
    upright = np.rot90(before["first"], round(before["rotation"] / 90))
    assert before["rotation"] % 360 != 0
    assert after["rotation"] == 0
    assert after["first"].shape == upright.shape
    # The legend covers the lower left corner alone
    part = slice(0, 40), slice(-20, None)
    assert np.abs(after["first"][part].astype(int) - upright[part]).mean() < 4


def test_an_odd_size_gets_the_one_row_that_the_format_asks_for(tmp_path, moving):
    write_clip(tmp_path / "a.mkv", moving[:, :63, :95], codec="ffv1")
    assert drawn(tmp_path, tmp_path / "a.mkv")["size"] == (96, 64)


def test_colours_are_those_of_the_clip(tmp_path, moving):
    write_clip(tmp_path / "a.mp4", moving)
    picture = drawn(tmp_path, tmp_path / "a.mp4")["first"][:40]
    assert np.abs(picture.astype(int) - moving[0][:40]).mean() < 4


@pytest.mark.parametrize("deep", ["", "10le"])
@pytest.mark.parametrize("form", ["yuv420p", "yuv422p", "yuv444p", "yuvj444p"])
@pytest.mark.parametrize("matrix", ["bt709", "smpte170m"])
def test_colours_of_any_planar_format_are_kept(tmp_path, moving, form, deep, matrix):
    if deep and form == "yuvj444p":
        pytest.skip("there is no such format")
    colourful = (moving * [1.0, 0.7, 0.4]).astype(np.uint8)
    options = {"colorspace": matrix, "color_range": "pc" if "j" in form else "tv"}
    media.write_clip(tmp_path / "a.mp4", colourful, pix_fmt=form + deep, **options)
    before, after = facts(tmp_path / "a.mp4"), drawn(tmp_path, tmp_path / "a.mp4")
    difference = after["first"][:40].astype(int) - before["first"][:40]
    assert np.abs(difference).mean() < 3
    assert np.abs(difference.mean(axis=(0, 1))).max() < 3


def test_a_face_is_marked_where_it_is_at_the_time(tmp_path, moving):
    track = Track(0, np.array([0, 2.0]), np.array([[4.0, 8, 20, 20], [60, 8, 20, 20]]), np.ones(2))
    after = drawn(tmp_path, write(tmp_path, moving * 0), Marks([track], 1, ""))
    with av.open(str(tmp_path / "drawn.mp4")) as clip:
        pictures = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]
    edges = [np.flatnonzero(picture[18, :, 0] > 120)[0] for picture in (pictures[0], pictures[10])]
    assert len(after["times"]) == 20
    assert edges[0] == pytest.approx(4, abs=2)
    assert edges[1] == pytest.approx(32, abs=2)


def test_a_frame_may_be_drawn_on_though_the_decoder_refers_to_it(tmp_path):
    # Five scenes again and again: each frame refers to the one five frames before
    scenes = np.random.default_rng(0).integers(0, 256, (5, 64, 96, 3), np.uint8)
    media.write_clip(
        tmp_path / "a.mp4", np.tile(scenes, (4, 1, 1, 1)), bf="0", refs="5", sc_threshold="0"
    )
    kept = [p.frame.to_ndarray() for p in pictures_of(tmp_path / "a.mp4", LIMITS)]
    for before, picture in zip(kept, pictures_of(tmp_path / "a.mp4", LIMITS), strict=True):
        assert (picture.frame.to_ndarray() == before).all()
        np.frombuffer(picture.frame.planes[0], np.uint8)[:] = 255


def write(tmp_path, frames):
    write_clip(tmp_path / "black.mp4", frames)
    return tmp_path / "black.mp4"


def test_a_picture_comes_back_as_a_picture(tmp_path):
    grey = np.full((80, 120, 3), 100, np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), grey)
    track = Track(0, np.zeros(1), np.array([[30.0, 20, 40, 30]]), np.ones(1))
    content = draw_picture(tmp_path / "a.png", Marks([track], np.inf, ""), LIMITS, MAX_BYTES)
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert picture.shape == (80, 120, 3)
    assert content[:3] == b"\xff\xd8\xff"
    assert np.abs(picture[35, 30].astype(int) - [216, 52, 38]).max() < 30


def test_limits_hold_here_too(tmp_path, moving):
    write_clip(tmp_path / "a.mp4", moving)
    with pytest.raises(ItemError, match="more than 1000 pixels"):
        draw_clip(tmp_path / "a.mp4", NO_MARKS, Limits(1000, 100), MAX_BYTES)
    with pytest.raises(ItemError, match="longer"):
        draw_clip(tmp_path / "a.mp4", NO_MARKS, Limits(10_000_000, 1), MAX_BYTES)


def test_a_copy_has_no_more_bytes_than_are_allowed(tmp_path, moving):
    write_clip(tmp_path / "a.mp4", moving)
    with pytest.raises(ItemError, match="comes to more than"):
        draw_clip(tmp_path / "a.mp4", NO_MARKS, LIMITS, 105)
    noise = np.random.default_rng(0).integers(0, 255, (80, 120, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), noise)
    with pytest.raises(ItemError, match="more than"):
        draw_picture(tmp_path / "a.png", NO_MARKS, LIMITS, 105)


def test_no_box_hides_another_face_s_number(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((240, 320, 3), np.uint8))
    first, second = np.array([[20.0, 80, 40, 50]]), np.array([[75.0, 40, 40, 50]])

    def number(tracks):
        content = draw_picture(tmp_path / "a.png", Marks(tracks, np.inf, ""), LIMITS, MAX_BYTES)
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB)
        return picture[62:76, 22:100]

    people = [
        Track(person, np.zeros(1), box, np.ones(1)) for person, box in [(0, first), (1, second)]
    ]
    far = Track(1, np.zeros(1), second + np.array([[150, 0, 0, 0]]), np.ones(1))
    alone, beside = number([people[0], far]), number(people)
    assert np.abs(alone.astype(int) - beside).mean() < 2, "but for what JPEG changes"


def test_a_clip_whose_frame_times_decrease_is_an_item_error(tmp_path, moving, monkeypatch):
    write_clip(tmp_path / "a.mp4", moving)
    monkeypatch.setattr(
        "app.annotate.pictures_of", lambda *args: reversed(list(pictures_of(*args)))
    )
    with pytest.raises(ItemError, match="cannot be copied with its faces marked"):
        draw_clip(tmp_path / "a.mp4", NO_MARKS, LIMITS, 10_000_000)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_an_animation_becomes_a_clip_and_a_picture_stays_one(tmp_path, pictures, kind):
    first, *others = map(Image.fromarray, pictures(4))
    first.save(tmp_path / "still", kind)
    first.save(tmp_path / "moving", kind, save_all=True, append_images=others, duration=40)
    still, picture = draw(tmp_path / "still", NO_MARKS, LIMITS, MAX_BYTES)
    assert (picture, still[:4]) == (".jpg", b"\xff\xd8\xff\xe0")
    content, suffix = draw(tmp_path / "moving", NO_MARKS, LIMITS, MAX_BYTES)
    (tmp_path / "a.mp4").write_bytes(content)
    assert suffix == ".mp4"
    assert facts(tmp_path / "a.mp4")["times"] == pytest.approx([0, 0.04, 0.08, 0.12])


@pytest.mark.parametrize("last", [0.02, 0.1, 0.7])
@pytest.mark.parametrize("codec", ["libx264", "ffv1"])
def test_the_last_frame_is_shown_as_long_as_in_the_clip(tmp_path, moving, last, codec):
    path = tmp_path / "a.mp4" if codec == "libx264" else tmp_path / "a.mkv"
    write_clip(path, moving, codec=codec, last=last)
    with av.open(str(path)) as clip:
        before = max((packet.pts, packet.duration) for packet in clip.demux(video=0) if packet.size)
        kept = float(before[1] * clip.streams.video[0].time_base)
    after = drawn(tmp_path, path)
    assert kept == pytest.approx(last, abs=2e-3)
    assert after["length"] == pytest.approx(1.9 + last, abs=2e-3)


def test_only_what_is_drawn_on_changes(moving):
    frame = from_rgb(np.repeat(moving[0], 6, axis=0), Colorspace.ITU709, ColorRange.MPEG)
    before = frame.to_ndarray()[: frame.height]
    track = Track(0, np.zeros(1), np.array([[30.0, 60, 40, 200]]), np.ones(1))
    changed = np.zeros((frame.height, frame.width), bool)
    box = np.array([30.0, 60, 40, 200])
    for part in (
        *box_parts(changed.shape, box),
        score_part(changed.shape, box, 1, ""),
        legend_part(changed.shape, ""),
    ):
        changed[part] = True
    mark(frame, 0, Marks([track], np.inf, ""))
    differs = frame.to_ndarray()[: frame.height] != before
    assert differs.any()
    assert not (differs & ~changed).any()
