"""Each stage declares just the code that it imports and just the parameters that it reads.

Command
    ``python -m proofs.dependencies``
Shows
    A line a stage; exit code 1 if any declaration in dvc.yaml is incomplete or too wide.

The search is static: imports are followed from the stage's ``__main__.py``; parameters are the
literal keys of ``load("…")`` and ``pinned("…")``. `proofs.isolation` holds the same at run time.
"""

import ast
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from dvc.dependency import ParamsDependency
from dvc.repo import Repo
from dvc.stage import PipelineStage

from stages.common.code import imported_files

_CODE = Path("stages")
_VERSIONS = "versions.yaml"


def faults_of(stage: PipelineStage, root: Path) -> list[str]:
    """What the declaration of one stage in dvc.yaml lacks, or has too much of.

    Parameters
    ----------
    stage : PipelineStage
        A stage of `dvc.repo.Repo`, its templates resolved.
    root : Path
        The repository's root.

    Returns
    -------
    list of str
        One sentence a fault; empty if the declaration is right.
    """
    words = stage.cmd.split()
    module = Path(words[words.index("-m") + 1].replace(".", "/"))
    needed = set(imported_files(module / "__main__.py", root))
    declared = _declared_code(stage, root)
    # A stage that names its variant's module (train's backbone) imports it by name at run time
    variants = {path for path in declared if path.stem in stage.cmd.replace(".", " ").split()}
    for variant in variants:
        needed |= set(imported_files(variant, root))
    whole = {path for path in declared if path.is_relative_to(module)}
    faults = [f"does not declare {path}" for path in sorted(needed - declared)]
    faults += [f"declares {path}, not imported" for path in sorted(declared - needed - whole)]

    read = _keys_read(needed, root)
    params = _declared_params(stage)
    faults += [f"reads {key}, not declared" for key in sorted(read) if not _among(key, params)]
    faults += [
        f"declares {key}, not read"
        for key in sorted(params)
        if not any(re.fullmatch(pattern, key) for pattern in map(_pattern, read))
    ]
    return faults


def _declared_code(stage: PipelineStage, root: Path) -> set[Path]:
    paths = set()
    for dep in stage.deps:
        path = Path(dep.def_path)
        if isinstance(dep, ParamsDependency) or not path.is_relative_to(_CODE):
            continue
        if (root / path).is_dir():
            paths |= {found.relative_to(root) for found in (root / path).rglob("*.py")}
        else:
            paths.add(path)
    return {path for path in paths if path.suffix == ".py"}


def _declared_params(stage: PipelineStage) -> set[str]:
    return {
        f"{_VERSIONS}:{key}" if dep.def_path == _VERSIONS else key
        for dep in stage.deps
        if isinstance(dep, ParamsDependency)
        for key in dep.params
    }


def _keys_read(files: Iterable[Path], root: Path) -> set[str]:
    """Keys that the code reads; a part that is known only at run time is written ``{}``."""
    keys = set()
    for path in files:
        for node in ast.walk(ast.parse((root / path).read_bytes())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id == "load" and node.args:
                keys |= {_literal(node.args[0])}
            elif node.func.id == "pinned":
                keys |= {f"{_VERSIONS}:{_literal(word)}" for word in node.args}
    return keys


def _literal(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
        )
    return "{}"


def _pattern(key: str) -> str:
    return re.escape(key).replace(re.escape("{}"), r"[^.:]+")


def _among(key: str, declared: Iterable[str]) -> bool:
    return any(re.fullmatch(_pattern(key), name) for name in declared)


def main() -> None:
    """Print the verdict on each stage of dvc.yaml."""
    root = Path.cwd()
    faulty = 0
    with Repo(str(root)) as repo:
        for stage in sorted(repo.index.stages, key=lambda stage: stage.addressing):
            if not isinstance(stage, PipelineStage):
                continue
            faults = faults_of(stage, root)
            faulty += bool(faults)
            print(f"{stage.addressing}: {'; '.join(faults) or 'complete'}")
    sys.exit(f"{faulty} stages are declared wrongly" if faulty else 0)


if __name__ == "__main__":
    main()
