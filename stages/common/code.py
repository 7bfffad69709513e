"""Find the code that a stage runs: the files it imports, each with a digest of its syntax tree.

The stage ``code`` writes the digests of every stage to ``data/code``, and every other stage depends
on its own file there. Editing a comment or docstring therefore re-runs only ``code``, and changing
a function re-runs only the stages that import its file.

Layouts, detectors and backbones are looked up by name at run time, so a search of imports does not
find them. Each layout and backbone, of which a stage runs one, has a digest file of its own:
`VARIANTS` says where they are. The detectors, which run in one stage, count among its files.
"""

import ast
import hashlib
import json
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from stages.common.errors import StaleCode

CODE_FOLDER = Path("data/code")

VARIANTS = {
    "index": "stages/index/layouts",
    "train": "stages/train/backbones.py::BACKBONES",
}
"""Location of each stage's variants: the modules of a package, or the entries of a dict."""

LOOKED_UP = {"detect": "stages/detect/detectors"}
"""Package whose modules a stage looks up by name, to run several of them."""


def code_path(stage: str, variant: str = "") -> Path:
    """Return the path of the digests of a stage or of one of its variants."""
    return CODE_FOLDER / stage / f"{variant}.json" if variant else CODE_FOLDER / f"{stage}.json"


def stage_names(root: Path = Path()) -> list[str]:
    """Return the stages whose code is recorded: all except ``code`` itself."""
    return sorted({path.parent.name for path in (root / "stages").glob("*/__main__.py")} - {"code"})


def variant_names(stage: str, root: Path = Path()) -> list[str]:
    """Return the names of a stage's variants; an empty list if it has none."""
    if stage not in VARIANTS:
        return []
    module, _, table = VARIANTS[stage].partition("::")
    if table:
        return sorted(_rows(ast.parse((root / module).read_bytes()), table))
    return sorted(path.stem for path in (root / module).glob("[!_]*.py"))


def stage_modules(stage: str, root: Path = Path()) -> list[Path]:
    """Return the modules from which a stage's imports are followed, relative to `root`."""
    looked_up = [
        path.relative_to(root)
        for package in filter(None, [LOOKED_UP.get(stage)])
        for path in sorted((root / package).glob("[!_]*.py"))
    ]
    return [Path("stages") / stage / "__main__.py", *looked_up]


def stage_code(stage: str, root: Path = Path()) -> dict[str, str]:
    """Digest the code that a stage imports.

    Parameters
    ----------
    stage : str
        Name of a package in ``stages/``.
    root : Path
        The repository's root.

    Returns
    -------
    dict of str to str
        SHA-256 of the syntax tree of each file, by path relative to `root`. In a module with a
        table of variants, code used only by the table's rows is left out.
    """
    digests: dict[str, str] = {}
    for start in stage_modules(stage, root):
        digests |= file_digests(start, root)
    module, _, table = VARIANTS.get(stage, "").partition("::")
    if table and module in digests:
        digests[module] = _digest(_without_rows(_syntax((root / module).read_bytes()), table))
    return digests


def variant_code(stage: str, variant: str, root: Path = Path()) -> dict[str, str]:
    """Digest the code of one variant of a stage, like `stage_code`.

    For a row of a table, this is the row and the functions, classes and constants of its module
    that it uses, with keys such as ``stages/train/backbones.py::he_normal``.
    """
    module, _, table = VARIANTS[stage].partition("::")
    if not table:
        return file_digests(Path(module) / f"{variant}.py", root)
    tree = _syntax((root / module).read_bytes())
    row = _rows(tree, table)[variant]
    definitions = _definitions(tree)
    used = {name: definitions[name] for name in sorted(_reached([row], definitions) - {table})}
    return {f"{module}::{name}": _digest([node]) for name, node in {variant: row, **used}.items()}


def code_files(root: Path = Path()) -> dict[Path, str]:
    """Return the text of every file that the stage ``code`` writes, by path relative to `root`."""
    digests = {}
    for stage in stage_names(root):
        digests[code_path(stage)] = stage_code(stage, root)
        for variant in variant_names(stage, root):
            digests[code_path(stage, variant)] = variant_code(stage, variant, root)
    return {path: f"{json.dumps(found, indent=1)}\n" for path, found in digests.items()}


def recorded_code(stage: str, variant: str = "") -> dict[str, str]:
    """Read the digests that the stage ``code`` wrote, and check that they match the current code.

    Raises
    ------
    StaleCode
        The code has changed since or was never recorded. Otherwise ``dvc repro --single-item``
        and a stage run by hand could use code that ``dvc.lock`` does not record.
    """
    path = code_path(stage, variant)
    try:
        recorded = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise StaleCode(f"{path} cannot be read: run `dvc repro code`, then this again") from None
    current = variant_code(stage, variant) if variant else stage_code(stage)
    if changed := dict(sorted(recorded.items() ^ current.items())):
        raise StaleCode(
            f"{next(iter(changed))} is not the code that {path} records: run `dvc repro code`, "
            "then this again"
        )
    return current


def code_of(work: Callable[..., Any], stage: str) -> dict[str, str]:
    """Return the part of `recorded_code` that affects a stage's items: what `work` imports.

    Other code of the stage, for example that of its metrics, cannot change the items.
    """
    module = Path(*work.__module__.split(".")).with_suffix(".py")
    recorded = recorded_code(stage)
    return {path.as_posix(): recorded[path.as_posix()] for path in imported_files(module)}


def file_digests(module: Path, root: Path = Path()) -> dict[str, str]:
    """Digest a module and its transitive imports, file by file."""
    return {
        path.as_posix(): _file_digest((root / path).read_bytes())
        for path in imported_files(module, root)
    }


def imported_files(module: Path, root: Path = Path()) -> list[Path]:
    """Find the project files that a module needs: itself and its transitive imports.

    The search is static, so it also finds imports inside functions. Only absolute ``import`` and
    ``from … import`` statements of packages under `root` are followed.

    Parameters
    ----------
    module : Path
        A Python file, relative to `root`.
    root : Path
        The repository's root.

    Returns
    -------
    list of Path
        Sorted paths relative to `root`, including the ``__init__.py`` of every package on the way.
    """
    found: set[Path] = set()
    queue = [module, *_packages_above(module, root)]
    while queue:
        path = queue.pop()
        if path in found:
            continue
        found.add(path)
        for name in _imported_names((root / path).read_bytes()):
            queue.extend(_files_of(name, root))
    return sorted(found)


def _packages_above(module: Path, root: Path) -> list[Path]:
    """Return the ``__init__.py`` of all packages above a module, which Python runs before it."""
    above = [parent / "__init__.py" for parent in module.parents if parent != Path()]
    return [path for path in above if (root / path).is_file()]


def _syntax(source: bytes) -> ast.Module:
    """Return the syntax tree of a file, without docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_docstring(body[0]):
            body.pop(0)
    return tree


def _is_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _digest(nodes: Iterable[ast.AST]) -> str:
    text = "\n".join(ast.dump(node) for node in nodes)
    return hashlib.sha256(text.encode()).hexdigest()


@cache  # many stages import the same files
def _file_digest(source: bytes) -> str:
    return _digest([_syntax(source)])


@cache
def _imported_names(source: bytes) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            # In `from a.b import c`, c is a module of package a.b or a name in module a.b
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def _files_of(name: str, root: Path) -> list[Path]:
    """Return the files that importing the dotted `name` runs, including those of its packages."""
    files = []
    path = Path()
    for part in name.split("."):
        path /= part
        if (root / path / "__init__.py").is_file():
            files.append(path / "__init__.py")
        elif (root / path.with_suffix(".py")).is_file():
            files.append(path.with_suffix(".py"))
            break
        else:
            break
    return files


def _definitions(tree: ast.Module) -> dict[str, ast.stmt]:
    """Return the functions, classes and constants of a module by name."""
    found: dict[str, ast.stmt] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id: node for target in targets if isinstance(target, ast.Name)}
    return found


def _rows(tree: ast.Module, table: str) -> dict[str, ast.expr]:
    """Return the rows of a table, that is, of a dict literal with constant keys."""
    definition = _definitions(tree)[table]
    assert isinstance(definition, ast.Assign | ast.AnnAssign)
    assert isinstance(definition.value, ast.Dict)
    return {
        str(key.value): row
        for key, row in zip(definition.value.keys, definition.value.values, strict=True)
        if isinstance(key, ast.Constant)
    }


def _reached(nodes: Iterable[ast.AST], definitions: dict[str, ast.stmt]) -> set[str]:
    """Return the names of the definitions that `nodes` use, directly or indirectly."""
    found: set[str] = set()
    queue = list(nodes)
    while queue:
        used = {node.id for node in ast.walk(queue.pop()) if isinstance(node, ast.Name)}
        new = (used & definitions.keys()) - found
        found |= new
        queue += [definitions[name] for name in new]
    return found


def _without_rows(tree: ast.Module, table: str) -> list[ast.stmt]:
    """Return the statements of a module without those that only the rows of its table use."""
    definitions = _definitions(tree)
    of_table = definitions.pop(table)
    of_rows = {definitions[name] for name in _reached(_rows(tree, table).values(), definitions)} | {
        of_table
    }
    others = [node for node in tree.body if node not in of_rows]
    shared = {definitions[name] for name in _reached(others, definitions)}
    return [node for node in tree.body if node not in of_rows or node in shared]
