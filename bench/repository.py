"""A temporary repository, in which a benchmark runs stages on made data."""

import tempfile
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]


@contextmanager
def temporary_repository() -> Iterator[None]:
    """Work in a new folder with the project's code and versions; params.yaml is the caller's."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        for name in ("stages", "versions.yaml"):
            Path(name).symlink_to(ROOT / name)
        yield
