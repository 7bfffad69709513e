"""Show that each stage declares the digests of its code and exactly the parameters it reads.

Command
    ``python -m proofs.dependencies``
Shows
    One line per stage; exit code 1 if any declaration in dvc.yaml is incomplete or too wide.

The analysis is static: it follows imports from the stage's ``__main__.py``, from the detectors and
from its variant (a layout, a backbone), and takes the literal keys of ``load("…")`` and
``pinned("…")`` as parameters. `proofs.isolation` checks the same at run time.
"""

import ast
import re
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path

from dvc.dependency import ParamsDependency
from dvc.repo import Repo
from dvc.stage import PipelineStage

from stages.common.code import code_path, imported_files, stage_modules, variant_code, variant_names

_VERSIONS = "versions.yaml"


def problems_of(stage: PipelineStage, root: Path) -> list[str]:
    """Find what the declaration of a stage in dvc.yaml lacks, and what it should not contain.

    Parameters
    ----------
    stage : PipelineStage
        A stage of `dvc.repo.Repo` with resolved templates.
    root : Path
        The repository's root.

    Returns
    -------
    list of str
        One sentence per error; empty if the declaration is correct.
    """
    args = shlex.split(stage.cmd)
    name = args[args.index("-m") + 1].rpartition(".")[2]
    if name == "code":  # this stage reads all code, and no parameters
        return []
    needed = {path for module in stage_modules(name, root) for path in imported_files(module, root)}
    declared = {Path(dep.def_path) for dep in stage.deps}
    variants = {
        variant for variant in variant_names(name, root) if code_path(name, variant) in declared
    }
    problems = []
    if code_path(name) not in declared:
        problems.append(f"does not declare {code_path(name)}")
    if variant_names(name, root) and len(variants) != 1:
        folder = code_path(name).with_suffix("")
        problems.append(f"declares {len(variants)} files in {folder}, expected one")
    for variant in variants:
        files = {file.partition("::")[0] for file in variant_code(name, variant, root)}
        needed |= {Path(file) for file in files}

    read = _keys_read(needed, root)
    params = _declared_params(stage)
    problems += [f"reads {key}, not declared" for key in sorted(read) if not _among(key, params)]
    problems += [
        f"declares {key}, not read"
        for key in sorted(params)
        if not any(re.fullmatch(pattern, key) for pattern in map(_pattern, read))
    ]
    return problems


def _declared_params(stage: PipelineStage) -> set[str]:
    return {
        f"{_VERSIONS}:{key}" if dep.def_path == _VERSIONS else key
        for dep in stage.deps
        if isinstance(dep, ParamsDependency)
        for key in dep.params
    }


def _keys_read(files: Iterable[Path], root: Path) -> set[str]:
    """Keys that the code reads; parts known only at run time are replaced with ``{}``."""
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
    with_problems = 0
    with Repo(str(root)) as repo:
        for stage in sorted(repo.index.stages, key=lambda stage: stage.addressing):
            if not isinstance(stage, PipelineStage):
                continue
            problems = problems_of(stage, root)
            with_problems += bool(problems)
            print(f"{stage.addressing}: {'; '.join(problems) or 'complete'}")
    sys.exit(f"{with_problems} stages are declared wrongly" if with_problems else 0)


if __name__ == "__main__":
    main()
