import ctypes
import gc
import operator
import pickle
import signal
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from stages.common import sandbox
from stages.common.container import format_of
from stages.common.errors import ItemError, MachineFailure
from stages.common.sandbox import call_apart, map_apart

pytestmark = pytest.mark.end_to_end


def test_the_result_comes_back():
    assert call_apart(operator.add, 2, 3, seconds=60) == 5
    assert len(call_apart(bytes, 30_000_000, seconds=60)) == 30_000_000


@pytest.mark.parametrize(
    ("call", "kind", "reason"),
    [
        ((format_of, Path("gone")), MachineFailure, "No such file"),
        ((operator.truediv, 1, 0), ItemError, "ZeroDivisionError: division by zero"),
        ((ctypes.string_at, 0), ItemError, "crashed its decoder .SIGSEGV."),
        ((signal.raise_signal, signal.SIGKILL), MachineFailure, "killed .SIGKILL."),
        ((bytearray, 6 * 2**30), ItemError, "needs more than 4 GiB of memory"),
    ],
)
def test_whatever_goes_wrong_has_its_reason(call, kind, reason):
    with pytest.raises(ItemError, match=reason) as caught:
        call_apart(*call, seconds=60)
    assert type(caught.value) is kind


def test_a_hang_is_ended():
    start = time.monotonic()
    with pytest.raises(MachineFailure, match="took longer than 1 s"):
        call_apart(time.sleep, 600, seconds=1)
    assert time.monotonic() - start < 30


def test_many_calls_share_a_process_and_one_that_ends_it_costs_itself_alone():
    process, crash = "__import__('os').getpid()", "__import__('ctypes').string_at(0)"
    texts = [process, "1 / 0", process, crash, process, "__import__('time').sleep(600)", process]
    found = list(map_apart(eval, [(text,) for text in texts], seconds=10))
    assert [type(answer) for answer in found[1::2]] == [ItemError, ItemError, MachineFailure]
    assert [str(answer) for answer in found[1::2]] == [
        "ZeroDivisionError: division by zero",
        "crashed its decoder (SIGSEGV)",
        "took longer than 10 s",
    ]
    first, again, second, third = found[::2]
    assert first == again
    assert len({first, second, third}) == 3
    assert list(map_apart(eval, [], seconds=10)) == []


def test_time_that_the_caller_takes_counts_for_no_call():
    answers = map_apart(eval, [("__import__('os').getpid()",)] * 3, seconds=1)
    first = next(answers)
    time.sleep(2.5)
    assert list(answers) == [first, first]


class Hostile:
    """What runs code in whoever unpickles it."""

    def __reduce__(self):
        return Path.touch, (Path("taken over"),)


def take_over(content):
    """Answer `content` past the process's own way, and live on."""
    (pipe,) = (found for found in gc.get_objects() if isinstance(found, Connection))
    pipe.send_bytes(content)
    time.sleep(600)


@pytest.mark.parametrize("content", [pickle.dumps(Hostile()), b"", b"\xc1", b"\x01"])
def test_what_takes_the_process_over_gets_no_code_into_the_caller(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MachineFailure, match="took longer than 3 s"):
        call_apart(take_over, content, seconds=3)
    assert not (tmp_path / "taken over").exists()


def test_an_answer_is_bounded(monkeypatch):
    monkeypatch.setattr(sandbox, "ANSWER", 1000)
    with pytest.raises(ItemError):
        call_apart(bytes, 5000, seconds=60)


def test_it_writes_no_file(tmp_path):
    with pytest.raises(ItemError, match="File too large"):
        call_apart((tmp_path / "a").write_bytes, bytes(100_000), seconds=60)


_LIMITED = """
import multiprocessing, resource
from stages.common import sandbox
from stages.common.errors import ItemError

def refuse(*arguments):
    raise ValueError("current limit exceeds maximum limit")

if __name__ == "__main__":
    {setup}
    print(sandbox.call_apart(divmod, 7, 2, seconds=60))
    for call in ((bytearray, 3 * 2**30), (divmod, 1, 0)):
        try:
            sandbox.call_apart(*call, seconds=60)
        except ItemError as error:
            print(type(error).__name__, error)
"""


def _limited(setup):
    command = [sys.executable, "-c", _LIMITED.format(setup=setup)]
    return subprocess.run(command, capture_output=True, text=True, check=True)


def test_a_lower_hard_limit_is_taken_as_it_is_and_blames_no_item():
    lines = _limited("resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))").stdout.splitlines()
    assert lines[0] == "[3, 1]"
    assert lines[1].startswith("MachineFailure needs more than 2 GiB of memory (with 2.0 GiB of")
    assert lines[2].startswith("MachineFailure ZeroDivisionError: ")


def test_limits_that_the_system_refuses_are_left_out_and_named():
    """By reports, some systems refuse each limit on address space."""
    done = _limited(
        "sandbox.resource.setrlimit = refuse; "
        "sandbox._context = lambda module: multiprocessing.get_context('fork')"
    )
    assert done.stdout.splitlines()[0] == "[3, 1]"
    assert done.stderr.count("warning: this system refuses limits") == 1
