"""Show that each stage works in a folder that contains only what it declares.

Command
    ``python -m proofs.isolation [STAGE …]`` in a clone where ``dvc repro`` has run
Shows
    Each stage runs again in a temporary folder with only its declared deps and parameters, and the
    code files listed by its deps in ``data/code``. It must succeed, give byte-identical outs,
    change no dep, and write nothing but its outs and ``.work/``. As undeclared files are absent,
    reads by native libraries are detected, too. If a stage fails, the errors are printed and the
    exit code is 1.
"""

import argparse
import filecmp
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from dvc.dependency import ParamsDependency
from dvc.repo import Repo
from dvc.stage import PipelineStage

from stages.common.code import CODE_FOLDER

_IGNORED = (".work", "__pycache__", ".gitignore")


def problems_in_isolation(stage: PipelineStage, root: Path) -> list[str]:
    """Run `stage` with only its declared deps and parameters.

    Parameters
    ----------
    stage : PipelineStage
        A stage of `dvc.repo.Repo` whose outs are in the workspace.
    root : Path
        The repository's root.

    Returns
    -------
    list of str
        One sentence per error; empty if the declaration is complete.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        _lay_out(stage, root, folder)
        given = _files(folder)
        before = {path: (folder / path).read_bytes() for path in given}
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        run = subprocess.run(
            shlex.split(stage.cmd),
            cwd=folder,
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            lines = run.stderr.strip().splitlines() or ["no message"]
            return [f"fails without what it does not declare: {lines[-1]}"]
        made = _files(folder)
        outs = [Path(out.def_path) for out in stage.outs]
        problems = [
            f"changes its dep {path}"
            for path in sorted(given)
            if path not in made or before[path] != (folder / path).read_bytes()
        ]
        problems += [
            f"writes {path}, which is no out"
            for path in sorted(made - given)
            if not any(path.is_relative_to(out) for out in outs)
        ]
        problems += [f"gives another {out}" for out in outs if not _same(root / out, folder / out)]
        return problems


def _lay_out(stage: PipelineStage, root: Path, folder: Path) -> None:
    """Copy the declared deps, and the declared keys of each parameter file."""
    for dep in stage.deps:
        source, target = root / dep.def_path, folder / dep.def_path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(dep, ParamsDependency):
            values = yaml.safe_load(source.read_text(encoding="utf-8"))
            chosen: dict = {}
            for key in dep.params:
                _copy_key(values, chosen, key.split("."))
            target.write_text(yaml.safe_dump(chosen), encoding="utf-8")
        elif source.is_dir():
            shutil.copytree(
                source, target, ignore=shutil.ignore_patterns(*_IGNORED), dirs_exist_ok=True
            )
        else:
            shutil.copy(source, target)
            if Path(dep.def_path).is_relative_to(CODE_FOLDER):
                _copy_code(source, root, folder)
    for out in stage.outs:  # DVC creates the parent folders of outs
        (folder / out.def_path).parent.mkdir(parents=True, exist_ok=True)


def _copy_code(recorded: Path, root: Path, folder: Path) -> None:
    """Copy the files listed in `recorded`; for an entry ``file::row``, copy the whole file."""
    for name in json.loads(recorded.read_text(encoding="utf-8")):
        file = name.partition("::")[0]
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / file, folder / file)


def _copy_key(values: dict, chosen: dict, parts: list[str]) -> None:
    first, *rest = parts
    if rest:
        _copy_key(values[first], chosen.setdefault(first, {}), rest)
    else:
        chosen[first] = values[first]


def _files(folder: Path) -> set[Path]:
    files = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    return {path for path in files if not set(path.parts) & set(_IGNORED)}


def _same(one: Path, other: Path) -> bool:
    if one.is_file():
        return other.is_file() and filecmp.cmp(one, other, shallow=False)
    files = _files(one)
    return files == _files(other) and all(
        filecmp.cmp(one / path, other / path, shallow=False) for path in files
    )


def main() -> None:
    """Print the verdict on each stage, or on those named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stages", nargs="*", metavar="STAGE")
    names = parser.parse_args().stages
    root = Path.cwd()
    with_problems = 0
    with Repo(str(root)) as repo:
        stages = [stage for stage in repo.index.stages if isinstance(stage, PipelineStage)]
        if unknown := set(names) - {stage.addressing for stage in stages}:
            sys.exit(f"error: dvc.yaml has no stage {', '.join(sorted(unknown))}")
        for stage in stages:
            if names and stage.addressing not in names:
                continue
            problems = problems_in_isolation(stage, root)
            with_problems += bool(problems)
            print(f"{stage.addressing}: {'; '.join(problems) or 'complete'}", flush=True)
    sys.exit(f"{with_problems} stages do not work on what they declare" if with_problems else 0)


if __name__ == "__main__":
    main()
