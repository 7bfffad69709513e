"""A temporary copy of the working tree, in which the pipeline runs."""

import csv
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from proofs.clones import dvc, environment
from tests.support.paths import ROOT


@dataclass(frozen=True)
class Copy:
    """A copy of the repository in which the pipeline has run."""

    root: Path

    def dvc(self, *args):
        done = dvc(self.root, *args)
        assert done.returncode == 0, f"dvc {' '.join(args)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def git(self, *args):
        subprocess.run(["git", *args], cwd=self.root, check=True, capture_output=True)

    def run(self, module, *args):
        """Run ``python -m MODULE``."""
        command = [sys.executable, "-m", module, *args]
        done = subprocess.run(
            command, cwd=self.root, env=environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"

    def stages_run_by(self, *args):
        """Run ``dvc repro`` and name the stages that it ran."""
        lines = self.dvc("repro", *args).splitlines()
        return {line.split("'")[1] for line in lines if line.startswith("Running stage")}

    def commit(self, message):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)


def rows(path):
    """Rows of a CSV file."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def copy_of_repository(root):
    """Copy the working tree without results, as a repository of its own."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
    for made in ("metrics", "plots", "dvc.lock"):  # a team's own results are not ours
        path = root / made
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    copy = Copy(root)
    copy.git("init", "--quiet")
    copy.git("config", "user.name", "tests")
    copy.git("config", "user.email", "tests@example.org")
    return copy
