"""What a person sees of a command: its own lines."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.support.paths import ROOT

pytestmark = pytest.mark.end_to_end

WORK = '''
"""A stage whose workers take their time."""
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from stages.common import command
from stages.common.items import Job, run_items
from tests.support.work import work

command.recorded_code = lambda stage: None

def main() -> None:
    paths = sorted(Path("in").iterdir())
    jobs = [Job("d", "real", path.name, path.name, path) for path in paths]
    run_items(work, jobs, Path("out"), {{"versions": {{}}}}, {{}}, "made", 1.0)

if __name__ == "__main__":
    command.run_stage(main)
'''


@pytest.fixture
def start(tmp_path):
    """Start a stage of two workers on files with such words, with all processes in one group."""
    started = []

    def run(*words: str) -> subprocess.Popen[str]:
        package = tmp_path / "made"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(WORK.format(root=str(ROOT)))
        (tmp_path / "in").mkdir()
        for number, word in enumerate(words):
            (tmp_path / "in" / f"{number:03d}").write_text(word)
        stage = subprocess.Popen(
            [sys.executable, "-m", "made"],
            cwd=tmp_path,
            env=os.environ | {"MACHINE_WORKERS": "2", "PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # A shell in the background starts its commands with Ctrl-C ignored
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        started.append(stage)
        return stage

    yield run
    for stage in started:
        if stage.poll() is None:
            os.killpg(stage.pid, signal.SIGKILL)
            stage.wait()


def lines_of(text: str) -> list[str]:
    """Lines of standard error, of a progress bar its last state."""
    return [line.split("\r")[-1] for line in text.splitlines()]


def test_ctrl_c_is_one_line_and_exit_code_130(start, tmp_path):
    stage = start(*["slow"] * 200)
    out = tmp_path / "out"
    while not any(out.rglob("*.zip")) and stage.poll() is None:
        time.sleep(0.05)
    os.killpg(stage.pid, signal.SIGINT)  # as a terminal does: to all processes
    _, said = stage.communicate(timeout=120)
    assert stage.returncode == 130, said
    own = [line for line in lines_of(said) if not re.match(r"made: +[0-9]+/200 ", line)]
    assert own == [
        "made: 200 to work on, 0 reused",
        "made: interrupted; what was finished is kept",
    ], said


def test_a_mistake_is_one_line_after_those_of_the_stage(start):
    stage = start("mistake", "fine")
    _, said = stage.communicate(timeout=120)
    assert stage.returncode == 1, said
    assert "no such weights" in lines_of(said)[-1]
    assert "Traceback" not in said
    assert len(lines_of(said)) <= 4, said


@pytest.mark.parametrize("of", ["stages.common.command", "bench", "proofs"])
def test_tensorflow_starts_without_a_word(of):
    command = f"import {of}, keras; keras.ops.ones(1); print(keras.backend.backend())"
    environment = {name: of for name, of in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run(
        [sys.executable, "-c", command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("tensorflow\n", "")


@pytest.mark.parametrize("folder", ["train", "evaluate", "robustness", "explain"])
def test_a_stage_is_quiet_before_it_imports_keras(folder):
    """`stages.common.command` comes first of all that imports Keras."""
    command = (
        "import sys, types; keras = types.ModuleType('keras')\n"
        "class Finder:\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name.split('.')[0] in ('keras', 'tensorflow'):\n"
        "            print('stages.common.command' in sys.modules); sys.stdout.flush()\n"
        "            import os; os._exit(0)\n"
        "sys.meta_path.insert(0, Finder())\n"
        f"import stages.{folder}.__main__\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout == "True\n", done.stderr


def test_what_a_crash_of_the_import_says_is_not_lost(tmp_path):
    package = tmp_path / "tensorflow"
    package.mkdir()
    (package / "__init__.py").write_text(
        "import os\n"
        "os.write(2, b'I0000 00:00 stub.cc:1] no GPU\\nF0000 00:00 guard.cc:1] needs AVX\\n')\n"
        "os.abort()\n"
    )
    command = "import stages.common.command, tensorflow"
    done = subprocess.run(
        [sys.executable, "-c", command],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGABRT
    assert done.stderr == "F0000 00:00 guard.cc:1] needs AVX\n"
