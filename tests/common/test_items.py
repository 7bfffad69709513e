"""A folder of items is a function of its inputs, however it came about."""

import errno
import hashlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.common import items
from stages.common.archive import item_path, read_record, write_archive
from stages.common.errors import InputError, ItemError, TooManyFailures
from stages.common.items import Batched, ItemResult, Job, run_items
from tests.support.work import work, work_on_several, work_without_threads

ROOT = Path(__file__).parents[2]
PROVENANCE = {"versions": {}}
CODE = {"works.py": "a digest"}


class InlineClient:
    """Dask's client as far as `run_items` uses it, in this process: for fast tests."""

    def __init__(self, machine, count, versions, on_gpu):
        self.calls = 0

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A folder that a stage can run in, with the project's code."""
    (tmp_path / "stages").symlink_to(ROOT / "stages")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MACHINE_WORKERS", "2")
    return tmp_path


@pytest.fixture
def inline(monkeypatch):
    """Work in this process and return the items worked on."""
    worked = []

    def work_on(client, process, tasks, batch_size, label):
        worked.extend(job.item for job in tasks)
        listed = list(tasks.values())
        for first in range(0, len(listed), batch_size):
            process(listed[first : first + batch_size])

    monkeypatch.setattr(items, "cluster", InlineClient)
    monkeypatch.setattr(items, "_work_on", work_on)
    return worked


def jobs_of(media: dict[str, str]) -> list[Job]:
    """Write items and return their jobs."""
    folder = Path("raw")
    folder.mkdir(exist_ok=True)
    jobs = []
    for name, text in sorted(media.items()):
        (folder / name).write_text(text)
        digest = hashlib.md5(text.encode()).hexdigest()
        jobs.append(Job("d", "real", name, digest, folder / name))
    return jobs


def run(item, function=work, provenance=PROVENANCE, code=CODE, allowed=1.0, folder="out"):
    return run_items(function, jobs_of(item), Path(folder), provenance, code, "test", allowed)


def tree(folder="out"):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in Path(folder).rglob("*")
        if path.is_file()
    }


def inode(folder="out"):
    return {path.stem: path.stat().st_ino for path in Path(folder).rglob("*.zip")}


def test_adding_changing_and_removing_one_works_on_that_one(repository, inline):
    media = {f"m{n}": f"text {n}" for n in range(5)}
    assert run(media).processed == 5
    for change in ({"m5": "new"}, {"m2": "another"}):
        inline.clear()
        media |= change
        run(media)
        assert inline == list(change)
    inline.clear()
    del media["m1"]
    outcome = run(media)
    assert (inline, outcome.processed) == ([], 0)
    assert not item_path(Path("out"), "real", "m1").exists()
    assert set(outcome.rows["item"]) == set(media)


names = st.sampled_from(["a", "b", "c", "d"])
IN_BATCHES = Batched(work_on_several, 2)
states = st.dictionaries(names, st.sampled_from(["one", "two", "refuse", "late", "error"]))


@pytest.mark.parametrize("function", [work, IN_BATCHES])
def test_step_by_step_equals_from_scratch_to_the_byte(
    repository, inline, tmp_path_factory, function
):
    @settings(database=None)
    @given(st.lists(states, min_size=1, max_size=4))
    def check(history):
        here = tmp_path_factory.mktemp("history")
        for item in history:
            step = run(item, function, folder=here / "steps")
        inline.clear()
        scratch = run(history[-1], folder=here / "scratch")  # one by one: the same bytes
        assert tree(here / "steps") == tree(here / "scratch")
        assert step.rows.equals(scratch.rows)
        assert step.failures.equals(scratch.failures)

    check()


@pytest.mark.parametrize(
    "other",
    [
        {"provenance": {"versions": {}, "size": 2}},
        {"provenance": {"versions": {"av": "18.2.0"}}},
        {"code": CODE | {"works.py": "another digest"}},
        {"code": CODE | {"helper.py": "a digest"}},
    ],
)
def test_another_parameter_version_or_code_makes_all_again(repository, inline, other):
    media = {"a": "one", "b": "two"}
    run(media)
    assert run(media, **other).processed == 2


def test_failures_are_rows_and_a_machines_failure_is_tried_again(repository, inline):
    media = {"a": "one", "b": "refuse", "c": "late", "d": "error"}
    outcome = run(media)
    reasons = dict(zip(outcome.failures["item"], outcome.failures["error"], strict=True))
    assert reasons == {
        "b": "is refused",
        "c": "took too long",
        "d": "KeyError: 'nothing here'",
    }
    assert outcome.rows["item"].tolist() == ["a", "a"]
    inline.clear()
    run(media)
    assert inline == ["c"]


def test_an_error_of_the_machine_is_no_property_of_the_item(repository, inline):
    media = {"a": "unreadable", "b": "thread", "c": "error"}
    outcome = run(media)
    reasons = dict(zip(outcome.failures["item"], outcome.failures["error"], strict=True))
    assert reasons == {
        "a": "PermissionError: [Errno 13] Permission denied",
        "b": "RuntimeError: can't start new thread",
        "c": "KeyError: 'nothing here'",
    }
    inline.clear()
    run(media)
    assert inline == ["a", "b"]


def test_past_the_allowed_fraction_the_first_ten_are_named(repository, inline):
    media = {f"m{n:02}": "refuse" for n in range(12)} | {"good": "one"}
    with pytest.raises(TooManyFailures) as caught:
        run(media, allowed=0.5)
    message = str(caught.value)
    assert "12 of 13" in message
    assert "real/m09: is refused" in message
    assert "real/m10" not in message
    assert item_path(Path("out"), "real", "good").exists()


def test_a_torn_archive_is_made_again_and_strays_are_removed(repository, inline):
    media = {"a": "one", "b": "two"}
    run(media)
    expected = tree()
    path = item_path(Path("out"), "real", "a")
    path.write_bytes(path.read_bytes()[:50])
    Path("out/real/.1-abc.part").write_text("torn")
    Path("out/old").mkdir()
    Path("out/old/x.zip").write_text("stray")
    assert run(media).processed == 1
    assert tree() == expected
    assert not Path("out/old").exists()


@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_a_linked_cache_is_never_written_into(repository, inline, link):
    """Under linked caches an archive in the workspace is the cache's own file."""
    media = {"a": "one", "b": "two"}
    run(media)
    cache = Path("cache").absolute()
    cache.mkdir()
    for path in sorted(Path("out").rglob("*.zip")):
        path.rename(cache / path.name)
        (cache / path.name).chmod(0o444)
        link(cache / path.name, path)
    before = {path.name: path.read_bytes() for path in cache.iterdir()}
    assert run(media | {"a": "changed"}).processed == 1
    assert run({"b": "two"}).processed == 0
    assert {path.name: path.read_bytes() for path in cache.iterdir()} == before


def test_an_archive_that_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "a.zip"
    write_archive(path, items.Record("old"), {})
    monkeypatch.setattr("zipfile.ZipFile.writestr", full)
    with pytest.raises(OSError, match="No space left"):
        write_archive(path, items.Record("new"), {"0.png": b"x"})
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.zip"]
    assert read_record(path).digest == "old"


@pytest.mark.end_to_end
@pytest.mark.parametrize("function", [partial(work, factor=2), IN_BATCHES])
def test_with_real_workers_only_the_killer_is_skipped(repository, monkeypatch, capfd, function):
    """Its neighbours were with the same workers, and are tried again without it."""
    media = {f"m{n:02}": "slow" for n in range(6)} | {"m03": "kill", "m10": "refuse"}
    outcome = run(media, function)
    reasons = dict(zip(outcome.failures["item"], outcome.failures["error"], strict=True))
    assert reasons == {"m03": "killed each worker that took it", "m10": "is refused"}
    assert outcome.rows["item"].nunique() == 5
    assert "Traceback" not in (printed := capfd.readouterr().err)
    assert "distributed" not in printed


@pytest.mark.end_to_end
def test_a_worker_killed_for_memory_names_the_setting(repository, monkeypatch):
    monkeypatch.setenv("MACHINE_MEMORY", "500MiB")
    outcome = run({"a": "hungry", "b": "one"})
    assert outcome.rows["item"].unique().tolist() == ["b"]
    assert outcome.failures["error"].tolist() == [
        "killed each worker that took it: it took more than the 0.5 GiB that one worker may use; "
        "set more memory in machine.yaml or MACHINE_MEMORY, or fewer workers in machine.yaml or "
        "MACHINE_WORKERS"
    ]


def test_a_lack_of_threads_is_not_an_archive_that_cannot_be_written(repository):
    with pytest.raises(InputError, match=r"a.zip cannot be made: .* thread; set fewer workers in"):
        run({"a": "thread"}, Batched(work_without_threads, 2))


def test_an_archive_that_cannot_be_written_is_fatal(repository):
    Path("raw").mkdir()
    Path("raw/a").write_text("one")
    jobs = [Job("d", "m" * 300, "a", "1", Path("raw/a"))]
    with pytest.raises(InputError, match=r"cannot be written: .* name too long"):
        run_items(work, jobs, Path("out"), PROVENANCE, CODE, "test", 1.0)


def test_a_mistake_in_the_settings_is_fatal_and_blames_no_item(repository):
    with pytest.raises(InputError, match=r"^no such weights$"):
        run({"a": "mistake"})
    assert tree() == {}


_SCRIPT = """
    import sys
    from pathlib import Path
    from stages.common.items import Job, run_items
    from tests.support.work import work

    if __name__ == "__main__":
        jobs = [Job("d", "real", f"m{n:02}", str(n), Path(f"raw/m{n:02}")) for n in range(16)]
        outcome = run_items(work, jobs, Path("out"), {"versions": {}}, {}, "test", 1.0)
        print(outcome.processed, len(outcome.rows))
"""


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.3, 1.2, 2.5, 4])
def test_killed_at_any_moment_the_next_run_goes_on(repository, seconds):
    jobs_of({f"m{n:02}": "slow" for n in range(16)})
    script = Path("run.py")
    script.write_text(textwrap.dedent(_SCRIPT))
    command = [sys.executable, str(script)]
    environment = os.environ | {"PYTHONPATH": f"{repository}:{ROOT}"}
    first = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    assert first.stderr.readline().startswith("test: 16 to work on")
    time.sleep(seconds)
    first.send_signal(signal.SIGKILL)
    first.wait()
    first.stderr.close()
    finished = len(list(Path("out").rglob("*.zip")))
    second = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    worked, rows = map(int, second.stdout.split())
    assert rows == 32
    # What was in flight may have been finished by workers that outlived their scheduler
    assert 16 - finished - 4 <= worked <= 16 - finished
    assert not [path for path in Path("out").rglob("*") if path.suffix == ".part"]


def test_the_tables_that_rows_are_read_into_are_not_seen(repository, inline, monkeypatch):
    some = {"a": "refuse", "b": "none", "c": "1", "d": "none", "e": "0.5"}
    whole = run(some, with_a_value)
    monkeypatch.setattr(items, "_ITEMS_A_TABLE", 1)
    parts = run(some, with_a_value)
    pd.testing.assert_frame_equal(parts.rows, whole.rows)
    pd.testing.assert_frame_equal(parts.failures, whole.failures)
    assert whole.rows["value"].dtype == float
    assert whole.rows["value"].isna().sum() == 2
    assert list(whole.rows["item"]) == ["b", "c", "d", "e"]


def with_a_value(task):
    text = task.read_text()
    if text == "refuse":
        raise ItemError("is refused")
    value = None if text == "none" else float(text)
    return ItemResult({"value": [value], "name": [text], "nothing": [None]})
