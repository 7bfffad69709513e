"""What is read of a process while it runs."""

import pytest

from bench.watched import of_all, run_watched

BUSY = "import time; end = time.process_time() + 1\nwhile time.process_time() < end: pass"


def cpu(process):
    return sum(process.cpu_times()[:4])


def test_the_cpu_time_of_a_child_counts_for_all_processes_alone():
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}])"
    alone = run_watched(["-c", parent], lambda process: sum(process.cpu_times()[:2]), 0.05)
    whole = run_watched(["-c", parent], lambda process: of_all(process, cpu), 0.05)
    # The last look at a process is up to an interval before its end.
    assert alone.peak < 0.5 < 0.7 < whole.peak
    assert whole.seconds >= 1


def test_a_failed_command_ends_the_bench_with_what_it_said():
    with pytest.raises(SystemExit, match="no room"):
        run_watched(["-c", "import sys; sys.exit('no room')"], lambda process: 0.0, 0.05)
