"""Every format that can be made is read, or refused by name; the docs have the same table."""

import pytest

from proofs.formats import CLIPS, FRAMES, make_all, result, table
from stages.common.formats import READ
from stages.common.params import load
from stages.frames.section import FramesSection
from tests.support.paths import ROOT

_REFUSED = {"huffyuv.avi", "cinepak.mov", "jpeg_inside.tif"}


def test_the_docs_have_the_table():
    assert table() in (ROOT / "docs/formats.md").read_text()


@pytest.mark.end_to_end
def test_what_the_table_says_holds(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    params = load("frames", FramesSection)
    params = params.model_copy(update={"max_frames": 100, "interval": None})
    suffixes = {suffix for form in READ for suffix in form.suffixes}
    frames = {name: FRAMES for name, *_ in CLIPS} | {"animated.webp": 3, "animated.avif": 3}
    for path in make_all(tmp_path):
        found = result(path, params)
        if path.suffix in suffixes - {".mp4"} and path.name not in _REFUSED:
            assert found.frames == frames.get(path.name, 1), found
        elif path.name != "lfs_pointer.mp4" and path.suffix not in suffixes:
            assert found.frames == 0
            assert "which is not read: convert it with" in found.said
            assert "read are" in found.said
