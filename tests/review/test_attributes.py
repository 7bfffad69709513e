"""The worst value of each attribute in both commits: review/attributes.py."""

import pandas as pd
import pytest

from review.attributes import worst_values
from review.page import COMMENT_ATTRIBUTES, comment, page
from review.report import compare
from review.revision import read_revision
from review.verdicts import Estimate
from stages.common import table
from stages.common.errors import TableError
from stages.common.tables.errors import GAPS, gaps_path
from tests.support.explain import made_gap


@pytest.fixture
def revisions(team, tmp_path):
    """Commit tables of gaps, a mapping from model to rows for each commit."""

    def commit(*commits):
        for tables in commits:
            for model, rows in tables.items():
                table.write(team.folder / gaps_path(model), pd.DataFrame(rows), GAPS)
            team.commit()
        names = {"base": f"HEAD~{len(commits) - 1}", "head": "HEAD"}
        return [read_revision(name, tmp_path / side) for side, name in names.items()]

    return commit


def test_the_worst_value_of_both_commits_stands_side_by_side(revisions):
    base, head = revisions(
        {"net_a": [made_gap()], "net_b": [made_gap(attribute="age")]},
        {"net_a": [made_gap(worst="0007.00-0012.50", worst_value=0.1, gap=0.06, gap_low=-0.1)]},
    )
    other, (found) = worst_values(base, head)[::-1]
    assert (found.model, found.split, found.dataset) == ("net_a", "unseen", "other")
    assert (found.attribute, found.title) == ("skin", "false alarms by frame")
    assert found.base.part == "dark"
    assert found.base.value == Estimate(0.31, 0.22, 0.4)
    assert found.head.part == "7.00-12.50"
    assert found.head.gap == Estimate(0.06, -0.1, 0.37)
    assert found.unequal
    assert other.model == "net_b"


def test_a_commit_without_gaps_has_none(revisions, team):
    team.commit()
    base, head = revisions({}, {"net_a": [made_gap(), made_gap(attribute="age", worst="")]})
    (found,) = worst_values(base, head)
    assert found.base is None
    assert found.head.part == "dark"
    assert worst_values(base, base) == []


def test_values_that_differ_by_no_more_than_chance_are_not_unequal(revisions):
    base, head = revisions({"net_a": [made_gap(gap_low=-0.1)]}, {"net_a": [made_gap(gap_low=0)]})
    (found,) = worst_values(base, head)
    assert not found.unequal


def test_a_table_of_another_form_is_named(revisions, team):
    (team.folder / "metrics/gaps").mkdir(parents=True)
    (team.folder / "metrics/gaps/net_a.csv").write_text("a,b\n1,2\n")
    base, head = revisions({}, {})
    with pytest.raises(TableError, match=r"net_a\.csv"):
        worst_values(base, head)


@pytest.mark.end_to_end
def test_page_and_comment_name_the_worst_value_and_none_can_break_out(revisions):
    hostile = "<b>dark</b>|`@everyone"
    gaps = [made_gap(worst=hostile), made_gap(attribute="age", worst="old", gap_low=-0.1)]
    report = compare(*revisions({"net_a": gaps[:1]}, {"net_a": gaps}))
    html, markdown = page(report), comment(report)
    assert "<b>dark</b>" not in html
    assert "&lt;b&gt;dark&lt;/b&gt;" in html
    assert "0.3100 [0.2200, 0.4000], gap <strong>0.2700 [0.1700, 0.3700]</strong>" in html
    assert "<code>old</code> 0.3100 [0.2200, 0.4000], gap 0.2700 [-0.1000, 0.3700]" in html
    assert "1 of 2 gaps" in markdown
    (line,) = (line for line in markdown.splitlines() if "dark" in line)
    assert line.startswith("| `net_a` | unseen · `other` | `skin` | false alarms by frame | `<b>")
    assert line.count("`<b>dark</b>\\|'@everyone` 0.3100") == 2
    assert "`old`" not in markdown


@pytest.mark.end_to_end
def test_the_comment_counts_the_attributes_that_it_leaves_out(revisions):
    many = [made_gap(attribute=f"attribute {number:03d}") for number in range(200)]
    report = compare(*revisions({"net_a": many}, {"net_a": many}))
    markdown = comment(report)
    assert markdown.count("`attribute ") == COMMENT_ATTRIBUTES
    assert f"{200 - COMMENT_ATTRIBUTES} more in report.html" in markdown
    assert page(report).count("attribute ") >= 200
