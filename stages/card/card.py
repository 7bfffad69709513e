"""Model cards (Mitchell et al., FAccT 2019) in Markdown, generated from the pipeline's results."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import yaml

from stages.common.metrics.decision import Decision
from stages.common.metrics.definitions import DEFINITIONS, shown_in
from stages.common.metrics.macro import worst_dataset, worst_methods
from stages.common.metrics.verdicts import Skill
from stages.common.model_paths import network_path
from stages.common.split_metrics import SPLIT_METRICS, content_name
from stages.common.tables.errors import ERROR_METRICS, errors_path, gaps_path, part_title
from stages.common.tables.metrics import ALL_METHODS, MACRO_AVERAGE, metrics_path
from stages.common.tables.scores import SCORED_SPLITS
from stages.common.tables.splits import SPLIT_NAMES

_DEMONSTRATION = (
    "> **For demonstration only.** This model knows nothing but the embedded sample, which was "
    "made from one photograph: what it says of anybody else means nothing."
)


@dataclass(frozen=True)
class CardInputs:
    """The pipeline's results for one model.

    Attributes
    ----------
    name : str
        Name of the backbone.
    md5 : str
        MD5 of the model file, as in dvc.lock.
    decision : Decision
        The model's calibration, thresholds and aggregation.
    skill : Skill
        What val and test show of its verdicts.
    items : DataFrame
        The items of all splits: rows of `stages.common.tables.splits.ITEMS`.
    split : mapping of str to number or str
        The metrics of the split.
    metrics : DataFrame
        Rows of `stages.common.tables.metrics.METRICS`.
    gaps : DataFrame
        Rows of `stages.common.tables.errors.GAPS`.
    robustness : DataFrame
        ``distortion``, ``level`` and ``auc``.
    recipe : mapping of str to dict
        Sections of params.yaml by name.
    versions : mapping of str to str
        Versions of the libraries that trained it.
    ready_made : collection of str
        Datasets whose faces are ready-made crops.
    """

    name: str
    md5: str
    decision: Decision
    skill: Skill
    items: pd.DataFrame
    split: Mapping[str, float | str]
    metrics: pd.DataFrame
    gaps: pd.DataFrame
    robustness: pd.DataFrame
    recipe: Mapping[str, dict[str, Any]]
    versions: Mapping[str, str]
    ready_made: Collection[str]


def card(inputs: CardInputs) -> str:
    """Return the model card as Markdown."""
    sections = {
        "Intended use": _use(inputs),
        "Verdicts": _verdicts(inputs),
        "Data": _data(inputs),
        "Recipe": _recipe(inputs),
        "Metrics": _metrics(inputs),
        "Errors by attribute": _errors(inputs),
        "Limits": _limits(inputs),
    }
    lines = [f"# {inputs.name}", ""]
    if inputs.decision.fitted_on.demonstration:
        lines += [_DEMONSTRATION, ""]
    lines += [f"`{network_path(inputs.name)}`, MD5 `{inputs.md5}`."]
    for title, section in sections.items():
        lines += ["", f"## {title}", "", *section]
    return "\n".join(lines) + "\n"


def _use(inputs: CardInputs) -> Iterable[str]:
    decision = inputs.decision
    yield (
        "To point a person to videos and pictures whose faces may have been manipulated. It gives "
        "P(fake) for each face and each item; an item is called fake from "
        f"{decision.video.threshold:.3f} on, a face from {decision.frame.threshold:.3f} on. A "
        "score is a reason to look, never proof: decide nothing about a person by it alone."
    )


def _verdicts(inputs: CardInputs) -> Iterable[str]:
    skill = inputs.skill
    if inputs.decision.fitted_on.demonstration:
        yield "None: it is a demonstration."
    elif skill.doubt:
        yield f"**None:** {skill.doubt}."
    else:
        yield "The app may call an item fake or real by it."
    if (rule := skill.rule) and (outcomes := skill.outcomes):
        yield ""
        yield (
            f"By the rule that is fitted on val ({rule.reals} reals, {rule.fakes} fakes) to an "
            f"error of at most {rule.max_error:.0%} (`verdict.max_error`), it {outcomes}, of the "
            "items of test with a face."
        )


def _data(inputs: CardInputs) -> Iterable[str]:
    yield from _header("split", "dataset", "real", "fake", "groups", "faces", "fakes by", "content")
    with_face = inputs.items[inputs.items["faces"] > 0]
    for split in SPLIT_NAMES:
        for dataset, rows in with_face[with_face["split"] == split].groupby("dataset"):
            labels = rows["label"].value_counts()
            methods = sorted(rows.loc[rows["label"] == "fake", "method"].unique())
            yield _row(
                split,
                dataset,
                labels.get("real", 0),
                labels.get("fake", 0),
                rows["group"].nunique(),
                rows["faces"].sum(),
                ", ".join(methods),
                f"`{inputs.split[content_name(split, dataset)]}`",
            )
    fitted = inputs.decision.fitted_on
    yield ""
    yield (
        "Items and groups with a face. `content` is a digest of the names and the bytes of the "
        f"items ({SPLIT_METRICS}). Nothing was learnt or chosen on test and unseen; epoch, "
        f"calibration and thresholds come from {fitted.split} ({fitted.items} items, "
        f"{fitted.groups} groups)."
    )
    taken = inputs.items["dataset"][inputs.items["dataset"].isin(inputs.ready_made)]
    if len(taken):
        yield ""
        yield (
            f"**Ready-made crops:** each picture of {_listed(taken)} is one face, cut out by the "
            "dataset's owners and taken as it is. No detector saw it, and `faces.crop` does not "
            "say how much of a face it shows."
        )
    if leaked := inputs.split["leak_test_items_of_learnt_groups"]:
        yield ""
        yield (
            f"**Leak:** {leaked} items of test belong to groups that train or val holds as well, "
            "as the official split has it."
        )
    known = inputs.split["leak_test_items_of_learnt_persons"]
    if isinstance(known, int) and known:
        yield ""
        yield (
            f"**Persons:** {known} items of test show persons whom train or val shows as well "
            "(`split.by: person` keeps them apart)."
        )


def _recipe(inputs: CardInputs) -> Iterable[str]:
    versions = ", ".join(f"{name} {version}" for name, version in inputs.versions.items())
    yield f"Trained with {versions} and these parameters; the lock has all the others."
    yield ""
    yield "```yaml"
    # Sorted, because DVC does not rerun this stage when only the order in params.yaml changes
    yield yaml.safe_dump(dict(inputs.recipe), sort_keys=True).rstrip()
    yield "```"


def _metrics(inputs: CardInputs) -> Iterable[str]:
    names = shown_in("headline")
    tested = inputs.metrics["split"] != inputs.decision.fitted_on.split
    shown = inputs.metrics[tested & inputs.metrics["metric"].isin(names)]
    yield from _header("data", "by", *(DEFINITIONS[name].title for name in names))
    whole = shown[shown["method"] == ALL_METHODS]
    for (split, dataset, level), rows in whole.groupby(["split", "dataset", "level"]):
        found = rows.set_index("metric").loc[names]
        yield _row(f"{split}: {dataset}", level, *map(_value, found.itertuples()))
    if average := _worst(whole):
        yield ""
        yield average
    auc = shown[(shown["level"] == "video") & (shown["metric"] == "auc")]
    yield ""
    yield from _header("data", "fakes by", "AUC by video")
    for row in auc[auc["method"] != ALL_METHODS].itertuples():
        yield _row(f"{row.split}: {row.dataset}", row.method, _value(row))
    for split, worst in worst_methods(shown).iterrows():
        yield ""
        yield f"On {split}, fakes by {worst['method']} ({worst['dataset']}) have the lowest AUC."
    yield ""
    yield (
        "With intervals by a bootstrap over targets and donors, which take training, calibration "
        f"and threshold as given. All metrics: `{metrics_path(inputs.name)}`; "
        "whether it beats what needs no network: `metrics/comparison.md`."
    )


def _worst(whole: pd.DataFrame) -> str:
    """Which unseen dataset is the hardest; empty if there are not several."""
    unseen = whole[(whole["split"] == "unseen") & (whole["level"] == "video")]
    auc = unseen[unseen["metric"] == "auc"].set_index("dataset")["value"]
    if MACRO_AVERAGE not in auc:
        return ""
    datasets = auc.drop(MACRO_AVERAGE)
    text = (
        f"`{MACRO_AVERAGE}` is the mean over {len(datasets)} unseen datasets, each weighing the "
        "same"
    )
    worst = worst_dataset(datasets.items(), "auc")
    return f"{text}; the lowest AUC by video is that on {worst}." if worst else f"{text}."


def _errors(inputs: CardInputs) -> Iterable[str]:
    compared = inputs.gaps[inputs.gaps["worst"] != ""]
    if compared.empty:
        yield (
            "No attribute of the tested faces has two values with enough clusters to compare "
            f"(`{gaps_path(inputs.name)}`)."
        )
        return
    yield from _header("data", "attribute", "by frame", "worst", "best", "gap")
    for row in compared.itertuples():
        gap = _interval(row.gap, row.gap_low, row.gap_high)
        yield _row(
            f"{row.split}: {row.dataset}",
            row.attribute,
            ERROR_METRICS[row.metric],
            f"{part_title(row.worst)}: {_interval(row.worst_value, row.worst_low, row.worst_high)}",
            f"{part_title(row.best)}: {_interval(row.best_value, row.best_low, row.best_high)}",
            f"**{gap}**" if row.gap_low > 0 else gap,
        )
    yield ""
    yield (
        "The worst and the best value of each attribute, of those with enough clusters. A gap in "
        "bold is more than chance: its interval, which allows for the choice of the two, lies "
        f"above 0. All values: `{errors_path(inputs.name)}`."
    )


def _limits(inputs: CardInputs) -> Iterable[str]:
    items = inputs.items[inputs.items["faces"] > 0]
    train = items[items["split"] == "train"]
    fakes = train["label"] == "fake"
    yield (
        f"- It has learnt to find fakes by {_listed(train.loc[fakes, 'method'])}, in "
        f"{_listed(train['dataset'])}. Of another manipulation, camera or compression, only the "
        "metrics on unseen data say anything"
        + ("." if (items["split"] == "unseen").any() else ", and there are none.")
    )
    curves = inputs.robustness.set_index(["distortion", "level"])["auc"].dropna()
    if len(curves):
        (kind, level), untouched = curves.idxmin(), curves.xs(0, level="level").iloc[0]
        yield (
            f"- Its AUC by frame is {untouched:.3f} on some faces as they are, and "
            f"{curves.min():.3f} on the same ones under {kind} of level {level}, the worst of "
            f"{len(curves)} settings."
        )
    video, fitted_on = inputs.decision.video, inputs.decision.fitted_on.split
    yield (
        f"- P(fake) assumes that {video.prior:.1%} of the items are fakes (`decision.prior`; "
        f"{video.val_share:.1%} of {fitted_on}'s are). Where fakes are rarer, "
        "more of its alarms are false than the score says."
    )
    scored = inputs.items[inputs.items["split"].isin(SCORED_SPLITS)]
    without = [
        f"{(rows['faces'] == 0).sum()} of {len(rows)} {label}s"
        for label, rows in scored.groupby("label")
    ]
    yield (
        "- It judges faces, and nothing else. An item in which no face is found has no score: "
        f"{' and '.join(without)} of {', '.join(SCORED_SPLITS)} had none. They are left out by "
        "frame and by video, and counted as undecided (P(fake) = prior) in `all_items`."
    )


def _listed(names: pd.Series) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names.unique()))


def _value(row: Any) -> str:
    if pd.isna(row.value):
        return f"undefined ({row.note})"
    return f"{row.value:.3f}" if pd.isna(row.low) else _interval(row.value, row.low, row.high)


def _interval(value: float, low: float, high: float) -> str:
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"


def _header(*names: str) -> Iterable[str]:
    yield _row(*names)
    yield _row(*["---"] * len(names))


def _row(*cells: Any) -> str:
    # Owners of datasets name methods and values of attributes, and a bar would end the cell
    texts = [str(cell).replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(texts)} |"
