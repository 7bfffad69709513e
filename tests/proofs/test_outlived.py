"""A stage that outlived the `dvc repro` that started it does the next run no harm."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from proofs.clones import dvc_started

ROOT = Path(__file__).parents[2]
STAGE = '''
"""A stage that takes its time, and notes when it was at work."""
import time
from pathlib import Path
from stages.common.command import run_stage

def main():
    """Write the out in two halves."""
    out = Path("out.txt")
    with Path(".work/times").open("a") as times:
        print(time.monotonic(), end=" ", file=times, flush=True)
        out.write_text("half ")
        while not Path("go").exists():
            time.sleep(0.05)
        out.write_text("half whole")  # `dvc repro` has removed the half
        print(time.monotonic(), file=times)

if __name__ == "__main__":
    run_stage(main)
'''
STAGES = {"toy": {"cmd": "python -m toy", "deps": ["toy"], "outs": ["out.txt"]}}


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "__init__.py").touch()
    (tmp_path / "toy" / "__main__.py").write_text(STAGE)
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump({"stages": STAGES}))
    (tmp_path / ".dvcignore").write_text("__pycache__\n")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    subprocess.run([sys.executable, "-m", "dvc", "init", "--quiet"], cwd=tmp_path, check=True)
    yield tmp_path
    (tmp_path / "go").touch()  # whatever came of it, nothing waits for ever


@pytest.mark.end_to_end
@pytest.mark.timeout(300)
def test_the_next_run_waits_for_a_child_that_outlived_dvc(repository):
    times = repository / ".work" / "times"
    first = dvc_started(repository, "repro")
    while not times.exists() or not times.read_text():
        assert first.poll() is None
        time.sleep(0.05)
    first.kill()  # its child is left alone
    first.wait()
    second = dvc_started(repository, "repro")
    for line in second.stdout:
        if "waiting for another process that runs this stage" in line:
            (repository / "go").touch()
    assert second.wait() == 0
    assert (repository / "go").exists()
    spans = [line.split() for line in times.read_text().splitlines()]
    (began, ended), (again, _) = ([float(word) for word in span] for span in spans)
    assert began < ended <= again
    assert (repository / "out.txt").read_text() == "half whole"
    assert (repository / "dvc.lock").exists()
    first.stdout.close()
    second.stdout.close()
