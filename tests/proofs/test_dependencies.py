"""A declaration that lacks something, or has too much, is found."""

from types import SimpleNamespace

import pytest
from dvc.repo import Repo

from proofs.dependencies import faults_of


@pytest.fixture
def faults(tmp_path, monkeypatch):
    """Faults of the declaration of one made stage."""

    def find(deps, params):
        files = {
            "stages/__init__.py": "",
            "stages/one/__init__.py": "",
            "stages/one/__main__.py": (
                "from stages.one.work import work\n"
                "import stages.shared as shared\n"
                "load('one', dict)\nload(f'models.{name}', dict)\npinned('numpy')\n"
            ),
            "stages/one/work.py": "def work():\n    from stages import late\n",
            "stages/shared.py": "",
            "stages/late.py": "",
            "stages/unused.py": "",
            "params.yaml": "one: 1\ntwo: 2\nmodels: {a: 1}\n",
            "versions.yaml": "numpy: 1\nscipy: 1\n",
            "dvc.yaml": (
                f"stages:\n  one:\n    cmd: python -m stages.one\n"
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
            (stage,) = repo.index.stages
            return faults_of(stage, tmp_path)

    return find


CODE = ["stages/__init__.py", "stages/one", "stages/shared.py", "stages/late.py"]
PARAMS = "one, models.a, versions.yaml: [numpy]"


def test_a_complete_declaration_has_no_fault(faults):
    assert faults(CODE, PARAMS) == []


def test_each_kind_of_fault_is_found(faults):
    cases = SimpleNamespace(
        lacks_code=faults([dep for dep in CODE if "shared" not in dep], PARAMS),
        lacks_late_import=faults([dep for dep in CODE if "late" not in dep], PARAMS),
        too_wide=faults([*CODE, "stages/unused.py"], PARAMS),
        lacks_param=faults(CODE, "models.a, versions.yaml: [numpy]"),
        lacks_version=faults(CODE, "one, models.a"),
        unread_param=faults(CODE, PARAMS.replace("one,", "one, two,")),
        unread_version=faults(CODE, PARAMS.replace("numpy", "numpy, scipy")),
    )
    assert vars(cases) == {
        "lacks_code": ["does not declare stages/shared.py"],
        "lacks_late_import": ["does not declare stages/late.py"],
        "too_wide": ["declares stages/unused.py, not imported"],
        "lacks_param": ["reads one, not declared"],
        "lacks_version": ["reads versions.yaml:numpy, not declared"],
        "unread_param": ["declares two, not read"],
        "unread_version": ["declares versions.yaml:scipy, not read"],
    }
