"""The comparison as a Markdown report."""

from typing import Any

import pandas as pd
from scipy.stats import fisher_exact

from stages.common.metrics.definitions import DEFINITIONS, shown_in
from stages.common.tables.metrics import MACRO_AVERAGE
from stages.common.tables.scores import BASELINE
from stages.compare.leaderboard import CROPS
from stages.compare.seeds import spread_text

SIGNIFICANT = 0.05

UNEVEN = "**Whether a face is found depends on the label.**"

_UNEVEN = 0.01
"""p-value of Fisher's exact test below which it does."""


def report(leaderboard: pd.DataFrame, comparisons: pd.DataFrame, weights: dict[str, float]) -> str:
    """Write the report: one video-level table per split and dataset, and significant differences.

    Parameters
    ----------
    leaderboard, comparisons : DataFrame
        Rows of the tables of these names.
    weights : dict of str to float
        Weight of each model in ``ensemble_weighted``; empty if there is no ensemble.
    """
    lines = [
        "# Comparison of the models",
        "",
        "At video level; AUC with its interval from a bootstrap over targets and donors, which "
        "takes training, calibration and the thresholds from val as given. "
        f"A model marked ✗ does not beat the trivial baseline (`{BASELINE}`): the interval of "
        "its paired gain in AUC reaches 0. All metrics: `leaderboard.csv`, `comparisons.csv`.",
    ]
    if weights:
        shares = ", ".join(f"{model} {weight:.2f}" for model, weight in weights.items())
        lines += ["", f"`ensemble_weighted` takes, by val: {shares}."]
    others = [name for name in shown_in("comparison") if name != "auc"]
    titles = [DEFINITIONS[name].title for name in others]
    columns = ["model", DEFINITIONS["auc"].title, "gain over baseline", *titles]
    videos = leaderboard[leaderboard["level"] == "video"]
    for (split, dataset), rows in videos.groupby(["split", "dataset"]):
        lines += [
            "",
            f"## {split}: {_heading(dataset, rows)}",
            "",
            f"| {' | '.join(columns)} |",
            f"| {' | '.join(['---'] * len(columns))} |",
            *(_line(row, others) for row in rows.sort_values("rank").itertuples()),
            "",
        ]
        here = (leaderboard["split"] == split) & (leaderboard["dataset"] == dataset)
        every = leaderboard[here & (leaderboard["level"] == "all_items")]
        for remark in (_with_faceless(every), _partly_scored(rows, every), _over_seeds(rows)):
            lines += [remark, ""] if remark else []
        if dataset == MACRO_AVERAGE:
            lines += [_worst(rows)]
        else:
            pairs = comparisons["split"] == split
            lines += [_real_differences(comparisons[pairs & (comparisons["dataset"] == dataset)])]
    return "\n".join(lines) + "\n"


def _over_seeds(rows: pd.DataFrame) -> str:
    """The spread between seeds; empty where each backbone was trained once."""
    named = [f"{row.model} {spread_text(row)}" for row in rows.itertuples() if row.seeds > 1]
    return f"AUC over trainings from other seeds: {', '.join(named)}." if named else ""


def _partly_scored(rows: pd.DataFrame, every: pd.DataFrame) -> str:
    """Which programs did not score every item with a face; empty where all did."""
    coverage = rows.set_index("model")["coverage"]
    named = [
        f"{row.model} scored {coverage.get(row.model, 0.0):.1%} of the items (AUC with the others "
        f"as undecided: {_metric(row.auc)})"
        for row in every.sort_values("rank").itertuples()
        if coverage.get(row.model, 0.0) < 1
    ]
    if not named:
        return ""
    return (
        f"{', '.join(named)}. A row is about the items that its model scored, a gain or difference "
        "about those that both models did."
    )


def _heading(dataset: str, rows: pd.DataFrame) -> str:
    first = rows[rows["model"] == BASELINE].iloc[0]  # it scores every item
    if dataset == MACRO_AVERAGE:
        return "average over the datasets, each weighing the same"
    crops = ", ready-made crops" if first.faces_from == CROPS else ""
    return f"{dataset} ({first.fakes + first.reals} items, {first.clusters} clusters{crops})"


def _worst(rows: pd.DataFrame) -> str:
    named = [f"{row.model} {row.worst_dataset}" for row in rows.itertuples() if row.worst_dataset]
    return f"Datasets with the lowest AUC: {', '.join(named)}."


def _with_faceless(rows: pd.DataFrame) -> str:
    """What changes once the items without a face count; empty where all have one."""
    text = faceless(rows)
    if not text:
        return ""
    auc = [f"{row.model} {_metric(row.auc)}" for row in rows.sort_values("rank").itertuples()]
    return (
        f"{text} They are left out above; counted as undecided (P(fake) = prior, level "
        f"`all_items`), the AUC is: {', '.join(auc)}."
    )


def faceless(rows: pd.DataFrame) -> str:
    """How many items show no face, by label, and whether the labels differ in it.

    Parameters
    ----------
    rows : DataFrame
        Rows of the leaderboard about one dataset at level ``all_items``.

    Returns
    -------
    str
        Empty where every item shows a face.
    """
    if rows.empty:
        return ""
    first = rows.iloc[0]
    fakes, reals = first.fakes_without_face, first.reals_without_face
    if not fakes + reals:
        return ""
    text = (
        f"No face was found in {fakes} of {first.fakes} fakes and {reals} of {first.reals} reals."
    )
    shares = fisher_exact([[fakes, first.fakes - fakes], [reals, first.reals - reals]])
    if shares.pvalue < _UNEVEN:
        text += f" {UNEVEN}"
    return text


def _line(row: Any, others: list[str]) -> str:
    marks = {"yes": "", "no": " ✗", "undefined": " ?", "is baseline": ""}
    cells = [
        f"{row.model}{marks[row.beats_baseline]}",
        _metric(row.auc, row.auc_low, row.auc_high),
        ""
        if row.model == BASELINE
        else _metric(row.auc_gain, row.auc_gain_low, row.auc_gain_high, sign="+"),
        *(_metric(getattr(row, name)) for name in others),
    ]
    return f"| {' | '.join(cells)} |"


def _metric(
    value: float, low: float = float("nan"), high: float = float("nan"), sign: str = ""
) -> str:
    if pd.isna(value):
        return "undefined"
    text = f"{value:{sign}.3f}"
    return text if pd.isna(low) else f"{text} [{low:{sign}.3f}, {high:{sign}.3f}]"


def _real_differences(pairs: pd.DataFrame) -> str:
    real = pairs[(pairs["holm_bootstrap"] < SIGNIFICANT) & (pairs["holm_obuchowski"] < SIGNIFICANT)]
    if real.empty:
        return (
            f"No difference in AUC is real: of {len(pairs)} pairs none has p < {SIGNIFICANT} in "
            "both the paired bootstrap and Obuchowski's test after Holm's correction."
        )
    named = [
        f"{row.first} {'>' if row.auc_difference > 0 else '<'} {row.second}"
        for row in real.itertuples()
    ]
    return (
        f"Real differences in AUC (p < {SIGNIFICANT} in the paired bootstrap and in Obuchowski's "
        f"test, Holm's correction): {', '.join(named)}."
    )
