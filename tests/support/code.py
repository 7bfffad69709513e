"""The project's code in a folder of a test, recorded as the stage ``code`` does it."""

import shutil
from functools import cache
from pathlib import Path

from stages.common.code import code_files
from tests.support.paths import ROOT


def add_code(folder: Path) -> None:
    """Let stages run in `folder`: link ``stages/``, write its digests, copy versions.yaml."""
    (folder / "stages").symlink_to(ROOT / "stages")
    shutil.copy(ROOT / "versions.yaml", folder)
    for path, text in _code_files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


@cache
def _code_files() -> dict[Path, str]:
    return code_files(ROOT)
