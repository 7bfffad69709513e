"""Read the parameters, metrics, plots and lock of a commit from git."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from dvc.exceptions import DvcException
from dvc.scm import RevError, resolve_rev
from scmrepo.exceptions import SCMError
from scmrepo.fs import GitFileSystem
from scmrepo.git import Git

from stages.common import table
from stages.common.errors import InputError, TableError
from stages.common.model_paths import backbone_and_seed
from stages.common.params import PARAMS_FILE, pick, read_yaml
from stages.common.tables.scores import VIDEO_SCORES, video_scores_path

FILES = ("metrics", "plots", PARAMS_FILE.name, "dvc.lock")
_SCORES = video_scores_path("model").parent

T = TypeVar("T")


@dataclass(frozen=True)
class Revision:
    """The files of one commit that the report needs.

    Attributes
    ----------
    name : str
        As given by the user: a branch, tag, commit or DVC experiment.
    commit : str
        Full hash of the commit.
    folder : Path
        Contains the commit's `FILES`.
    """

    name: str
    commit: str
    folder: Path

    def __str__(self) -> str:
        """The name, followed by the short hash unless the name is the hash."""
        short = self.commit[:7]
        return short if self.commit.startswith(self.name) else f"{self.name} ({short})"

    def param(self, key: str, kind: type[T]) -> T:
        """Read one value of params.yaml; see `stages.common.params.load`."""
        return pick(read_yaml(self.folder / PARAMS_FILE), key, kind, f"{self}: {PARAMS_FILE}")

    def lock(self) -> dict[str, Any]:
        """The stages of dvc.lock; empty if there is none."""
        path = self.folder / "dvc.lock"
        return read_yaml(path).get("stages", {}) if path.is_file() else {}

    def scores(self) -> dict[str, pd.DataFrame | str]:
        """Scores of all items by model; for an unreadable table, the reason as text.

        Trainings of a backbone from other seeds are left out: see `seeds`.
        """
        return {name: rows for name, rows in self._tables.items() if not backbone_and_seed(name)[1]}

    def seeds(self) -> dict[str, list[pd.DataFrame]]:
        """Readable scores of all trainings, by backbone, where there are several."""
        trainings: dict[str, list[pd.DataFrame]] = {}
        for name, rows in self._tables.items():
            if isinstance(rows, pd.DataFrame):
                trainings.setdefault(backbone_and_seed(name)[0], []).append(rows)
        return {model: tables for model, tables in trainings.items() if len(tables) > 1}

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame | str]:
        return {
            path.stem: self._table(path) for path in sorted((self.folder / _SCORES).glob("*.csv"))
        }

    def _table(self, path: Path) -> pd.DataFrame | str:
        try:
            return table.read(path, VIDEO_SCORES)
        except TableError as error:
            return str(error).replace(f"{self.folder}/", f"{self.name}:")


def read_revision(name: str, folder: Path) -> Revision:
    """Extract a commit's `FILES` to `folder`.

    Parameters
    ----------
    name : str
        A branch, tag, commit or DVC experiment.
    folder : Path
        An empty folder.

    Raises
    ------
    InputError
        The current folder is not a git repository, the revision is unknown, or the commit has no
        scores to review.
    """
    try:
        scm = Git()
        commit = resolve_rev(scm, name)
        files = scm.get_fs(commit)
    except (SCMError, RevError, DvcException) as error:
        raise InputError(f"{name}: {error}") from None
    for path in FILES:
        _unpack(files, path, folder)
    revision = Revision(name, commit, folder)
    if not (folder / PARAMS_FILE).is_file():
        raise InputError(f"{revision}: there is no {PARAMS_FILE} in this commit")
    if not revision.scores():
        raise InputError(
            f"{revision}: there are no scores in {_SCORES}/ of this commit; "
            "run `dvc repro`, then commit dvc.lock and metrics/"
        )
    return revision


def _unpack(files: GitFileSystem, path: str, folder: Path) -> None:
    if not files.exists(path):
        return
    for found in files.find(path):
        target = folder / found
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(files.cat_file(found))
