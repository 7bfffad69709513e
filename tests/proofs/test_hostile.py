"""A hundred mutated items, and what the proof would say if one did harm."""

from functools import partial
from pathlib import Path
from random import Random

import pandas as pd
import pytest

from proofs.hostile.cases import Run, run_cases
from proofs.hostile.mutate import WAYS, mutate
from proofs.hostile.seeds import made_items
from proofs.hostile.verdict import problems_of, summary
from proofs.hostile.watch import through_app, through_crops, through_frames
from stages.common.items import Outcome
from stages.common.sandbox import MEMORY
from stages.frames.section import FramesSection
from tests.support.stage_outputs import FRAMES_PARAMS

ROOT = Path(__file__).parents[2]
PICTURES = {"png", "jpg", "webp", "bmp", "tiff", "avif", "heic"}
FRAMES = FramesSection(**FRAMES_PARAMS | {"max_duration": 600.0, "max_seconds": 20.0})


@pytest.fixture(scope="module")
def items():
    return made_items()


@pytest.mark.end_to_end
@pytest.mark.parametrize(
    ("work", "least"), [(through_frames, 5), (through_crops, 1), (through_app, 5)]
)
def test_a_hundred_mutated_items(items, work, least, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)  # workers import the project from the current folder
    monkeypatch.setenv("MACHINE_WORKERS", "2")
    if work is not through_app:
        work = partial(work, root=tmp_path)
    run = run_cases(items, 100, 7, partial(work, params=FRAMES), tmp_path)
    assert problems_of(run, FRAMES) == []
    processed = run.outcome.rows["item"].nunique()
    assert processed > least
    assert len(run.outcome.failures) == 100 - processed > 50
    assert f"{processed} processed" in summary(run, FRAMES.max_seconds)


@pytest.mark.end_to_end
def test_sound_items_are_all_processed(items, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    for name, content in items.items():
        (tmp_path / name).write_bytes(content)
        made = through_frames(tmp_path / name, tmp_path, FRAMES, tmp_path)
        still = name.split(".")[-1] in PICTURES and not name.startswith("animated")
        assert len(made.rows["frame"]) == (1 if still else 4), name


def test_a_case_is_the_same_each_time_and_each_way_changes_bytes(items):
    others = list(items.values())
    for name, content in items.items():
        first, again = (mutate(content, others, Random(name)) for _ in range(2))
        assert first == again
        assert len(first) <= 4 * len(content)
    for way in WAYS:
        more = (others,) if way.__name__ == "_splice" else ()
        changed = [bytes(way(bytearray(c), Random(3), *more)) != c for c in others]
        assert sum(changed) > len(others) / 2, way


def made_run(rows=(), failures=(), notes=()):
    columns = {
        "item": [],
        "frame": [],
        "time": [],
        "width": [],
        "height": [],
    }
    return Run(
        ["a"],
        Outcome(
            pd.DataFrame(rows, columns=list(columns)),
            pd.DataFrame(failures, columns=["item", "error"]),
            1,
        ),
        pd.DataFrame(
            notes or [("a", 1.0, 10, 10)], columns=["case", "seconds", "decoder", "worker"]
        ),
    )


SOUND = ("a", 0, 0.0, 10, 10)


@pytest.mark.parametrize(
    ("run", "problem"),
    [
        (made_run([SOUND]), None),
        (made_run(), "a: was lost"),
        (made_run(failures=[("a", "")]), "a: no reason"),
        (made_run(failures=[("a", "killed each worker that took it")]), "took its worker"),
        (made_run(failures=[("a", "IndexError: list index out of range")]), "error of the code"),
        (made_run([SOUND], notes=[("a", 31.0, 10, 10)]), "ended after 31 s"),
        (made_run([SOUND], notes=[("a", 1.0, MEMORY + 1, 10)]), "more memory"),
        (made_run([("a", n, n / 9, 10, 10) for n in range(5)]), "more frames"),
        (made_run([("a", 0, 0.0, 2000, 1000)]), "a frame beyond"),
        (made_run([SOUND, ("a", 1, -1.0, 10, 10)]), "times that do not rise"),
        (made_run([SOUND, ("a", 1, 601.0, 10, 10)]), "a time beyond"),
    ],
)
def test_whatever_must_not_happen_is_a_problem(run, problem):
    found = problems_of(run, FRAMES)
    assert len(found) == (problem is not None)
    assert problem is None or problem in found[0]
