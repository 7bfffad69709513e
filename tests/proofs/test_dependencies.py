"""A declaration that lacks something, or has too much, is found."""

from types import SimpleNamespace

import pytest
from dvc.repo import Repo

from proofs.dependencies import problems_of

FILES = {
    "stages/__init__.py": "",
    "stages/one/__init__.py": "",
    "stages/one/__main__.py": (
        "from stages.one.work import work\n"
        "load('one', dict)\nload(f'models.{name}', dict)\npinned('media')\n"
    ),
    "stages/one/work.py": "def work():\n    from stages import late\n",
    "stages/late.py": "load('late', dict)\n",
    "stages/train/__init__.py": "",
    "stages/train/__main__.py": "load('recipe', dict)\n",
    "stages/train/backbones.py": "load('models', dict)\nBACKBONES = {'vgg16': 1, 'resnet50': 2}\n",
    "params.yaml": "one: 1\ntwo: 2\nlate: 3\nmodels: {a: 1}\nrecipe: {}\n",
    "versions.yaml": "media: {av: 1}\nstatistics: {scipy: 1}\n",
}


@pytest.fixture
def problems(tmp_path, monkeypatch):
    """Errors of the declaration of one made stage."""

    def find(deps, params, stage="one"):
        files = FILES | {
            "dvc.yaml": (
                f"stages:\n  made:\n    cmd: python -m stages.{stage}\n"
                f"    deps: [{', '.join(deps)}]\n    params: [{params}]\n"
            ),
        }
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        monkeypatch.chdir(tmp_path)
        if not (tmp_path / ".dvc").exists():
            Repo.init(no_scm=True)
        with Repo() as repo:
            (made,) = repo.index.stages
            return problems_of(made, tmp_path)

    return find


CODE = ["data/code/one.json"]
PARAMS = "one, late, models.a, versions.yaml: [media]"


def test_a_complete_declaration_has_no_error(problems):
    assert problems(CODE, PARAMS) == []


def test_each_kind_of_error_is_found(problems):
    cases = SimpleNamespace(
        lacks_code=problems(["stages/late.py"], PARAMS),
        lacks_param=problems(CODE, PARAMS.replace("one, ", "")),
        lacks_param_of_a_late_import=problems(CODE, PARAMS.replace("late, ", "")),
        lacks_version=problems(CODE, "one, late, models.a"),
        unread_param=problems(CODE, PARAMS.replace("one,", "one, two,")),
        unread_version=problems(CODE, PARAMS.replace("media", "media, statistics")),
    )
    assert vars(cases) == {
        "lacks_code": ["does not declare data/code/one.json"],
        "lacks_param": ["reads one, not declared"],
        "lacks_param_of_a_late_import": ["reads late, not declared"],
        "lacks_version": ["reads versions.yaml:media, not declared"],
        "unread_param": ["declares two, not read"],
        "unread_version": ["declares versions.yaml:statistics, not read"],
    }


def test_a_stage_with_variants_declares_just_one(problems):
    code = [f"data/code/train{name}.json" for name in ("", "/vgg16", "/resnet50")]
    assert problems(code[:2], "recipe, models", "train") == []
    assert problems(code[:2], "recipe", "train") == ["reads models, not declared"]
    expected = "files in data/code/train, expected one"
    assert problems(code[:1], "recipe", "train") == [f"declares 0 {expected}"]
    assert problems(code, "recipe, models", "train") == [f"declares 2 {expected}"]
