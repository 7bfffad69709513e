"""Compare two commits and collect the results in a report."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from review.attributes import WorstValues, worst_values
from review.changes import (
    Change,
    FileChange,
    ItemChange,
    contents_of,
    count_changes,
    file_changes,
    item_changes,
    items_of,
    param_changes,
    stage_changes,
)
from review.charts import Chart, history_charts, roc_charts
from review.primary import bottom_line, of_primary_metric, primary
from review.revision import Revision
from review.verdicts import Judgement, Scored, judge, judge_frames
from stages.common import table
from stages.common.errors import TableError
from stages.common.metrics.decision import FITTED_ON, prior_on_val, threshold_on_val
from stages.common.metrics.definitions import shown_in
from stages.common.metrics.metrics_table import MetricsParams
from stages.common.metrics.score_tables import item_levels
from stages.common.split_metrics import SPLIT_METRICS, content_name
from stages.common.tables.metrics import ALL_METHODS, MACRO_AVERAGE, METRICS, metrics_path
from stages.common.tables.scores import BASELINE
from stages.compare.ensemble import ENSEMBLES_PATH, read_ensembles
from stages.compare.seeds import SEED_COLUMNS, auc_over_seeds, spread_text


@dataclass(frozen=True)
class Report:
    """What changed between two commits, and what it means.

    Attributes
    ----------
    base, head : Revision
        The two commits.
    params, counts : list of Change
        Changed parameters, and changed metrics of the data stages.
    stages : list of str
        Stages whose outs differ.
    item_changes : list of ItemChange
        Differences in the scored items, for each split of each dataset.
    files : list of FileChange
        Files of git that differ.
    judgements : list of Judgement
        All metrics of all models that both commits have.
    primary : Judgement or None
        The one that decides, from `review.primary.primary`.
    seeds : DataFrame
        Spread of the AUC by video between trainings from several seeds: ``model``, ``split``,
        ``dataset``, and ``base`` and ``head`` as text; empty if there are none.
    worst_values : list of WorstValues
        The worst value of each attribute of the tested faces.
    notes : list of str
        Caveats for reading the report.
    charts : list of Chart
        ROC and training curves that differ.
    confidence : float
        Confidence level of the intervals, in (0, 1).
    """

    base: Revision
    head: Revision
    params: list[Change]
    counts: list[Change]
    stages: list[str]
    item_changes: list[ItemChange]
    files: list[FileChange]
    judgements: list[Judgement]
    primary: Judgement | None
    seeds: pd.DataFrame
    worst_values: list[WorstValues]
    notes: list[str]
    charts: list[Chart]
    confidence: float

    @property
    def headline(self) -> list[Judgement]:
        """Judgements of the headline metrics, over all methods together and not on val."""
        of_items = shown_in("headline")
        shown = {
            "video": of_items,
            "all_items": of_items,
            "frame": shown_in("frame headline"),
        }
        return [
            judgement
            for judgement in self.judgements
            if judgement.method == ALL_METHODS
            and judgement.split != FITTED_ON
            and judgement.metric in shown[judgement.level]
        ]

    @property
    def bottom_line(self) -> str:
        """The verdict on the primary metric, and what else is worse, in one line."""
        return bottom_line(self.primary, self.headline)

    @property
    def telling(self) -> list[Judgement]:
        """What to look at first: the primary metric of each model, then what is worse or better."""
        place = self.primary and (self.primary.split, self.primary.dataset)
        first = [
            judgement
            for judgement in of_primary_metric(self.judgements)
            if (judgement.split, judgement.dataset) == place
        ]
        return first + [
            judgement
            for verdict in ("worse", "better")
            for judgement in self.headline
            if judgement.verdict == verdict and judgement not in first
        ]

    @property
    def wrong_locks(self) -> list[Revision]:
        """Commits whose dvc.lock does not belong to them, the head first."""
        return [revision for revision in (self.head, self.base) if revision.lock_problems]

    @property
    def models(self) -> list[str]:
        """Names of the judged models, the trivial baseline last."""
        return list(dict.fromkeys(judgement.model for judgement in self.judgements))

    @property
    def verdicts(self) -> Counter[str]:
        """Number of headline metrics per verdict."""
        return Counter(judgement.verdict for judgement in self.headline)


def compare(base: Revision, head: Revision) -> Report:
    """Compare two commits.

    Raises
    ------
    PipelineError
        A file of the commits cannot be read.
    """
    params = head.param("metrics", MetricsParams)
    notes: list[str] = []
    old, new = _scored(base, notes), _scored(head, notes)
    contents = contents_of(base), contents_of(head)
    before, after = (items_of(one.levels["video"] for one in side.values()) for side in (old, new))
    changed = item_changes(before, after, *contents)
    differences = {
        (change.split, change.dataset): "" if change.comparable else f"other items: {change}"
        for change in changed
    }
    differences["unseen", MACRO_AVERAGE] = next(
        (found for (split, _), found in differences.items() if split == "unseen" and found), ""
    )
    if elsewise := [str(revision) for revision in (base, head) if not revision.code_compared]:
        notes.append(
            f"dvc.lock of {' and of '.join(elsewise)} is compared with everything but the code, "
            "which was recorded in another way"
        )
    alone = {model: f"{model}: only in {head}" for model in sorted(new.keys() - old.keys())}
    alone |= {model: f"{model}: only in {base}" for model in sorted(old.keys() - new.keys())}
    notes += alone.values()
    notes += [
        f"{revision} has no digests of its test sets in {SPLIT_METRICS}: items are compared by name"
        for revision, found in zip((base, head), contents, strict=True)
        if not any(content_name(change.split, change.dataset) in found for change in changed)
    ]
    judgements: list[Judgement] = []
    charts: list[Chart] = []
    of_either = old | new
    for model in sorted(of_either, key=lambda name: (name == BASELINE, name)):
        lacking = of_either[model].without_items()
        differs = dict.fromkeys(differences, alone[model]) if model in alone else differences
        sides = old.get(model, lacking), new.get(model, lacking)
        judgements += judge(model, *sides, differs, params)
        judgements += _frame_judgements(model, base, head, differences)
        charts += roc_charts(model, *(side.levels["video"] for side in sides))
        charts += history_charts(model, base, head)
    return Report(
        base=base,
        head=head,
        params=param_changes(base, head),
        counts=count_changes(base, head),
        stages=stage_changes(base, head),
        item_changes=changed,
        files=file_changes(base, head),
        judgements=judgements,
        primary=primary(
            [judgement for judgement in judgements if judgement.model not in alone],
            head.param("backbones", list[str]),
        ),
        seeds=_over_seeds(base, head),
        worst_values=worst_values(base, head),
        notes=notes,
        charts=charts,
        confidence=params.intervals.confidence,
    )


def _over_seeds(base: Revision, head: Revision) -> pd.DataFrame:
    """Spread of the AUC by video between seeds: ``model``, ``split``, ``dataset``, both sides."""
    key = ["model", "split", "dataset"]
    sides = []
    for name, revision in {"base": base, "head": head}.items():
        parts = [
            auc_over_seeds(tables).assign(model=model) for model, tables in revision.seeds().items()
        ]
        rows = pd.concat(parts) if parts else pd.DataFrame(columns=[*key, *SEED_COLUMNS])
        rows = rows[rows["split"] != FITTED_ON]
        shown = [spread_text(row) for row in rows.itertuples()]
        sides.append(rows[key].assign(**{name: shown}))
    return sides[0].merge(sides[1], how="outer", on=key).fillna("one training")


def _scored(revision: Revision, notes: list[str]) -> dict[str, Scored]:
    """Scores and threshold of every model and ensemble; unreadable tables are added to `notes`."""
    found = revision.scores()
    bound = revision.param("decision.max_false_positive_rate", float)
    prior = revision.param("decision", dict[str, Any]).get("prior")
    tables = {model: rows for model, rows in found.items() if isinstance(rows, pd.DataFrame)}
    notes += [f"{model}: {rows}" for model, rows in found.items() if isinstance(rows, str)]
    if not tables:
        raise TableError("\n".join(map(str, found.values())))
    tables |= _ensembles(tables, revision)
    with_faces = {model: item_levels(rows)["video"] for model, rows in tables.items()}
    return {
        model: Scored(tables[model], threshold_on_val(rows, bound), prior_on_val(rows, prior))
        for model, rows in with_faces.items()
    }


def _ensembles(
    tables: dict[str, pd.DataFrame], revision: Revision
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Compute the scores of the ensembles of `stages.compare`, which are not stored in files.

    One of a single member has its scores, and is left out.
    """
    for name, ensemble in read_ensembles(revision.folder / ENSEMBLES_PATH).items():
        if len(ensemble.weights) > 1 and ensemble.weights.keys() <= tables.keys():
            members = {member: tables[member] for member in ensemble.weights}
            yield name, ensemble.combine("video", members)


def _frame_judgements(
    model: str, base: Revision, head: Revision, differences: dict[tuple[str, str], str]
) -> list[Judgement]:
    paths = [revision.folder / metrics_path(model) for revision in (base, head)]
    if not all(path.is_file() for path in paths):
        return []
    old, new = (table.read(path, METRICS) for path in paths)
    return judge_frames(model, old, new, differences)
