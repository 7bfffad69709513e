"""Find problems with a dataset's files, and look up how the parameters handle them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import pandas as pd

from stages.common.components import join_groups
from stages.common.errors import InputError
from stages.common.suffixes import kind, why_unknown
from stages.common.tables.index import LABELS
from stages.index.folder import Folder
from stages.index.listed_item import ListedItem, Skipped
from stages.index.params import IndexParams


@dataclass(frozen=True)
class Problem:
    """A problem with one file.

    Attributes
    ----------
    problem : str
        A field of `stages.index.params.IndexParams`.
    path : str
        Path relative to the dataset's folder.
    detail : str
        The conflicting file, or what was found.
    """

    problem: str
    path: str
    detail: str


def check_files(
    folder: Folder, listed: Iterable[ListedItem | Skipped]
) -> tuple[list[ListedItem], list[Problem]]:
    """Compare the items of a layout with the files on disk.

    Returns
    -------
    valid : list of ListedItem
        Items that exist and have a known label.
    problems : list of Problem
        ``outside``, ``unknown_suffix``, ``missing_file``, ``no_metadata`` and ``unknown_label``.

    Raises
    ------
    InputError
        The metadata describes a file twice.
    """
    on_disk = set(folder.media_files)
    problems = [Problem("outside", path, "a link out of the dataset") for path in folder.outside]
    problems += [Problem("unknown_suffix", path, why_unknown(path)) for path in folder.unknown]
    unread = {*folder.outside, *folder.unknown}
    valid, known = [], set()
    for item in listed:
        if item.path in known:
            raise InputError(f"{folder.root / item.path} is described twice: repair the metadata")
        known.add(item.path)
        of_video = folder.pictures.get(item.path, []) if _is_folder(item) else []
        if twice := known.intersection(of_video):
            raise InputError(f"{folder.root / min(twice)} is described twice: repair the metadata")
        known.update(of_video)
        if isinstance(item, Skipped) or item.path in unread:
            continue
        if _leads_outside(item.path):
            problems.append(Problem("outside", item.path, "metadata may name files below only"))
        elif item.path not in on_disk and not of_video:
            problems.append(Problem("missing_file", item.path, "named by metadata"))
        elif item.label not in LABELS:
            problems.append(Problem("unknown_label", item.path, f"label '{item.label}'"))
        else:
            valid.append(item)
    problems += [
        Problem("no_metadata", path, "the dataset's layout says nothing about it")
        for path in folder.media_files
        if path not in known
    ]
    return valid, problems


def pictures_alone(items: Sequence[ListedItem]) -> tuple[list[ListedItem], list[Problem]]:
    """Part the pictures of a dataset of ready-made crops from videos, which are problems."""
    pictures = [item for item in items if item.frames or kind(item.path) == "image"]
    videos = [item.path for item in items if not item.frames and kind(item.path) != "image"]
    detail = "a video is no ready-made crop: put it into a dataset without `crops: true`"
    return pictures, [Problem("video_among_crops", path, detail) for path in videos]


def check_content(table: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    """Find files with the same content but two labels or two groups.

    Parameters
    ----------
    table : DataFrame
        Rows of the index table, with ``md5`` and ``group``.

    Returns
    -------
    kept : DataFrame
        The rows to keep. Of files with two labels, all copies are dropped; of files in two
        groups, the first copy is kept and the groups are merged.
    problems : list of Problem
        ``same_content_two_labels`` and ``same_content_two_groups``.
    """
    table = table.sort_values("path", ignore_index=True)
    clash = _copies_differ(table, "label")
    problems = _content_problems("same_content_two_labels", table, clash)
    table = table[~clash]
    clash = _copies_differ(table, "group")
    copies = clash & table.duplicated("md5")
    problems += _content_problems("same_content_two_groups", table, copies)
    return join_groups(table, ["md5"])[~copies], problems


def check_labels(dataset: str, table: pd.DataFrame) -> None:
    """Check that a dataset to train on has items of both labels.

    Raises
    ------
    InputError
        All items have one label.
    """
    labels = table["label"].unique()
    if len(labels) == 1:
        raise InputError(
            f"{dataset}: all {len(table)} items are {labels[0]}, and a dataset to train on needs "
            f"both labels: see metrics/index/{dataset}_problems.csv for files that were left out, "
            "bring the others into its folder (a link will do), or test on it whole: "
            f"datasets.{dataset}.role: unseen. To train on reals alone, set its methods: [real]"
        )


def decide(problems: Sequence[Problem], params: IndexParams) -> pd.DataFrame:
    """Build the problem table, with the action that the parameters choose for each problem."""
    columns = ["problem", "path", "detail", "action"]
    rows = [(p.problem, p.path, p.detail, getattr(params, p.problem)) for p in problems]
    return pd.DataFrame(rows, columns=columns)


def _is_folder(item: ListedItem | Skipped) -> bool:
    return isinstance(item, ListedItem) and item.frames


def _leads_outside(path: str) -> bool:
    return PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts


def _copies_differ(table: pd.DataFrame, column: str) -> pd.Series:
    """Mark the rows of files with the same content that differ in `column`."""
    return table.groupby("md5")[column].transform("nunique") > 1


def _content_problems(problem: str, table: pd.DataFrame, which: pd.Series) -> list[Problem]:
    first = table.groupby("md5")["path"].transform("first")
    last = table.groupby("md5")["path"].transform("last")
    other = first.where(first != table["path"], last)
    return [
        Problem(problem, path, f"same content as {twin}")
        for path, twin in zip(table["path"][which], other[which], strict=True)
    ]
