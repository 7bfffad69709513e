"""Differences between two commits: parameters, counts, stages that ran, scored items."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from dvc.repo import Repo

from review.git import git
from review.lock import MADE
from review.revision import Revision
from stages.common.errors import InputError
from stages.common.split_metrics import SPLIT_METRICS, content_name
from stages.common.table import KEY
from stages.common.tables.scores import SOURCES
from stages.compare.ensemble import ENSEMBLES_PATH

_NOT_OF_DATA = ("models", ENSEMBLES_PATH.name)


@dataclass(frozen=True)
class Change:
    """One value that differs; None if a commit does not have it."""

    name: str
    old: Any
    new: Any


@dataclass(frozen=True)
class FileChange:
    """One file of git that differs.

    Attributes
    ----------
    path : str
        Relative to the repository's root.
    how : str
        "added", "deleted" or "changed".
    """

    path: str
    how: str

    @property
    def made(self) -> bool:
        """Whether the pipeline writes it."""
        return self.path == "dvc.lock" or self.path.split("/")[0] in MADE


@dataclass(frozen=True)
class ItemChange:
    """How the scored items of one split of one dataset differ.

    Attributes
    ----------
    split, dataset : str
        Split and dataset of the items.
    old, new : int
        Number of items.
    added, removed, altered : int
        Items that only the new or the old commit scores, and items of both with another label,
        group, target or donor.
    other_content : bool
        Whether the names of the items are the same but their files differ.
    groups_added, groups_removed : list of str
        Groups scored only by the new or only by the old commit.
    """

    split: str
    dataset: str
    old: int
    new: int
    added: int
    removed: int
    altered: int
    other_content: bool
    groups_added: list[str]
    groups_removed: list[str]

    @property
    def comparable(self) -> bool:
        """Whether both commits score the same items with the same labels and sources."""
        return not (self.added or self.removed or self.altered or self.other_content)

    def __str__(self) -> str:
        """The differences in words."""
        counts = {
            "items added": self.added,
            "items removed": self.removed,
            "items with another label, group, target or donor": self.altered,
            "groups added": len(self.groups_added),
            "groups removed": len(self.groups_removed),
        }
        args = [f"{count} {what}" for what, count in counts.items() if count]
        return ", ".join([*args, *["other files of the same names"] * self.other_content])


def file_changes(base: Revision, head: Revision) -> list[FileChange]:
    """Files of git that differ, in the order of their paths; a renamed one is two."""
    words = {"A": "added", "D": "deleted"}
    listed = git(
        *["diff", "--name-status", "--no-renames", "-z", base.commit, head.commit],
        folder=head.folder,
    ).split("\0")
    return [
        FileChange(path, words.get(letter, "changed"))
        for letter, path in zip(listed[::2], listed[1::2], strict=False)
    ]


def param_changes(base: Revision, head: Revision) -> list[Change]:
    """Changed values of params.yaml and of every other parameter file declared in dvc.yaml.

    Raises
    ------
    InputError
        DVC cannot read the parameters of a commit.
    """
    with Repo() as repo:
        found = repo.params.diff(base.commit, head.commit)
    for commit, error in found.get("errors", {}).items():
        raise InputError(f"{commit}: parameters cannot be read: {error}")
    return sorted(
        (
            Change(f"{path}: {name}", values.get("old"), values.get("new"))
            for path, names in found.get("diff", {}).items()
            for name, values in names.items()
        ),
        key=lambda change: change.name,
    )


def count_changes(base: Revision, head: Revision) -> list[Change]:
    """Changed metrics of the data stages; metrics of models get verdicts instead."""
    return _differing(_data_metrics(base), _data_metrics(head))


def _data_metrics(revision: Revision) -> dict[str, Any]:
    root = revision.folder / "metrics"
    return {
        f"{path.relative_to(root).with_suffix('')}: {name}": value
        for path in sorted(root.rglob("*.json"))
        if path.relative_to(root).parts[0] not in _NOT_OF_DATA
        for name, value in _read_json(revision, path).items()
    }


def _read_json(revision: Revision, path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InputError(
            f"{revision}: {path.relative_to(revision.folder)} holds no JSON object of metrics; "
            "run `dvc repro`, then commit metrics/"
        )
    return found


def stage_changes(base: Revision, head: Revision) -> list[str]:
    """Stages that exist in only one commit, or whose outs have different hashes."""
    hashes = [
        {
            name: {out["path"]: out.get("md5") for out in entry.get("outs", [])}
            for name, entry in revision.lock().items()
        }
        for revision in (base, head)
    ]
    return [change.name for change in _differing(*hashes)]


def _differing(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    names = sorted(old.keys() | new.keys())
    changes = [Change(name, old.get(name), new.get(name)) for name in names]
    return [change for change in changes if change.old != change.new]


def items_of(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Every item that some table scores: key as index, ``split``, ``label`` and `SOURCES`."""
    items = pd.concat([rows[[*KEY, "split", "label", *SOURCES]] for rows in tables])
    return items.drop_duplicates(KEY).set_index(KEY).sort_index()


def contents_of(revision: Revision) -> dict[str, Any]:
    """Metrics of stage `split`, which include a digest of the content of each split's items."""
    path = revision.folder / SPLIT_METRICS
    return _read_json(revision, path) if path.is_file() else {}


def item_changes(
    base: pd.DataFrame,
    head: pd.DataFrame,
    base_contents: dict[str, Any],
    head_contents: dict[str, Any],
) -> list[ItemChange]:
    """Compare the items scored in two commits, for each split of each dataset.

    Parameters
    ----------
    base, head : DataFrame
        Items from `items_of`.
    base_contents, head_contents : dict
        Digests from `contents_of`; where one is missing, items are compared by name only.
    """
    both = pd.concat([base, head]).reset_index()
    changes = []
    for split, dataset in sorted(set(zip(both["split"], both["dataset"], strict=True))):
        old, new = (
            item[(item["split"] == split) & (item.index.get_level_values("dataset") == dataset)]
            for item in (base, head)
        )
        common = old.index.intersection(new.index)
        altered = (old.loc[common] != new.loc[common]).any(axis=1)
        named_alike = len(common) == len(old) == len(new)
        name = content_name(split, dataset)
        digests = {
            contents[name] for contents in (base_contents, head_contents) if name in contents
        }
        changes.append(
            ItemChange(
                split=split,
                dataset=dataset,
                old=len(old),
                new=len(new),
                added=len(new) - len(common),
                removed=len(old) - len(common),
                altered=int(altered.sum()),
                other_content=named_alike and len(digests) > 1,
                groups_added=sorted(set(new["group"]) - set(old["group"])),
                groups_removed=sorted(set(old["group"]) - set(new["group"])),
            )
        )
    return changes
