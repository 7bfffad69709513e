"""What `proofs.batch` finds wrong with a run, and how it judges memory."""

import json

import pytest

from proofs.batch import growth, problems_of


def written(folder, lines, rows):
    (folder / "scores.jsonl").write_text("".join(json.dumps({"item": i}) + "\n" for i in lines))
    (folder / "scores.csv").write_text("\n".join(["item", *rows, ""]))
    return folder


@pytest.mark.parametrize(
    ("lines", "rows", "count"),
    [("ab", "ab", 0), ("abb", "ab", 1), ("a", "ab", 1), ("ab", "a", 1), ("abc", "abc", 2)],
)
def test_each_item_needs_one_line_and_one_row(tmp_path, lines, rows, count):
    assert len([*problems_of(["a", "b"], written(tmp_path, lines, rows))]) == count


def test_memory_grows_where_it_rises_after_the_first_hundred_items():
    flat = [(item, 500 + 9 * min(item, 90)) for item in range(1, 800)]
    assert growth(flat)[2] == pytest.approx(0, abs=1e-9)
    leaking = [(item, 1000 + item) for item in range(1, 1001)]
    assert growth(leaking) == (1100, 2000, pytest.approx(900 / 1100))
