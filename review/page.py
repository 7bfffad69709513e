"""Render the report as an HTML page and as a comment on a pull request."""

from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from review.report import Report
from review.verdicts import Estimate, Judgement
from stages.common.metrics.definitions import DEFINITIONS
from stages.common.metrics_file import DECIMALS

MEANINGS = {
    "better": "the interval of the paired difference lies entirely on the better side of 0",
    "worse": "it lies entirely on the worse side of 0",
    "within noise": "it contains 0: the test items cannot tell the two apart",
    "unchanged": "the same scores, or scores in the same order",
    "not comparable": "the commits score other items, labels, sources or files, or one of them has "
    "no such model",
    "undecided": "no interval of the difference: too few clusters, or a metric by frame whose two "
    "intervals overlap (git has no scores of frames)",
    "undefined": "the metric does not exist there",
}
COMMENT_ROWS = 60
"""Largest number of rows per table: GitHub limits comments to 65,536 characters."""

TELLING_ROWS = 8
"""Largest number of rows before the fold: at 390 px wide, they fit in three screens."""

COMMENT_ATTRIBUTES = 20
"""Largest number of attributes, whose rows are long."""

_CELL = 100
_WORST_FIRST = ("worse", "better", "not comparable", "undecided", "within noise", "undefined")


def page(report: Report) -> str:
    """Render one HTML file that can be read offline, with styles and charts embedded."""
    template = _environment().get_template("report.html")
    return template.render(report=report, meanings=MEANINGS, telling=TELLING_ROWS)


def comment(report: Report) -> str:
    """Render Markdown with fewer than 65,536 characters."""
    return (
        _environment()
        .get_template("report.md")
        .render(
            report=report,
            rows=COMMENT_ROWS,
            telling=TELLING_ROWS,
            headline=most_telling(report.headline),
            files=[file for file in report.files if not file.made],
            unequal=[worst for worst in report.worst_values if worst.unequal],
            attributes=COMMENT_ATTRIBUTES,
        )
    )


def most_telling(judgements: list[Judgement]) -> list[Judgement]:
    """Keep at most `COMMENT_ROWS` in the given order, preferring worse and better verdicts."""
    rank = {verdict: place for place, verdict in enumerate(_WORST_FIRST)}
    ranked = sorted(judgements, key=lambda judgement: rank.get(judgement.verdict, len(rank)))
    kept = {id(judgement) for judgement in ranked[:COMMENT_ROWS]}
    return [judgement for judgement in judgements if id(judgement) in kept]


def metric(estimate: Estimate, sign: str = "") -> str:
    """Format a metric with its interval, such as ``0.8710 [0.8020, 0.9300]``."""
    if np.isnan(estimate.value):
        return "–"
    text, low, high = (
        f"{rounded:{sign}.{DECIMALS}f}" if rounded else "0"
        for rounded in np.round([estimate.value, estimate.low, estimate.high], DECIMALS)
    )
    return text if np.isnan(estimate.low) or low == high else f"{text} [{low}, {high}]"


def name(judgement: Judgement) -> str:
    """Name of a metric with its level and better direction, such as ``AUC by video ↑``."""
    metric = DEFINITIONS[judgement.metric]
    arrow = "↑" if metric.higher_is_better else "↓"
    return f"{metric.title} by {judgement.level} {arrow}"


def value(found: Any) -> str:
    """Format a parameter or count on one line."""
    if found is None:
        return "–"
    return f"{found:.6g}" if isinstance(found, float) else str(found)


def code(text: Any, longest: int = _CELL) -> str:
    """Format text as Markdown code so that it cannot form a table cell, link, tag or mention."""
    plain = " ".join(value(text).split()).replace("`", "'").replace("|", "\\|")
    return f"`{plain if len(plain) <= longest else plain[: longest - 1] + '…'}`"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("review"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"metric": metric, "name": name, "value": value, "code": code}
    return environment
