"""The whole pipeline in the tiny profile, in a temporary copy of the working tree."""

import pytest

from stages.profiles import write_params
from tests.support.repository_copy import copy_of_repository


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """A copy with the tiny profile as its params.yaml, after one ``dvc repro``, committed."""
    copy = copy_of_repository(tmp_path_factory.mktemp("tiny") / "repo")
    write_params(["tiny"], copy.root, force=True)
    copy.commit("tiny profile")
    copy.dvc("repro")
    copy.commit("results of the tiny profile")
    return copy
