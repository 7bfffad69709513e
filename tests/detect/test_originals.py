"""A fake that shows its original's frames takes the boxes found in these."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from stages.common import items
from stages.common.archive import Record, item_path, write_archive
from stages.common.picture import encode_png
from stages.common.table import KEY, read, write
from stages.common.tables.detections import DETECTIONS, detections_path
from stages.common.tables.failures import FAILURES, failures_path
from stages.common.tables.frames import FRAMES, frame_name, frame_table_path, frames_folder
from stages.common.tables.index import INDEX, index_path
from stages.detect.__main__ import main
from stages.detect.originals import fakes_like_their_originals
from tests.support.code import add_code

ROOT = Path(__file__).parents[2]


def index_of(*media: tuple[str, str, str]) -> pd.DataFrame:
    """Index table of (method, items, original)."""
    return pd.DataFrame(
        [
            {
                "dataset": "d",
                "method": method,
                "item": name,
                "path": f"{method}-{name}.mp4",
                "kind": "video",
                "label": "real" if method in ("real", "actors") else "fake",
                "group": original or name,
                "target": original or name,
                "donor": "",
                "original": original,
                "official_split": "",
                "attributes": "",
                "md5": "0" * 32,
            }
            for method, name, original in media
        ]
    )


def frames_of(times: dict[tuple[str, str], list[float]], **sizes: int) -> pd.DataFrame:
    """Frame table; frames are numbered 3 apart."""
    rows = [
        ["d", method, name, 3 * number, time, sizes.get(name, 640), 480, 1.0]
        for (method, name), of_item in times.items()
        for number, time in enumerate(of_item)
    ]
    columns = [*KEY, "frame", "time", "width", "height", "scale"]
    return pd.DataFrame(rows, columns=columns).astype({"time": float})


def reused(index: pd.DataFrame, frames: pd.DataFrame) -> list[tuple]:
    columns = ["item", "frame", "original", "original_frame"]
    return list(
        fakes_like_their_originals(frames, index)[columns].itertuples(index=False, name=None)
    )


PAIR = index_of(("real", "a", ""), ("swap", "f", "a"))


def test_frames_are_paired_by_the_time_at_which_they_are_shown() -> None:
    times = {("real", "a"): [0, 0.5, 1.0, 1.5], ("swap", "f"): [0.5, 1.509]}
    assert reused(PAIR, frames_of(times)) == [("f", 0, "a", 3), ("f", 3, "a", 9)]


@pytest.mark.parametrize(
    ("times", "sizes"),
    [
        ({("real", "a"): [0, 0.5], ("swap", "f"): [0, 0.48]}, {}),
        ({("real", "a"): [0, 0.5], ("swap", "f"): [0, 0.5]}, {"f": 320}),
        ({("swap", "f"): [0, 0.5]}, {}),
        ({("real", "a"): [0, 0.5]}, {}),
    ],
)
def test_a_fake_that_shows_other_frames_is_looked_at_itself(
    times: dict[tuple[str, str], list[float]], sizes: dict[str, int]
) -> None:
    assert reused(PAIR, frames_of(times, **sizes)) == []


@pytest.mark.parametrize(
    "index",
    [
        index_of(("real", "a", ""), ("swap", "f", "")),
        index_of(("real", "a", ""), ("swap", "f", "b")),
        index_of(("real", "a", ""), ("actors", "a", ""), ("swap", "f", "a")),
        index_of(("swap", "a", ""), ("swap", "f", "a")),
    ],
)
def test_a_fake_without_one_known_original_is_looked_at_itself(index: pd.DataFrame) -> None:
    media = index[["method", "item"]].itertuples(index=False, name=None)
    assert reused(index, frames_of({key: [0, 1] for key in media})) == []


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photograph: np.ndarray):
    """A dataset of one original and two fakes, one of another length; work in this process."""
    add_code(tmp_path)
    monkeypatch.chdir(tmp_path)
    params = {"min_face": 0.15, "threshold": 0.0, "cnn_weights": "", "cnn_weights_md5": ""}
    section = {
        "from_original": True,
        "max_failed_fraction": 1.0,
        "second": "always",
        "dlib": params,
    }
    Path("params.yaml").write_text(
        yaml.safe_dump(
            {"detect": section, "detectors": ["dlib"], "faces": {"min_confidence": {"dlib": 0.2}}}
        )
    )
    media = {("real", "a"): [0, 1], ("swap", "f"): [0, 1], ("swap", "g"): [0, 1.2]}
    write(
        index_path("d"),
        index_of(*[(*key, "a" if key[0] == "swap" else "") for key in media]),
        INDEX,
    )
    write(frame_table_path("d"), frames_of(media), FRAMES)
    for shift, key in enumerate(media):
        store(key, np.roll(photograph, 40 * shift, axis=1), f"digest of {key}")

    worked: list[str] = []

    class Client:
        def __init__(self, *arguments: object) -> None: ...

        def __enter__(self) -> None: ...

        def __exit__(self, *error: object) -> None: ...

    def work_on(
        client: object, process: Callable, tasks: dict, batch_size: int, label: str
    ) -> None:
        worked.extend(job.item for job in tasks)
        process(list(tasks.values()))

    monkeypatch.setattr(items, "cluster", Client)
    monkeypatch.setattr(items, "_work_on", work_on)
    return worked


def store(key: tuple[str, str], frame: np.ndarray, digest: str) -> None:
    members = {frame_name(number, ".png"): encode_png(frame) for number in (0, 3)}
    write_archive(item_path(frames_folder("d"), *key), Record(digest), members)


def found() -> pd.Series:
    """Left edge of the surest box of each frame."""
    table = read(detections_path("d", "dlib"), DETECTIONS)
    return table[table["face"] == 0].set_index(["item", "frame"])["x"]


def test_the_stage_looks_at_originals_only(repository: list[str], photograph: np.ndarray) -> None:
    main("d")
    assert repository == ["a", "g"]
    first = found()
    assert first["f"].tolist() == first["a"].tolist()
    assert first["g", 0] == pytest.approx(first["a", 0] + 80, abs=16)
    assert '"items_from_original": 1' in Path("metrics/detect/d.json").read_text()

    repository.clear()
    store(("real", "a"), np.roll(photograph, 60, axis=1), "another")
    main("d")
    assert repository == ["a"]
    assert found()["f"].tolist() == pytest.approx((first["f"] + 60).tolist(), abs=16)

    repository.clear()
    params = yaml.safe_load(Path("params.yaml").read_text())
    params["detect"]["from_original"] = False
    Path("params.yaml").write_text(yaml.safe_dump(params))
    main("d")
    assert repository == ["f"]
    assert found()["f"].tolist() == pytest.approx((first["a"] + 40).tolist(), abs=16)


def test_a_fake_fails_with_its_original(repository: list[str]) -> None:
    path = item_path(frames_folder("d"), "real", "a")
    write_archive(path, Record("broken"), {"000000.png": b"no picture"})
    main("d")
    failures = read(failures_path("detect", "d"), FAILURES).set_index("item")["error"]
    assert failures["a"] == "dlib: stored frame 000000.png cannot be decoded"
    assert failures["f"] == "dlib: its original: stored frame 000000.png cannot be decoded"
    assert set(found().index.get_level_values("item")) == {"g"}
