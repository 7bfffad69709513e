"""The rules of the house: who may import whom, and that declarations are complete."""

import re
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
import yaml
from dvc.repo import Repo
from dvc.stage import PipelineStage
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from proofs.dependencies import problems_of
from stages.common.code import imported_files
from tests.support.pins import pins_of

ROOT = Path(__file__).parent.parent
STAGES = sorted(
    path.name for path in (ROOT / "stages").iterdir() if (path / "__main__.py").is_file()
)
PROFILES = sorted((ROOT / "profiles").glob("*.yaml"))
WORK_OF_OTHERS = {"faces": ["frames", "detect"]}  # with frames.store: false it does theirs too


def python_files(room):
    return [path.relative_to(ROOT) for path in sorted((ROOT / room).rglob("*.py"))]


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_imports_only_itself_and_common(stage):
    for path in python_files(f"stages/{stage}"):
        rooms = {found.parts[1] for found in imported_files(path, ROOT) if len(found.parts) > 2}
        assert rooms <= {stage, "common", *WORK_OF_OTHERS.get(stage, ())}, path


def test_common_imports_no_stage():
    for path in python_files("stages/common"):
        rooms = {found.parts[1] for found in imported_files(path, ROOT) if len(found.parts) > 2}
        assert rooms <= {"common"}, path


@pytest.mark.parametrize("room", ["stages", "app", "review"])
def test_nothing_imports_the_outer_rooms(room):
    outer = {"app", "review", "bench", "proofs", "tests"} - {room}
    for path in python_files(room):
        assert not {found.parts[0] for found in imported_files(path, ROOT)} & outer, path


def test_tests_mirror_what_they_test():
    astray = set()
    for path in python_files("tests"):
        folder = path.parent.relative_to("tests")
        # At the top and in `pipeline`: what spans several folders, or the whole of dvc.yaml
        if path.name.startswith("test_") and folder not in {Path(), Path("pipeline")}:
            room = Path("stages") if (ROOT / "stages" / folder).is_dir() else Path()
            named = r"\b" + r"[./]".join((room / folder).parts) + r"\b"
            if not (ROOT / room / folder).is_dir() or not re.search(named, path.read_text()):
                astray.add(path)
    assert not astray


def test_another_process_imports_our_tests_not_those_that_a_library_installs():
    """Functions of tests are called in processes that pytest has not prepared."""
    subprocess.run([sys.executable, "-c", "import tests.common.test_sandbox"], check=True)


def test_tests_share_through_tests_support_alone():
    for path in python_files("tests"):
        others = {found for found in imported_files(path, ROOT) if found.parts[0] == "tests"}
        assert {found.parts[1] for found in others - {path}} <= {"support", "__init__.py"}, path


def test_every_stage_declares_its_code_and_parameters():
    with Repo(str(ROOT)) as repo:
        problems = {
            stage.addressing: found
            for stage in repo.index.stages
            if isinstance(stage, PipelineStage) and (found := problems_of(stage, ROOT))
        }
    assert not problems


def test_a_command_takes_names_alone():
    """DVC's own configuration says how it writes lists and truths of params.yaml in a command."""
    entries = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"].values()
    commands = [entry.get("do", entry)["cmd"] for entry in entries]
    taken = {name for command in commands for name in re.findall(r"\$\{(.+?)\}", command)}
    assert taken == {"key", *(f"item.{name}" for name in ("dataset", "role", "backbone", "seed"))}


def test_dvc_yaml_reads_in_the_order_of_the_data_and_names_every_stage():
    declared = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    run = {entry.get("do", entry)["cmd"].split()[2] for entry in declared.values()}
    assert run == {f"stages.{stage}" for stage in STAGES}
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text()
    assert all(f"`{stage}" in text for stage in STAGES)


def test_the_models_of_the_default_run_are_in_the_model_registry():
    artifacts = yaml.safe_load((ROOT / "dvc.yaml").read_text())["artifacts"]
    backbones = yaml.safe_load((ROOT / "params.yaml").read_text())["backbones"]
    assert {name: entry["path"] for name, entry in artifacts.items()} == {
        name.replace("_", "-"): f"models/{name}" for name in backbones
    }
    for entry in artifacts.values():
        assert entry["type"] == "model"
        assert entry["desc"].endswith(f"metrics/cards/{Path(entry['path']).name}.md")


@pytest.mark.parametrize("name", ["", "-gpu", "-app", "-dev", "-bench"])
def test_versions_yaml_is_what_the_requirements_install(name):
    pins = pins_of(f"requirements{name}.txt")
    pinned = {pin.name: str(pin.specifier).removeprefix("==") for pin in pins}
    groups = yaml.safe_load((ROOT / "versions.yaml").read_text())
    versions = [item for group in groups.values() for item in group.items()]
    assert len(dict(versions)) == len(versions)
    assert dict(versions).items() <= pinned.items()


@pytest.mark.parametrize("name", ["", "-gpu", "-app", "-dev", "-bench"])
def test_a_pin_names_the_extras_that_other_packages_ask_for(name):
    """With hashes, pip else looks for the newest version with that extra, and refuses it."""
    pins = pins_of(f"requirements{name}.txt")
    extras = {canonicalize_name(pin.name): pin.extras for pin in pins}
    asked = set()
    for package in extras:
        with suppress(PackageNotFoundError):  # one of another purpose's
            asked |= {
                (wanted.name, frozenset(wanted.extras))
                for wanted in map(Requirement, distribution(package).requires or [])
                if wanted.extras
                and (
                    wanted.marker is None
                    or any(wanted.marker.evaluate({"extra": x}) for x in {"", *extras[package]})
                )
            }
    assert asked
    for wanted, of_it in asked:
        assert of_it <= extras[canonicalize_name(wanted)], wanted
