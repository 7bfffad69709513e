"""What a stage runs again for: a changed function that it imports, and nothing else."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stages.common import code
from stages.common.code import code_files, code_of, imported_files, recorded_code
from stages.common.errors import StaleCode

ROOT = Path(__file__).parents[2]

FILES = {
    "stages/__init__.py": "",
    "stages/common/__init__.py": "",
    "stages/common/words.py": "def join(words):\n    return ' '.join(words)\n",
    "stages/common/sums.py": "def add(a, b):\n    return a + b\n",
    "stages/detect/__init__.py": "",
    "stages/detect/__main__.py": "",
    "stages/detect/detectors/__init__.py": "",
    "stages/detect/detectors/mtcnn.py": "from stages.common.sums import add\n",
    "stages/detect/detectors/dlib.py": "LEAST = 80\n",
    "stages/index/__init__.py": "",
    "stages/index/__main__.py": "from stages.common.words import join\n",
    "stages/index/layouts/__init__.py": "",
    "stages/index/layouts/_shared.py": "SUFFIX = '.mp4'\n",
    "stages/index/layouts/dfdc.py": "from stages.index.layouts._shared import SUFFIX\n",
    "stages/index/layouts/folder.py": "LOOKS_FOR = 'real and fake'\n",
    "stages/train/__init__.py": "",
    "stages/train/__main__.py": (
        "from stages.common.sums import add\nfrom stages.train.backbones import BACKBONES\n"
    ),
    "stages/train/backbones.py": """
import keras

class Backbone:
    size = 1

def he_normal(network):
    return scale(network)

def scale(network):
    return network

def caffe(crops):
    return crops

def smallest(name):
    return BACKBONES[name].size, LEAST

LEAST = 32

BACKBONES: dict[str, Backbone] = {
    "vgg16": Backbone(he_normal, caffe, size=224),
    "resnet50": Backbone(caffe, size=224),
}
""",
}
BACKBONES = "stages/train/backbones.py"


@pytest.fixture
def tree(tmp_path, monkeypatch):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_code_files():
    for path, text in code_files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def changed_by(file, old, new):
    """Names of the digest files that differ after an edit."""
    before = code_files()
    text = Path(file).read_text()
    assert old in text
    Path(file).write_text(text.replace(old, new))
    after = code_files()
    return {
        str(path.relative_to("data/code").with_suffix(""))
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path)
    }


def test_every_stage_and_each_of_its_variants_has_a_file(tree):
    assert {str(path.relative_to("data/code")) for path in code_files()} == {
        "detect.json",
        "index.json",
        "index/dfdc.json",
        "index/folder.json",
        "train.json",
        "train/vgg16.json",
        "train/resnet50.json",
    }


@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("stages/common/sums.py", "    return", "    # why\n    return", set()),
        ("stages/common/sums.py", "    return", '    """What."""\n    return', set()),
        ("stages/common/sums.py", "a + b", "(a\n            + b)", set()),
        ("stages/common/sums.py", "a + b", "b + a", {"detect", "train"}),
        ("stages/common/words.py", "' '", "'-'", {"index"}),
        ("stages/common/__init__.py", "", "X = 1\n", {"detect", "index", "train"}),
        ("stages/index/layouts/folder.py", "real and", "real or", {"index/folder"}),
        ("stages/index/layouts/_shared.py", "mp4", "avi", {"index/dfdc"}),
        ("stages/detect/detectors/dlib.py", "80", "40", {"detect"}),
        (BACKBONES, "Backbone(caffe, size=224)", "Backbone(caffe, size=64)", {"train/resnet50"}),
        (BACKBONES, "return scale(network)", "return 2 * scale(network)", {"train/vgg16"}),
        (BACKBONES, "    return network", "    return -network", {"train/vgg16"}),
        (BACKBONES, "return crops", "return -crops", {"train/vgg16", "train/resnet50"}),
        (BACKBONES, "size = 1", "size = 2", {"train/vgg16", "train/resnet50"}),
        (BACKBONES, "LEAST = 32", "LEAST = 48", {"train"}),
        (BACKBONES, "import keras", "import numpy", {"train"}),
        (BACKBONES, '"resnet50": Backbone(caffe, size=224),\n', "", {"train/resnet50"}),
    ],
)
def test_an_edit_changes_the_digests_of_what_runs_it(tree, file, old, new, changed):
    assert changed_by(file, old, new) == changed


def test_a_definition_that_rows_and_the_stage_share_counts_for_both(tree):
    text = (tree / BACKBONES).read_text()
    (tree / BACKBONES).write_text(text.replace("BACKBONES[name].size", "caffe(name)"))
    changed = changed_by(BACKBONES, "return crops", "return -crops")
    assert changed == {"train", "train/vgg16", "train/resnet50"}


def test_recorded_code_is_what_the_stage_runs(tree):
    write_code_files()
    assert set(recorded_code("train")) == {
        "stages/__init__.py",
        "stages/common/__init__.py",
        "stages/common/sums.py",
        "stages/train/__init__.py",
        "stages/train/__main__.py",
        BACKBONES,
    }
    assert set(recorded_code("train", "vgg16")) == {
        f"{BACKBONES}::{name}" for name in ("vgg16", "he_normal", "scale", "caffe", "Backbone")
    }


def test_of_an_items_code_counts_what_its_module_imports(tree):
    write_code_files()
    (tree / "stages/index/__main__.py").write_text("from stages.index.work import work\n")
    (tree / "stages/index/work.py").write_text("from stages.common.words import join\n")
    write_code_files()

    def work():
        pass

    work.__module__ = "stages.index.work"
    assert code_of(work, "index").keys() == recorded_code("index").keys() - {
        "stages/index/__main__.py"
    }


def test_of_an_items_code_counts_one_detector_of_several(tree):
    write_code_files()

    def make():
        pass

    make.__module__ = "stages.detect.detectors.dlib"
    assert "stages/detect/detectors/dlib.py" in code_of(make, "detect")
    assert "stages/detect/detectors/mtcnn.py" not in code_of(make, "detect")
    assert "stages/detect/detectors/mtcnn.py" in recorded_code("detect")


@pytest.mark.parametrize(
    ("file", "args"),
    [
        ("stages/common/sums.py", ("train",)),
        (BACKBONES, ("train", "vgg16")),
        ("stages/index/layouts/dfdc.py", ("index", "dfdc")),
    ],
)
def test_code_that_changed_since_it_was_recorded_is_refused(tree, file, args):
    write_code_files()
    text = Path(file).read_text()
    Path(file).write_text(
        text.replace("return scale", "return 3 * scale") if file == BACKBONES else text + "X = 1\n"
    )
    with pytest.raises(StaleCode, match=r"run `dvc repro code`, then this again") as caught:
        recorded_code(*args)
    assert file in str(caught.value)
    assert "\n" not in str(caught.value)


def test_code_that_was_never_recorded_is_refused(tree):
    with pytest.raises(StaleCode, match=r"data/code/train\.json .*run `dvc repro code`"):
        recorded_code("train")


def test_packages_above_a_module_are_part_of_it(tree):
    found = imported_files(Path("stages/index/layouts/folder.py"))
    assert Path("stages/index/__init__.py") in found


@pytest.mark.end_to_end
def test_a_stage_run_by_hand_refuses_code_that_is_not_recorded(tmp_path):
    shutil.copytree(ROOT / "stages", tmp_path / "stages")
    for name in ("params.yaml", "versions.yaml"):
        shutil.copy(ROOT / name, tmp_path)

    def run(*args):
        command = [sys.executable, "-m", *args]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert run("stages.code").returncode == 0
    assert "data/index/nobody.csv" in run("stages.frames", "nobody").stderr
    with (tmp_path / "stages/frames/choose.py").open("a") as file:
        file.write("X = 1\n")
    refused = run("stages.frames", "nobody")
    assert refused.returncode == 1
    assert refused.stderr.strip() == (
        "error: stages/frames/choose.py is not the code that data/code/frames.json records: "
        "run `dvc repro code`, then this again"
    )


def test_the_tables_and_packages_of_variants_exist():
    for stage in code.VARIANTS:
        assert code.variant_names(stage, ROOT), stage
