"""Charts with the curves of both commits, drawn as SVG inside the page."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from review.revision import Revision
from stages.common.metrics.curves import roc
from stages.common.metrics.decision import FITTED_ON
from stages.common.metrics.definitions import DEFINITIONS
from stages.common.metrics.scores import Scores
from stages.common.metrics_file import DECIMALS
from stages.train.history import curve_path

WIDTH, HEIGHT = 300, 300
_LEFT, _TOP, _RIGHT, _BOTTOM = 46, 10, 10, 44
_MAX_STEPS = 5
_HISTORY = {
    "train/loss": "loss on train",
    "val/loss": "loss on val",
    "val/auc": "AUC by video on val",
}


@dataclass(frozen=True)
class Line:
    """One curve.

    Attributes
    ----------
    side : {"base", "head"}
        The commit it belongs to; it selects the line style on the page.
    path : str
        SVG path data, in pixels of the chart.
    """

    side: str
    path: str


@dataclass(frozen=True)
class Tick:
    """A labelled position on an axis, in pixels of the chart."""

    place: float
    text: str


@dataclass(frozen=True)
class Chart:
    """A chart of `WIDTH` by `HEIGHT` pixels, ready for the page's template.

    `caption` has the value of each curve: its AUC, or where a training ended.
    """

    title: str
    caption: str
    x_label: str
    y_label: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    lines: list[Line]

    left, right = _LEFT, WIDTH - _RIGHT
    top, bottom = _TOP, HEIGHT - _BOTTOM
    width, height = WIDTH, HEIGHT


def roc_charts(model: str, base: pd.DataFrame, head: pd.DataFrame) -> Iterator[Chart]:
    """ROC charts of a model at video level, for each split and dataset where the curves differ.

    Parameters
    ----------
    model : str
        Name of the model.
    base, head : DataFrame
        Rows of `stages.common.tables.scores.VIDEO_SCORES`; none if a commit has none.
    """
    curves: dict[tuple[str, str], dict[str, pd.DataFrame]] = {}
    areas: dict[tuple[str, str], dict[str, float]] = {}
    for side, scores in {"base": base, "head": head}.items():
        for place, rows in scores[scores["split"] != FITTED_ON].groupby(["split", "dataset"]):
            fake, p_fake = (rows["label"] == "fake").to_numpy(), rows["p_fake"].to_numpy()
            curves.setdefault(place, {})[side] = roc(fake, p_fake)
            area = DEFINITIONS["auc"].of(Scores(fake, p_fake))  # of all points: `roc` thins them
            if not isinstance(area, str):
                areas.setdefault(place, {})[side] = area
    for (split, dataset), sides in sorted(curves.items()):
        if len(sides) == 2 and sides["base"].equals(sides["head"]):
            continue
        points = {side: curve[["fpr", "tpr"]].to_numpy() for side, curve in sides.items()}
        title = f"{model}: ROC by video, {split} · {dataset}"
        values = areas.get((split, dataset))
        caption = f"AUC {_then(values)}" if values else "no AUC: one class alone"
        labels = "false-positive rate", "true-positive rate"
        yield _chart(title, caption, *labels, points, (0, 1), (0, 1))


def history_charts(model: str, base: Revision, head: Revision) -> Iterator[Chart]:
    """Charts of those main training curves of a model that differ."""
    for curve, meaning in _HISTORY.items():
        points = {}
        for side, revision in {"base": base, "head": head}.items():
            path = revision.folder / curve_path(model, curve)
            if path.is_file():
                points[side] = pd.read_csv(path, sep="\t").dropna().to_numpy(float)
        drawn = [line for line in points.values() if len(line)]
        if not drawn or (len(points) == 2 and np.array_equal(*points.values())):
            continue
        low, high = np.concatenate(drawn).min(axis=0), np.concatenate(drawn).max(axis=0)
        ranges = [(one, max(other, one + 1e-3)) for one, other in zip(low, high, strict=True)]
        ends = {side: curve[-1, 1] for side, curve in points.items() if len(curve)}
        caption = f"at the end {_then(ends)}"
        yield _chart(f"{model}: {meaning}", caption, "epoch", meaning, points, *ranges)


def _then(values: dict[str, float]) -> str:
    """Both values as ``0.8751 → 0.9356``; one alone says of which commit it is."""
    texts = {side: f"{np.round(value, DECIMALS):.{DECIMALS}f}" for side, value in values.items()}
    if len(texts) == 2:
        return f"{texts['base']} → {texts['head']}"
    ((side, text),) = texts.items()
    return f"{text} in {side} alone"


def _chart(
    title: str,
    caption: str,
    x_label: str,
    y_label: str,
    points: dict[str, np.ndarray],
    x_range: tuple[float, float],
    y_range: tuple[float, float],
) -> Chart:
    def x_place(value: np.ndarray) -> np.ndarray:
        return np.interp(value, x_range, (Chart.left, Chart.right))

    def y_place(value: np.ndarray) -> np.ndarray:
        return np.interp(value, y_range, (Chart.bottom, Chart.top))

    lines = []
    for side, curve in points.items():
        places = zip(x_place(curve[:, 0]), y_place(curve[:, 1]), strict=True)
        lines.append(Line(side, "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in places)))
    return Chart(
        title=title,
        caption=caption,
        x_label=x_label,
        y_label=y_label,
        x_ticks=[Tick(float(x_place(value)), f"{value:.3g}") for value in _ticks(x_range)],
        y_ticks=[Tick(float(y_place(value)), f"{value:.3g}") for value in _ticks(y_range)],
        lines=[line for line in lines if line.path != "M"],
    )


def _ticks(bounds: tuple[float, float]) -> np.ndarray:
    """Round tick values within bounds: multiples of 1, 2 or 5 times a power of ten."""
    low, high = bounds
    rough = (high - low) / _MAX_STEPS
    power = 10 ** np.floor(np.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    return np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
