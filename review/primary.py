"""The bottom line of a review: the primary metric, and whether anything else is worse."""

from collections.abc import Sequence

import numpy as np

from review.verdicts import Judgement
from stages.common.metrics.definitions import DEFINITIONS
from stages.common.tables.metrics import ALL_METHODS, MACRO_AVERAGE
from stages.compare.ensemble import MEAN

PRIMARY_METRIC, PRIMARY_LEVEL = "auc", "video"
"""The metric that decides, declared before anyone looks: the ranking of items, which depends on no
threshold, on `PRIMARY_SPLITS`."""

PRIMARY_SPLITS = "unseen", "test"
"""Where it is measured: on the unseen datasets (their macro average, if there are several), since
new forgeries are what a detector meets; on test if no unseen dataset has both classes."""

_NAMED = 3
_COMPARED = ("better", "worse", "within noise", "unchanged")


def primary(judgements: Sequence[Judgement], backbones: Sequence[str]) -> Judgement | None:
    """Pick the judgement that decides.

    The model is the one that the app answers with: the ensemble of equal weights, otherwise the
    last of `backbones`.

    Parameters
    ----------
    judgements : sequence of Judgement
        All that both commits share.
    backbones : sequence of str
        As in params.yaml.

    Returns
    -------
    Judgement or None
        None if no such model was judged.
    """
    judged = {judgement.model for judgement in judgements}
    model = next((name for name in (MEAN, *reversed(backbones)) if name in judged), None)
    found = [judgement for judgement in of_primary_metric(judgements) if judgement.model == model]
    defined = [judgement for judgement in found if judgement.verdict != "undefined"]
    return next(iter(defined or found), None)


def of_primary_metric(judgements: Sequence[Judgement]) -> list[Judgement]:
    """Judgements of the primary metric on each dataset, the deciding one of each model first."""
    return sorted(
        (
            judgement
            for judgement in judgements
            if (judgement.metric, judgement.level) == (PRIMARY_METRIC, PRIMARY_LEVEL)
            and judgement.method == ALL_METHODS
            and judgement.split in PRIMARY_SPLITS
        ),
        key=lambda judgement: (
            PRIMARY_SPLITS.index(judgement.split),
            judgement.dataset != MACRO_AVERAGE,
        ),
    )


def bottom_line(deciding: Judgement | None, headline: Sequence[Judgement]) -> str:
    """State the verdict on the primary metric, and what is worse, in one line.

    Parameters
    ----------
    deciding : Judgement or None
        From `primary`.
    headline : sequence of Judgement
        Everything that could be worse.
    """
    if deciding is None:
        return "No model of params.yaml was evaluated in both commits, so there is no verdict"
    others = [judgement for judgement in headline if judgement is not deciding]
    title = titled(deciding)
    return f"{title[0].upper()}{title[1:]}: {_outcome(deciding)}; {_of_others(others)}"


def titled(judgement: Judgement) -> str:
    """Name metric, items and model, such as ``unseen macro AUC by video (vgg16)``."""
    title = f"{DEFINITIONS[judgement.metric].title} by {judgement.level.replace('_', ' ')}"
    if judgement.dataset == MACRO_AVERAGE:
        return f"{judgement.split} macro {title} ({judgement.model})"
    return f"{judgement.split} {title} on {judgement.dataset} ({judgement.model})"


def _outcome(judgement: Judgement) -> str:
    change, better_up = judgement.change, DEFINITIONS[judgement.metric].higher_is_better
    if judgement.verdict in ("better", "worse"):
        up = (judgement.verdict == "better") == better_up
        bounds = (change.low, change.high) if up else (-change.high, -change.low)
        interval = "" if np.isnan(change.low) else " [{:.3f}, {:.3f}]".format(*bounds)
        return f"{judgement.verdict} by {abs(change.value):.3f}{interval}"
    if judgement.verdict == "within noise":
        return f"within noise, {change.value:+.3f} [{change.low:+.3f}, {change.high:+.3f}]"
    if judgement.verdict == "unchanged":
        return f"unchanged at {judgement.head.value:.3f}"
    return f"{judgement.verdict} ({judgement.reason})"


def _of_others(others: Sequence[Judgement]) -> str:
    worse = [titled(judgement) for judgement in others if judgement.verdict == "worse"]
    better = sum(judgement.verdict == "better" for judgement in others)
    if not any(judgement.verdict in _COMPARED for judgement in others):
        return "nothing else can be compared"
    also = [f"{better} of {len(others)} other headline metrics better"] if better else []
    if not worse:
        return ", ".join([*also, "nothing worse"])
    more = [f"and {len(worse) - _NAMED} more"] if len(worse) > _NAMED else []
    return ", ".join([*also, f"{len(worse)} worse: {', '.join([*worse[:_NAMED], *more])}"])
