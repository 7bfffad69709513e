"""What `dvc plots show` draws, from the plots in git."""

from pathlib import Path

import pytest
from dvc.render.match import match_defs_renderers
from dvc.repo import Repo
from dvc_render.html import HTML

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def titles():
    with Repo(str(ROOT)) as repo:
        drawn = match_defs_renderers(repo.plots.show(), templates_dir=repo.plots.templates_dir)
        return [found.renderer.properties["title"] for found in drawn]


def test_the_comparison_of_models_comes_first_and_once(titles):
    assert titles[0] == "All models: ROC curves"
    assert titles.count(titles[0]) == 1
    assert "plots/roc_models.csv" not in titles


def test_titles_are_words_except_of_the_files_of_a_folder(titles):
    assert "vgg16: reliability" in titles
    assert not [title for title in titles if title.endswith((".csv", ".json"))]


def test_the_offline_template_loads_nothing_from_a_server():
    page = HTML((ROOT / ".dvc/plots/offline.html").read_text()).with_element("plot").embed()
    assert "plot" in page
    assert "http" not in page
    assert "{" not in page
