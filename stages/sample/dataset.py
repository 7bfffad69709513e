"""A dataset in DFDC's layout: a part folder of mp4 files and their metadata.json."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from stages.sample.clip import write_clip
from stages.sample.group import render_group
from stages.sample.params import Sample

PART = "dfdc_train_part_0"


def write_dataset(
    folder: Path,
    streams: Iterable[list[int]],
    methods: list[str],
    sample: Sample,
    each: Callable[..., Iterable],
    done: Callable[[], object],
) -> None:
    """Render all groups into `folder`, which appears when it is complete.

    Parameters
    ----------
    folder : Path
        The dataset's folder; an older one is replaced.
    streams : iterable of list of int
        One seed a group.
    methods : list of str
        Manipulations, taken in turn.
    sample : Sample
        Number and size of the frames.
    each : callable
        ``map`` or its like; may run groups in other processes, returns results in order.
    done : callable
        Called after each group.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".sample-") as temporary:
        part = Path(temporary) / "dataset" / PART
        part.mkdir(parents=True)
        jobs = [
            (part, stream, methods[index % len(methods)], sample)
            for index, stream in enumerate(streams)
        ]
        entries: dict[str, dict] = {}
        for written in each(write_group, jobs):
            entries |= written
            done()
        metadata = json.dumps(dict(sorted(entries.items())), indent=1)
        (part / "metadata.json").write_text(metadata + "\n", encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        part.parent.rename(folder)


def write_group(job: tuple[Path, list[int], str, Sample]) -> dict[str, dict]:
    """Render and encode one group; return its entries of metadata.json."""
    part, stream, method, sample = job
    group = render_group(stream, method, sample)
    for name, frames in zip(group.names, [group.pristine, group.fake], strict=True):
        write_clip(part / name, frames, sample.fps, group.camera.quality)
    pristine, fake = group.names
    return {
        pristine: {"label": "REAL", "split": "train", "original": None},
        fake: {"label": "FAKE", "split": "train", "original": pristine, "method": method},
    }
