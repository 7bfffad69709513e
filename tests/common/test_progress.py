"""What a person sees of a run's progress."""

import io
import re

import pytest

from stages.common import progress as module
from stages.common.progress import progress


def run(bar):
    with bar:
        for number in range(3):
            bar.set_postfix(failed=number, refresh=False)
            bar.update()


def test_without_a_terminal_it_is_lines_of_items_rate_time_left_and_failures(monkeypatch, capsys):
    monkeypatch.setattr(module, "_SECONDS_BETWEEN_LINES", 0)
    run(progress("frames d", 3))
    printed = capsys.readouterr().err
    assert "\r" not in printed
    line = r"frames d: \d/3 \[\d\d:\d\d<(\?|\d\d:\d\d), +[\d.?]+(item/s|s/item)(, failed=\d)?\]"
    lines = printed.splitlines()
    assert all(re.fullmatch(line, each) for each in lines)
    assert lines[-1].endswith("failed=2]")


def test_without_a_terminal_it_is_quiet(capsys):
    run(progress("frames d", 3))
    assert len(capsys.readouterr().err.splitlines()) <= 2


@pytest.mark.parametrize("shown", ["frames d: 100%", "3/3", "item/s", "<00:00", "failed=2"])
def test_on_a_terminal_it_is_a_bar(monkeypatch, shown):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(module.sys, "stderr", terminal)
    run(progress("frames d", 3))
    assert shown in terminal.getvalue()
