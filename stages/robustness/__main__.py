"""Score degraded faces of the test split with one model: how fast it gets worse.

Command
    ``python -m stages.robustness BACKBONE``
Reads
    ``models/<backbone>/model.keras`` and its ``decision.json``, ``data/split/test.csv``, the crops
    in ``data/faces/seen``
Writes
    figures at every distortion and level: ``plots/robustness/<backbone>.csv``
Parameters
    ``robustness``, ``metrics``, ``evaluate.batch_size``; versions of av, keras, kornia-rs,
    numpy, opencv-python-headless, scikit-learn, scipy, tensorflow
"""

from pathlib import Path

import numpy as np

from stages.common import table
from stages.common.command import run_stage
from stages.common.crops import map_crops, resize_crop
from stages.common.device import use_device
from stages.common.machine import this_machine
from stages.common.measure.curves import write_series
from stages.common.measure.decision import read_decision
from stages.common.measure.measures import MetricsParams
from stages.common.network import load_network, run_network
from stages.common.params import load
from stages.common.picture import decode_stored
from stages.common.tables.splits import SPLIT, split_path
from stages.common.versions import pinned
from stages.robustness.curves import robustness
from stages.robustness.params import RobustnessParams
from stages.robustness.subsample import subsample


def main(backbone: str) -> None:
    """Draw the robustness curves of one backbone's model."""
    pinned(
        "av",
        "keras",
        "kornia-rs",
        "numpy",
        "opencv-python-headless",
        "scikit-learn",
        "scipy",
        "tensorflow",
    )
    params = load("robustness", RobustnessParams)
    metrics_params = load("metrics", MetricsParams)
    use_device(this_machine().device)
    folder = Path("models") / backbone
    network, decision = (
        load_network(folder / "model.keras"),
        read_decision(folder / "decision.json"),
    )
    test = table.read(split_path("test"), SPLIT)
    faces = subsample(test, params.groups, params.faces, params.seed)
    crops = map_crops(decode_stored, faces)
    batch = min(load("evaluate.batch_size", int), len(crops))
    size = network.input_shape[1]

    def score(pictures: list[np.ndarray]) -> np.ndarray:
        resized = np.stack([resize_crop(picture, size) for picture in pictures])
        logits = [
            run_network(network, resized[first : first + batch].astype(np.float32), batch)
            for first in range(0, len(resized), batch)
        ]
        return decision.score_faces(np.concatenate(logits))

    curves = robustness(faces, crops, score, decision.frame.threshold, params.seed, metrics_params)
    write_series(Path("plots/robustness") / f"{backbone}.csv", curves)


if __name__ == "__main__":
    run_stage(main)
