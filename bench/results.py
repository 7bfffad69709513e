"""Draw the pictures of docs/results.md from a pipeline that has run.

Command
    ``python -m bench.results FOLDER [--split test] [--dataset dfdc_faces]``, where ``plots``,
    ``data/split``, ``data/scores`` and ``data/faces`` are those of the run
Writes
    ``FOLDER/roc.png``: ROC curves of all models by video
    ``FOLDER/reliability.png``: share of fakes against P(fake) by face, before and after calibration
    ``FOLDER/errors-<backbone>.png``: the most confident errors as edge pictures, on which nobody
    can be recognised
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stages.common import table
from stages.common.crops import map_crops
from stages.common.metrics.decision import read_decision
from stages.common.model_paths import decision_path, plot_path
from stages.common.params import load
from stages.common.picture import decode_stored
from stages.common.tables.scores import FRAME_SCORES, frame_scores_path
from stages.common.tables.splits import SPLIT, split_path
from stages.explain.cases import surest

_CASES = 6  # errors of each kind
_COUNTED = 20  # faces; of fewer, a share says little
_SIDE = 112  # px of an edge picture
_BLUR = 4.5  # px; what is finer makes a person known, and is gone before the edges are taken


def main() -> None:
    """Draw all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--split", default="test")
    parser.add_argument("--dataset", default="dfdc_faces")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    data = f"{args.split}: {args.dataset}"
    backbones = load("backbones", list[str])
    draw_roc(data).savefig(args.folder / "roc.png", dpi=90)
    draw_reliability(data, backbones).savefig(args.folder / "reliability.png", dpi=90)
    for backbone in backbones:
        errors = draw_errors(backbone, args.split, args.dataset)
        errors.savefig(args.folder / f"errors-{backbone}.png", dpi=90)


def draw_roc(data: str) -> Figure:
    """Draw the ROC curves of all models by video."""
    curves = pd.read_csv("plots/roc_models.csv")
    figure, axes = _square("share of reals called fake", "share of fakes called fake")
    chosen = curves[(curves["data"] == data) & (curves["level"] == "video")]
    for model, curve in chosen.groupby("model"):
        axes.plot(curve["fpr"], curve["tpr"], label=model)
    axes.legend(loc="lower right", fontsize="small")
    return figure


def draw_reliability(data: str, backbones: list[str]) -> Figure:
    """Draw the share of fakes among faces of about one P(fake), of each backbone."""
    figure, axes = _square("P(fake)", "share of fakes")
    for number, backbone in enumerate(backbones):
        curves = pd.read_csv(plot_path("reliability", backbone, ".csv"))
        chosen = curves[(curves["data"] == data) & (curves["level"] == "frame")]
        chosen = chosen[chosen["count"] >= _COUNTED]
        for (scores, curve), style in zip(
            chosen.groupby("scores", sort=False), (":", "-"), strict=True
        ):
            axes.plot(
                curve["predicted"], curve["observed"], style, color=f"C{number}",
                label=f"{backbone}, {scores}", marker=".",
            )  # fmt: skip
    axes.legend(loc="upper left", fontsize="small")
    return figure


def draw_errors(backbone: str, split: str, dataset: str) -> Figure:
    """Draw the most confident false alarms and misses of a backbone as edge pictures."""
    faces = table.read(split_path(split), SPLIT)
    scores = table.read(frame_scores_path(backbone), FRAME_SCORES)
    key = [*table.KEY, "frame", "track"]
    faces = faces[faces["dataset"] == dataset].merge(scores[[*key, "p_fake"]], on=key)
    threshold = read_decision(decision_path(backbone)).frame.threshold
    figure = Figure(figsize=(1.3 * _CASES, 3.2), layout="constrained")
    grid = figure.subplots(2, _CASES)
    for row, (case, title) in zip(
        grid, {"false_alarms": "real", "missed": "fake"}.items(), strict=True
    ):
        chosen = surest(faces, threshold, case, _CASES)
        for axes in row:
            axes.axis("off")
        for axes, crop, p_fake in zip(
            row, map_crops(decode_stored, chosen), chosen["p_fake"], strict=False
        ):
            axes.imshow(edges(crop), cmap="gray_r")
            axes.set_title(f"{title}, {p_fake:.2f}", fontsize="small")
    return figure


def edges(crop: np.ndarray) -> np.ndarray:
    """Magnitude of the gradient of a blurred crop, RGB of shape (h, w, 3); shape (112, 112)."""
    grey = cv2.resize(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), (_SIDE, _SIDE)).astype(np.float32)
    blurred = cv2.GaussianBlur(grey, (0, 0), _BLUR)
    return np.hypot(cv2.Sobel(blurred, -1, 1, 0), cv2.Sobel(blurred, -1, 0, 1))


def _square(across: str, up: str) -> tuple[Figure, Axes]:
    """Axes from 0 to 1 with their diagonal."""
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    axes.set(xlabel=across, ylabel=up, xlim=(0, 1), ylim=(0, 1), aspect="equal")
    return figure, axes


if __name__ == "__main__":
    main()
