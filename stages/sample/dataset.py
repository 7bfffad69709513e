"""A dataset in DFDC's layout: a part folder of mp4 files and their metadata.json."""

import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from stages.sample.cast import Cast
from stages.sample.clip import write_clip
from stages.sample.group import render_group
from stages.sample.params import SampleParams

PART = "dfdc_train_part_0"

Entries = dict[str, dict[str, str | None]]


def write_group(folder: Path, stream: list[int], cast: Cast, params: SampleParams) -> Entries:
    """Render and encode all clips of a group into `folder`; return their metadata."""
    group = render_group(stream, cast, params)
    pristine, *names = group.names
    write_clip(folder / pristine, group.pristine, params.fps, group.camera.quality)
    entries: Entries = {pristine: {"label": "REAL", "split": "train", "original": None}}
    for name, fake in zip(names, group.fakes, strict=True):
        write_clip(folder / name, fake.frames, params.fps, group.camera.quality)
        entries[name] = {
            "label": "FAKE",
            "split": "train",
            "original": pristine,
            "method": fake.method,
            **({"donor": fake.donor} if fake.donor else {}),
        }
    return entries


@contextmanager
def new_dataset(folder: Path) -> Iterator[Path]:
    """A part folder to fill; what was `folder` is replaced by it once all went well."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        part = Path(temporary) / "new" / PART
        part.mkdir(parents=True)
        yield part
        if folder.exists():
            folder.rename(Path(temporary) / "old")
        part.parent.rename(folder)


def write_metadata(part: Path, entries: Iterable[Entries]) -> None:
    """Write metadata.json, sorted by name, so that the order tells nothing either."""
    merged = {name: entry for some in entries for name, entry in some.items()}
    text = json.dumps(merged, indent=1, sort_keys=True)
    (part / "metadata.json").write_text(text + "\n", encoding="utf-8")
