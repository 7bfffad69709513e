"""The workflows of GitHub Actions: well-formed, pinned, and every command in them exists."""

import os
import re
import shlex
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
ELSEWHERE = {"cml", "cat"}
"""Commands that the runner or an action brings."""


def steps(path):
    for job in yaml.safe_load(path.read_text())["jobs"].values():
        yield from job["steps"]


def test_each_has_its_own_work():
    commands = {path.stem: [step.get("run", "") for step in steps(path)] for path in WORKFLOWS}
    assert commands.keys() == {"tests", "nightly", "report", "lock", "audit"}
    assert "scripts/audit" in commands["audit"]
    assert ".ci/run" in commands["tests"]
    assert ".ci/run -m slow" in commands["nightly"]
    assert ".venv/bin/python -m proofs.lock" in commands["lock"]
    assert any("-m review" in command for command in commands["report"])
    assert any(command.startswith("cml comment") for command in commands["report"])


def test_the_tests_are_those_that_people_run():
    assert (ROOT / ".ci/run").read_text().rstrip().endswith('scripts/test "$@"')


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
class TestWorkflow:
    def test_it_starts_by_itself_and_ends(self, path):
        workflow = yaml.safe_load(path.read_text())
        start, most = ("schedule", 180) if path.stem == "nightly" else ("pull_request", 60)
        assert start in workflow[True]  # YAML 1.1 reads the key `on` so
        assert all(job["timeout-minutes"] <= most for job in workflow["jobs"].values())

    def test_actions_are_pinned_by_commit_with_their_version_beside(self, path):
        used = re.findall(r"uses: (.*)", path.read_text())
        assert used
        for action in used:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action

    def test_it_may_do_no_more_than_it_needs(self, path):
        needed = {"contents": "read"}
        if path.stem == "report":
            needed["pull-requests"] = "write"
        assert yaml.safe_load(path.read_text())["permissions"] == needed

    def test_nothing_that_a_stranger_writes_reaches_a_shell(self, path):
        assert not any("${{" in step.get("run", "") for step in steps(path))

    def test_every_command_exists(self, path):
        for step in steps(path):
            if "run" not in step:
                continue
            args = shlex.split(step["run"])
            if args[0] == ".venv/bin/python":
                assert args[1] == "-m"
                module = ROOT / args[2].replace(".", "/")
                assert module.with_suffix(".py").is_file() or (module / "__main__.py").is_file()
            elif args[0] not in ELSEWHERE:
                assert os.access(ROOT / args[0], os.X_OK), args[0]

    def test_every_file_that_an_action_reads_exists(self, path):
        for step in steps(path):
            if cached := step.get("with", {}).get("cache-dependency-path"):
                assert (ROOT / cached).is_file()


def test_the_report_is_posted_from_where_it_is_written():
    posted = (ROOT / ".github/workflows/report.yml").read_text()
    written = (ROOT / "review/__main__.py").read_text()
    assert 'default=Path(".work/review")' in written
    assert posted.count(".work/review/report.md") == 2
