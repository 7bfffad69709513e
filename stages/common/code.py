"""Which code made an item: the files that a module imports, and the digest of their syntax."""

import ast
import hashlib
from collections.abc import Iterable
from pathlib import Path


def imported_files(module: Path, root: Path = Path()) -> list[Path]:
    """Project files that a module needs: itself and the closure of its imports.

    The search is static, so that it sees imports inside functions too. Only ``import`` and
    ``from … import`` of packages under `root` are followed.

    Parameters
    ----------
    module : Path
        A Python file, relative to `root`.
    root : Path
        The repository's root.

    Returns
    -------
    list of Path
        Sorted paths relative to `root`; a package's ``__init__.py`` counts when it is passed
        through.
    """
    found: set[Path] = set()
    queue = [module]
    while queue:
        path = queue.pop()
        if path in found:
            continue
        found.add(path)
        for name in _imported_names(ast.parse((root / path).read_bytes())):
            queue.extend(_files_of(name, root))
    return sorted(found)


def syntax_digest(files: Iterable[Path], root: Path = Path()) -> str:
    """SHA-256 of the syntax trees of `files`: comments, docstrings and layout do not count."""
    digest = hashlib.sha256()
    for path in sorted(files):
        tree = ast.parse((root / path).read_bytes())
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list) and body and _is_docstring(body[0]):
                body.pop(0)
        digest.update(f"{path.as_posix()}\n{ast.dump(tree)}\n".encode())
    return digest.hexdigest()


def _is_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _imported_names(tree: ast.AST) -> list[str]:
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            # `from a.b import c`: c is a module of package a.b, or a name inside module a.b
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def _files_of(name: str, root: Path) -> list[Path]:
    """Files that importing the dotted `name` runs, packages on the way included."""
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
