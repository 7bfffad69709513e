"""Read the parameters, metrics, plots and lock of a commit from git."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from dvc.exceptions import DvcException
from dvc.scm import RevError, resolve_rev
from scmrepo.exceptions import SCMError
from scmrepo.git import Git

from review.git import git
from review.lock import digests_code_alike, lock_problems
from stages.common import table
from stages.common.errors import InputError, TableError
from stages.common.model_paths import backbone_and_seed
from stages.common.params import PARAMS_FILE, pick, read_yaml
from stages.common.tables.scores import VIDEO_SCORES, video_scores_path

_SCORES = video_scores_path("model").parent

T = TypeVar("T")


@dataclass(frozen=True)
class Revision:
    """One commit.

    Attributes
    ----------
    name : str
        As given by the user: a branch, tag, commit or DVC experiment.
    commit : str
        Full hash of the commit.
    folder : Path
        A checkout of the commit, without data.
    """

    name: str
    commit: str
    folder: Path

    def __str__(self) -> str:
        """The name, followed by the short hash unless the name is the hash."""
        return self.short if self.commit.startswith(self.name) else f"{self.name} ({self.short})"

    @property
    def short(self) -> str:
        """The first digits of the hash."""
        return self.commit[:7]

    @cached_property
    def subject(self) -> str:
        """First line of the commit's message."""
        return git("log", "-1", "--format=%s", self.commit, folder=self.folder).strip()

    @cached_property
    def lock_problems(self) -> list[str]:
        """Why dvc.lock does not belong to this commit; empty if it does."""
        try:
            return lock_problems(self.folder)
        except (DvcException, InputError) as error:
            return [str(error)]

    @property
    def code_compared(self) -> bool:
        """Whether `lock_problems` covers the code."""
        return digests_code_alike(self.folder)

    def param(self, key: str, kind: type[T]) -> T:
        """Read one value of params.yaml; see `stages.common.params.load`."""
        return pick(read_yaml(self.folder / PARAMS_FILE), key, kind, f"{self}: {PARAMS_FILE}")

    def lock(self) -> dict[str, Any]:
        """The stages of dvc.lock; empty if there is none."""
        path = self.folder / "dvc.lock"
        found = read_yaml(path) if path.is_file() else {}
        stages = found.get("stages", {}) if isinstance(found, Mapping) else {}
        return dict(stages)

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
    """Check a commit out into `folder`.

    Links are written as files that hold their target, and no hook runs: the branch may be a
    stranger's.

    Parameters
    ----------
    name : str
        A branch, tag, commit or DVC experiment.
    folder : Path
        A folder that does not exist yet.

    Raises
    ------
    InputError
        The current folder is not a git repository or another user's, the revision is unknown, or
        the commit has no scores to review.
    """
    source = git("rev-parse", "--show-toplevel").rstrip("\n")
    try:
        commit = resolve_rev(Git(source), name)
    except (SCMError, RevError, DvcException) as error:
        raise InputError(f"{name}: {error}") from None
    git("clone", "--quiet", "--shared", "--no-checkout", source, str(folder))
    plainly = ["-c", "core.symlinks=false", "-c", "core.hooksPath=/dev/null"]
    git(*plainly, "checkout", "--quiet", "--detach", commit, folder=folder)
    revision = Revision(name, commit, folder)
    if not (folder / PARAMS_FILE).is_file():
        raise InputError(f"{revision}: there is no {PARAMS_FILE} in this commit")
    if not revision.scores():
        raise InputError(
            f"{revision}: there are no scores in {_SCORES}/ of this commit; "
            "run `dvc repro`, then commit dvc.lock and metrics/"
        )
    return revision
