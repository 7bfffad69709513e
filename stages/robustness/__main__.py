"""Score degraded faces of the test split with one model, to measure its robustness.

Command
    ``python -m stages.robustness BACKBONE``
Reads
    ``models/<backbone>/model.keras`` and its ``decision.json``, ``data/split/test.csv``, the crops
    in ``data/faces/seen``
Writes
    ``plots/robustness/<backbone>.csv`` (metrics at every distortion and level)
Parameters
    ``robustness``, ``metrics``, ``evaluate.batch_size``; versions of ``media``,
    ``network`` and ``statistics``
"""

import numpy as np

from stages.common import table
from stages.common.command import run_stage
from stages.common.crops import map_crops, resize_crop
from stages.common.device import use_device
from stages.common.machine import this_machine
from stages.common.metrics.curves import write_series
from stages.common.metrics.decision import read_decision
from stages.common.metrics.metrics_table import MetricsParams
from stages.common.model_paths import decision_path, network_path, plot_path
from stages.common.network import load_network, score_crops
from stages.common.params import load
from stages.common.picture import decode_stored
from stages.common.tables.splits import SPLIT, split_path
from stages.common.versions import pinned
from stages.robustness.curves import robustness
from stages.robustness.params import RobustnessParams
from stages.robustness.subsample import subsample


def main(backbone: str) -> None:
    """Compute the robustness curves of one backbone's model."""
    pinned("media", "network", "statistics")
    params = load("robustness", RobustnessParams)
    metrics_params = load("metrics", MetricsParams)
    use_device(this_machine().device)
    network = load_network(network_path(backbone))
    decision = read_decision(decision_path(backbone))
    test = table.read(split_path("test"), SPLIT)
    faces = subsample(test, params.groups, params.faces, params.seed)
    crops = map_crops(decode_stored, faces)
    batch_size = min(load("evaluate.batch_size", int), len(crops))
    size = network.input_shape[1]

    def score(pictures: list[np.ndarray]) -> np.ndarray:
        resized = (resize_crop(picture, size) for picture in pictures)
        return decision.score_faces(score_crops(network, resized, batch_size))

    curves = robustness(faces, crops, score, decision.frame.threshold, params.seed, metrics_params)
    write_series(plot_path("robustness", backbone), curves)


if __name__ == "__main__":
    run_stage(main)
