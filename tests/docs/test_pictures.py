"""The pictures of the README, which docs/pictures.py makes."""

import re
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="pictures of pages need playwright")

from docs.pictures import BEGIN, END, PICTURES, README, ROOT, pipeline


def test_the_drawing_of_the_pipeline_is_that_of_dvc_yaml():
    drawn = README.read_text().split(BEGIN)[1].split(END)[0]
    assert drawn == pipeline(), "run `python -m docs.pictures pipeline`"


def test_it_names_each_stage_of_the_default_run_once_in_its_box():
    text = pipeline()
    dataset, rest = text.split('subgraph backbone["each backbone"]')
    backbone, outer = rest.split("  end\n")
    assert "index --> frames" in dataset
    assert "train --> evaluate" in backbone
    assert "split --> backbone" in outer
    assert "backbone --> compare" in outer
    assert "code" not in text


def test_every_picture_is_there_and_small():
    shown = {ROOT / path for path in re.findall(r'src="([^"]+)"', README.read_text())}
    assert shown <= set(PICTURES.glob("*.png"))
    assert max(path.stat().st_size for path in PICTURES.glob("*.png")) < 150_000


def test_each_badge_is_of_a_workflow():
    text = README.read_text()
    badges = re.findall(r"actions/workflows/([\w.]+)/badge\.svg\)\]\(\S+/([\w.]+)\)", text)
    assert badges
    for badge, link in badges:
        assert badge == link
        assert Path(ROOT / ".github/workflows" / badge).is_file()
