"""Names of files and of rows."""

import sys

import pytest

from stages.common.errors import ParamsError
from stages.common.registry import Modules, find


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Two public modules, of which one cannot be imported, and what is not public."""
    (tmp_path / "made_things").mkdir()
    for name in ("__init__", "_shared", "two"):
        (tmp_path / "made_things" / f"{name}.py").write_text("VALUE = 2\n")
    (tmp_path / "made_things" / "one.py").write_text("import no_such_module\n")
    (tmp_path / "made_things" / "notes.txt").write_text("none")
    monkeypatch.syspath_prepend(tmp_path)
    yield Modules("made_things")
    for name in [name for name in sys.modules if name.partition(".")[0] == "made_things"]:
        del sys.modules[name]


def test_modules_are_listed_without_being_imported(package):
    assert list(package) == ["one", "two"]
    assert len(package) == 2
    assert "one" in package
    assert "_shared" not in package
    assert "made_things.two" not in sys.modules
    assert find("thing", "two", package).VALUE == 2


@pytest.mark.parametrize("name", ["three", "_shared", "two.VALUE", ""])
def test_a_name_that_is_none_is_refused_with_those_that_there_are(package, name):
    with pytest.raises(ParamsError, match=f"unknown thing {name!r}; known are one, two"):
        find("thing", name, package)
    with pytest.raises(ParamsError, match=f"unknown row {name!r}; known are a, b"):
        find("row", name, {"b": 1, "a": 2})
