"""Which workers a stage gets on this machine."""

from pathlib import Path

import pytest

from stages.common import cluster as clusters
from stages.common import machine as machines
from stages.common.cluster import cluster, memory_of_worker, worker_number
from stages.common.errors import ParamsError
from stages.common.machine import Machine, this_machine
from tests.support.work import native_threads

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def repository(tmp_path, monkeypatch):
    (tmp_path / "stages").symlink_to(ROOT / "stages")
    monkeypatch.chdir(tmp_path)


@pytest.mark.end_to_end
@pytest.mark.parametrize(
    ("settings", "items", "on_gpu", "expected"),
    [
        ({"workers": 2, "gpus": 1}, 9, False, [1, 1]),
        ({"workers": 2, "gpus": 0}, 1, True, [1]),
        ({"workers": 5, "gpus": 2}, 9, True, [2, 2]),
        ({"workers": 5, "gpus": 2, "device": "cpu"}, 2, True, [1, 1]),
    ],
)
def test_a_worker_a_core_or_a_worker_a_gpu(settings, items, on_gpu, expected):
    with cluster(Machine(**settings), items, {}, on_gpu) as client:
        assert sorted(client.nthreads().values()) == expected
        numbers = [
            client.submit(worker_number, workers=[worker], pure=False)
            for worker in client.nthreads()
        ]
        assert sorted(client.gather(numbers)) == list(range(len(expected)))
        assert client.submit(native_threads).result() == (1, "1")


@pytest.mark.parametrize("workers", [1, 4, 32])
def test_memory_is_divided_by_workers_not_by_cores(monkeypatch, workers):
    monkeypatch.setattr(clusters, "memory", lambda: 64 * 2**30)
    assert memory_of_worker(Machine(workers=workers), workers) == 64 * 2**30 // workers
    assert memory_of_worker(Machine(memory="3 GiB"), workers) == 3 * 2**30
    with pytest.raises(ParamsError, match="MACHINE_MEMORY"):
        memory_of_worker(Machine(memory="plenty"), workers)


def test_outside_of_workers_there_is_no_number():
    assert worker_number() is None


@pytest.mark.parametrize(
    ("named", "count"),
    [
        (None, 2),
        ("", 0),
        ("-1", 0),
        ("NoDevFiles", 0),
        ("none", 0),
        ("0", 1),
        ("1, 0", 2),
        ("0,-1,1", 1),
        ("-1,0", 0),
        ("0,1,2,3", 2),
        ("GPU-8f6,GPU-21a", 2),
    ],
)
def test_gpus_are_those_that_cuda_may_see(monkeypatch, tmp_path, named, count):
    for name in ("nvidia0", "nvidia1", "nvidiactl"):
        (tmp_path / name).touch()
    monkeypatch.setattr(machines, "_DEVICES", tmp_path)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if named is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", named)
    assert this_machine().gpus == count


def test_a_gpu_that_is_named_but_not_there_does_not_count(monkeypatch, tmp_path):
    monkeypatch.setattr(machines, "_DEVICES", tmp_path)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert this_machine().gpus == 0
