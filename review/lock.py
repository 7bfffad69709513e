"""Check, without the data, that a dvc.lock matches its dvc.yaml, params.yaml, code and git.

DVC's own status is used first, stage by stage (``dvc repro --dry --allow-missing`` uses it as well,
but stops at the first stage that would run and lacks its data). It treats a missing file as data
that were not pulled. It therefore misses a deleted script, a deleted metric, anything added to or
removed from a stage in dvc.yaml, a lock entry without a stage, and a dep that is not exactly one
out: a folder of several outs, or a file inside an out (dvc issues 9861, 11099). The digests of code
in ``data/code`` are such files, so they are recomputed.
"""

import hashlib
from pathlib import Path
from typing import Any

from dvc.dependency import ParamsDependency
from dvc.dvcfile import Lockfile
from dvc.output import Output
from dvc.repo import Repo
from dvc.stage import PipelineStage
from dvc_data.hashfile.meta import Meta
from dvc_data.hashfile.tree import Tree

from review.git import git
from stages.common.code import CODE_FOLDER, code_files, file_digests
from stages.common.external import EXTERNAL
from stages.common.tables.index import RAW

MADE = ("data", "models", "metrics", "plots")
"""Folders of outs that the pipeline writes."""

_NOT_OUTS = (".gitignore", ".gitkeep", "README.md")
_DIGESTING = Path("stages/common/code.py")
_ROOT = Path(__file__).parents[1]


def lock_problems(root: Path = Path()) -> list[str]:
    """Find inconsistencies in a checkout; nothing in it is run.

    Parameters
    ----------
    root : Path
        Root of the checkout. Its code is compared only if `digests_code_alike`.

    Returns
    -------
    list of str
        One sentence per error; empty if the lock belongs to the pipeline.

    Raises
    ------
    DvcException
        dvc.yaml or dvc.lock cannot be read.
    InputError
        `root` is not in a git repository, or git refuses it.
    """
    tracked = {Path(name) for name in git("ls-files", "-z", folder=root).split("\0") if name}
    site_cache = {"core": {"site_cache_dir": str((root / ".dvc/tmp/site").absolute())}}
    with Repo(str(root), config=site_cache) as repo:
        entries = Lockfile(repo, str(root.absolute() / "dvc.lock")).load().get("stages", {})
        stages = sorted(
            (stage for stage in repo.index.stages if isinstance(stage, PipelineStage)),
            key=lambda stage: stage.name,
        )
        problems = []
        code = {
            path.as_posix(): hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
            for path, text in code_files(root).items()
        }
        compared = digests_code_alike(root)
        names = {stage.name for stage in stages}
        problems += [
            f"{name}: in dvc.lock, not in dvc.yaml" for name in sorted(entries.keys() - names)
        ]
        for stage in stages:
            if stage.name in entries:
                found = _change_problems(stage, repo)
                found += _declaration_problems(stage, entries[stage.name])
                found += _code_problems(stage, entries[stage.name], code) if compared else []
                found += _dep_problems(stage, repo) + _out_problems(stage, tracked)
            else:
                found = ["not in dvc.lock: it never ran"]
            if stage.frozen:
                found.append("frozen: DVC never compares it")
            problems += [f"{stage.name}: {problem}" for problem in found]
        return problems + _stray_files(repo, tracked)


def digests_code_alike(root: Path) -> bool:
    """Whether the digests of a checkout's code can be recomputed by the code that runs here.

    Another commit may have recorded its code in another way; to know its digests, its own code
    would have to be run.
    """
    if not (root / _DIGESTING).is_file():
        return True
    theirs, ours = (file_digests(_DIGESTING, folder) for folder in (root, _ROOT))
    return theirs[_DIGESTING.as_posix()] == ours[_DIGESTING.as_posix()]


def _change_problems(stage: PipelineStage, repo: Repo) -> list[str]:
    """DVC's own status of one stage; absent data do not count as a change."""
    with repo.lock:
        if not stage.changed(allow_missing=True, upstream=repo.index.stages):
            return []
        changes = ["its command"] if stage.changed_stage() else []
        for parts in (stage.deps, stage.outs):
            changes += _named_changes({k: v for part in parts for k, v in part.status().items()})
    # data/code may be of an earlier commit, so `_code_problems` recomputes its digests
    named = [name for name in changes if not Path(name).is_relative_to(CODE_FOLDER)]
    if changes and not named:
        return []
    return [f"changed since it ran: {', '.join(named or ['what it reads from another stage'])}"]


def _named_changes(status: dict[str, str | dict[str, str]]) -> list[str]:
    names = []
    for path, state in status.items():
        if isinstance(state, dict):
            names += [f"{path}: {key}" for key in state]
        elif state not in ("deleted", "not in cache"):
            names.append(path)
    return names


def _declaration_problems(stage: PipelineStage, entry: dict[str, Any]) -> list[str]:
    """Deps, outs and parameters that only dvc.yaml or only dvc.lock has."""
    declared = {
        "deps": {dep.def_path for dep in stage.deps if not isinstance(dep, ParamsDependency)},
        "outs": {out.def_path for out in stage.outs},
        "params": {
            f"{dep.def_path}: {key}"
            for dep in stage.deps
            if isinstance(dep, ParamsDependency)
            for key in dep.params
        },
    }
    locked = {
        "deps": {dep["path"] for dep in entry.get("deps", [])},
        "outs": {out["path"] for out in entry.get("outs", [])},
        "params": {
            f"{path}: {key}" for path, values in entry.get("params", {}).items() for key in values
        },
    }
    problems = []
    for kind in declared:
        only_declared = sorted(declared[kind] - locked[kind])
        only_locked = sorted(locked[kind] - declared[kind])
        problems += [f"{name} is among its {kind}, but not in dvc.lock" for name in only_declared]
        problems += [f"{name} is in dvc.lock, but not among its {kind}" for name in only_locked]
    return problems


def _code_problems(stage: PipelineStage, entry: dict[str, Any], code: dict[str, str]) -> list[str]:
    """Digests in the lock that differ from those of the current code."""
    recorded = {dep["path"]: dep.get("md5") for dep in entry.get("deps", [])}
    return [
        f"its code changed since it ran: {dep.def_path}"
        for dep in stage.deps
        if Path(dep.def_path).is_relative_to(CODE_FOLDER)
        and recorded.get(dep.def_path) != code.get(dep.def_path)
    ]


def _dep_problems(stage: PipelineStage, repo: Repo) -> list[str]:
    """Errors in deps that DVC mistakes for data that were not pulled."""
    problems = []
    for dep in stage.deps:
        of_code = Path(dep.def_path).is_relative_to(CODE_FOLDER)
        if isinstance(dep, ParamsDependency) or of_code:
            continue
        isin = dep.fs.isin
        above = [out for out in repo.index.outs if isin(dep.fs_path, out.fs_path)]
        below = [out for out in repo.index.outs if isin(out.fs_path, dep.fs_path)]
        made = above or below or any(dep.fs_path == out.fs_path for out in repo.index.outs)
        if above:
            problems.append(
                f"{dep.def_path} is inside {above[0].def_path}: DVC does not compare it "
                "without the data; name the whole out"
            )
        if below and not _is_made_of(dep, below):
            problems.append(f"{dep.def_path} in dvc.lock is not made of the outs below it")
        if not made and not dep.exists and not repo.scm.is_ignored(dep.fs_path):
            problems.append(f"{dep.def_path} was deleted")
    return problems


def _is_made_of(folder: Output, outs: list[Output]) -> bool:
    """Whether a folder's hash in the lock matches the outs below it.

    If an out below is a folder itself, its file listing is data and may be absent; then only the
    number and total size of files, which are in the lock, are compared.
    """
    if not all(out.hash_info for out in [folder, *outs]):
        return True  # already reported as missing from the lock
    metas = [out.meta or Meta() for out in outs]
    if folder.meta.nfiles != sum(meta.nfiles or 1 for meta in metas):
        return False
    if folder.meta.size != sum(meta.size or 0 for meta in metas):
        return False
    if any(out.hash_info.isdir for out in outs):
        return True
    tree = Tree()  # type: ignore[no-untyped-call]  # dvc-data has no types
    for out, meta in zip(outs, metas, strict=True):
        tree.add(folder.fs.relparts(out.fs_path, folder.fs_path), meta, out.hash_info)
    tree.digest()
    return tree.hash_info.value == folder.hash_info.value


def _out_problems(stage: PipelineStage, tracked: set[Path]) -> list[str]:
    """Outs that are missing from git, and cached outs that must not be in git."""
    problems = []
    for out in stage.outs:
        path = Path(out.def_path)
        in_git = any(file.is_relative_to(path) for file in tracked)
        if out.use_cache:
            if in_git:
                problems.append(f"{path} is DVC's, but in git as well")
        elif not in_git:
            problems.append(f"{path} is not in git")
        elif not out.exists:
            problems.append(f"{path} was deleted")
    return problems


def _stray_files(repo: Repo, tracked: set[Path]) -> list[str]:
    """Files in git below the pipeline's output folders that no stage writes."""
    outs = {
        Path(out.def_path)
        for stage in repo.index.stages
        if isinstance(stage, PipelineStage)
        for out in stage.outs
    }
    problems = []
    for file in sorted(tracked):
        if file.parts[0] not in MADE or file.name in _NOT_OUTS:
            continue
        if file.suffix == ".dvc" and file.parent in (RAW, EXTERNAL):
            continue
        if not any(file.is_relative_to(out) for out in outs):
            problems.append(f"{file}: in git, but no stage makes it")
    return problems
