"""Every package that a user installs stands with its licence in docs/licences.md."""

import re

import pytest
from packaging.utils import canonicalize_name

from tests.support.paths import ROOT
from tests.support.pins import pins_of

PAGE = (ROOT / "docs/licences.md").read_text()
LISTED = dict(re.findall(r"^\| ([A-Za-z0-9_.-]+) +\| (.+?) +\|$", PAGE, re.MULTILINE))


def pinned(name):
    return {canonicalize_name(pin.name) for pin in pins_of(name)}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-app.txt"])
def test_each_pinned_package_is_listed(name):
    assert pinned(name) <= set(map(canonicalize_name, LISTED))


def test_nothing_else_is_listed():
    del LISTED["Name"]
    assert set(map(canonicalize_name, LISTED)) == pinned("requirements-app.txt")


def test_a_package_without_a_stated_licence_is_explained():
    prose = PAGE.split("| Name")[0]
    for name, licence in LISTED.items():
        if licence in ("", "UNKNOWN"):
            assert f"`{name}`" in prose


def test_what_the_gpu_adds_is_nvidias_alone():
    added = pinned("requirements-gpu.txt") - pinned("requirements.txt")
    assert all(name.startswith("nvidia-") for name in added)
    assert "NVIDIA" in PAGE
