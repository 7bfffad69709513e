"""Write a dataset in DFDC's layout: a folder of mp4 files with their metadata.json."""

import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from stages.sample.clip import write_clip
from stages.sample.group import render_group
from stages.sample.params import SampleParams

PART = "dfdc_train_part_0"

Entries = dict[str, dict[str, str | None]]


def write_group(folder: Path, stream: list[int], method: str, params: SampleParams) -> Entries:
    """Render both clips of a group, encode them into `folder` and return their metadata."""
    group = render_group(stream, method, params)
    for name, frames in zip(group.names, [group.pristine, group.fake], strict=True):
        write_clip(folder / name, frames, params.fps, group.camera.quality)
    pristine, fake = group.names
    return {
        pristine: {"label": "REAL", "split": "train", "original": None},
        fake: {"label": "FAKE", "split": "train", "original": pristine, "method": method},
    }


@contextmanager
def new_dataset(folder: Path) -> Iterator[Path]:
    """Yield an empty part folder, which replaces `folder` if the block raises no error."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        part = Path(temporary) / "new" / PART
        part.mkdir(parents=True)
        yield part
        if folder.exists():
            folder.rename(Path(temporary) / "old")
        part.parent.rename(folder)


def write_metadata(part: Path, entries: Iterable[Entries]) -> None:
    """Write metadata.json, sorted by name, so that the order does not reveal the labels."""
    merged = {name: entry for some in entries for name, entry in some.items()}
    text = json.dumps(merged, indent=1, sort_keys=True)
    (part / "metadata.json").write_text(text + "\n", encoding="utf-8")
