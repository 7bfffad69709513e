"""One rule for the names of datasets, and no name twice."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from stages.__main__ import Pipeline
from stages.common.datasets import DatasetName
from stages.common.errors import ParamsError
from stages.common.params import check
from stages.profiles import profile


@pytest.mark.parametrize("name", ["mine", "Celeb_DF-v2", "ff_c23", "x"])
def test_names_of_datasets(name):
    assert check(name, DatasetName, "datasets") == name


@pytest.mark.parametrize(
    "name",
    ["ff.c23", "Celeb DF", "a@b", "2019", "no", "null", "On", "", "a/b", "é", "-a", "a\n", 2019],
)
def test_names_that_other_programs_take_for_something_else_are_refused(name):
    with pytest.raises(ParamsError, match="datasets"):
        check(name, DatasetName, "datasets")


@given(st.text())
def test_a_name_that_passes_is_the_same_in_yaml(name):
    try:
        check(name, DatasetName, "datasets")
    except ParamsError:
        return
    assert yaml.safe_load(f"{name}: {{role: seen}}") == {name: {"role": "seen"}}


@pytest.mark.parametrize(
    ("key", "value"), [("detectors", "dlib"), ("backbones", "vgg16"), ("seeds", 1)]
)
def test_a_name_twice_in_a_list_is_refused(key, value):
    values = profile("sample")
    values[key] = [value, value]
    with pytest.raises(ParamsError, match=rf"{key} names '?{value}'? twice"):
        check(values, Pipeline, "params.yaml: ")


def test_the_whole_file_checks_the_names_of_datasets():
    values = profile("sample")
    values["datasets"]["ff.c23"] = values["datasets"].pop("sample")
    with pytest.raises(ParamsError, match=r"ff\.c23.* begins with a letter"):
        check(values, Pipeline, "params.yaml: ")
