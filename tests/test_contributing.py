"""What CONTRIBUTING.md shows of how to add a thing can be done as shown."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ADDED = re.findall(
    r"^### (?:A|An) (\w+)\n.*?^```diff\n(.*?)^```",
    (ROOT / "CONTRIBUTING.md").read_text(),
    re.DOTALL | re.MULTILINE,
)


def test_every_kind_of_thing_is_shown():
    kinds = ["stage", "layout", "detector", "backbone", "augmentation", "metric"]
    assert [kind for kind, _ in ADDED] == kinds


@pytest.mark.parametrize("diff", [diff for _, diff in ADDED], ids=[kind for kind, _ in ADDED])
def test_its_diff_applies(diff):
    done = subprocess.run(
        ["git", "apply", "--check", "-"],
        cwd=ROOT,
        input=diff,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
