"""Every package that a user installs stands with its licence in docs/licences.md."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/licences.md").read_text()
LISTED = dict(re.findall(r"^\| ([A-Za-z0-9_.-]+) +\| (.+?) +\|$", PAGE, re.MULTILINE))


def plain(name):
    """A package's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(name):
    text = (ROOT / name).read_text()
    return set(map(plain, re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==", text, re.MULTILINE)))


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-app.txt"])
def test_each_pinned_package_is_listed(name):
    assert pinned(name) <= set(map(plain, LISTED))


def test_nothing_else_is_listed():
    del LISTED["Name"]
    assert set(map(plain, LISTED)) == pinned("requirements-app.txt")


def test_a_package_without_a_stated_licence_is_explained():
    prose = PAGE.split("| Name")[0]
    for name, licence in LISTED.items():
        if licence in ("", "UNKNOWN"):
            assert f"`{name}`" in prose


def test_what_the_gpu_adds_is_nvidias_alone():
    added = pinned("requirements-gpu.txt") - pinned("requirements.txt")
    assert all(name.startswith("nvidia-") for name in added)
    assert "NVIDIA" in PAGE
