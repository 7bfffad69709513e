"""What control groups leave of a machine, in the forms of both versions."""

import os

import pytest

from stages.common import resources
from stages.common.resources import memory, out_of_memory_kills, processors

GIB = 2**30


@pytest.fixture
def groups(tmp_path, monkeypatch):
    """A machine of 16 processors and 64 GiB whose groups say what a test writes."""
    monkeypatch.setattr(resources, "_MOUNTED", tmp_path)
    monkeypatch.setattr(resources, "_OF_THIS_PROCESS", tmp_path / "cgroup")
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(16)))
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("Memory", (), {"total": 64 * GIB}))

    def write(lines, files):
        (tmp_path / "cgroup").write_text(lines)
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return write


def test_without_groups_it_is_the_whole_machine(groups):
    assert (processors(), memory()) == (16, 64 * GIB)


def test_a_container_sees_its_group_as_the_root(groups):
    files = {"cpu.max": "250000 100000\n", "memory.max": f"{8 * GIB}\n"}
    groups("0::/\n", files)
    assert (processors(), memory()) == (2, 8 * GIB)


def test_the_least_of_nested_groups_counts(groups):
    """SLURM bounds the job, and each of its steps lies below."""
    files = {
        "slurm/job_7/memory.max": f"{6 * GIB}\n",
        "slurm/job_7/cpu.max": "400000 100000\n",
        "slurm/job_7/step_0/memory.max": "max\n",
        "slurm/job_7/step_0/cpu.max": "max 100000\n",
        "slurm/memory.max": f"{60 * GIB}\n",
    }
    groups("0::/slurm/job_7/step_0\n", files)
    assert (processors(), memory()) == (4, 6 * GIB)


def test_version_1(groups):
    lines = "4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n0::/\n"
    files = {
        "memory/docker/abc/memory.limit_in_bytes": f"{3 * GIB}\n",
        "memory/memory.limit_in_bytes": "9223372036854771712\n",
        "cpu/docker/abc/cpu.cfs_quota_us": "50000\n",
        "cpu/docker/abc/cpu.cfs_period_us": "100000\n",
        "cpu/cpu.cfs_quota_us": "-1\n",
        "cpu/cpu.cfs_period_us": "100000\n",
    }
    groups(lines, files)
    assert (processors(), memory()) == (1, 3 * GIB)


def test_a_system_without_affinity_or_groups(groups, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert (processors(), memory()) == (8, 64 * GIB)


def test_kills_for_memory_are_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(resources, "_OUT_OF_MEMORY_KILLS", tmp_path / "vmstat")
    assert out_of_memory_kills() == 0
    (tmp_path / "vmstat").write_text("nr_free_pages 7\noom_kill 3\n")
    assert out_of_memory_kills() == 3
