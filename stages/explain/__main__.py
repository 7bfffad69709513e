"""Show where one model fails: errors by attribute, and its most confident cases with Grad-CAM.

Command
    ``python -m stages.explain BACKBONE``
Reads
    ``models/<backbone>/model.keras`` and its ``decision.json``, ``data/scores/<backbone>.csv``,
    the split tables test and unseen, the crops in ``data/faces``
Writes
    ``metrics/errors/<backbone>.csv``, and contact sheets ``plots/cases/<backbone>/<case>.png``
Parameters
    ``explain``; versions of ``media``, ``network`` and ``statistics``
"""

import cv2
import pandas as pd

from stages.common import table
from stages.common.command import run_stage
from stages.common.crops import map_crops
from stages.common.device import use_device
from stages.common.files import write_whole
from stages.common.machine import this_machine
from stages.common.metrics.decision import read_decision
from stages.common.model_paths import decision_path, network_path, plot_path
from stages.common.network import load_network
from stages.common.params import load
from stages.common.picture import decode_stored
from stages.common.table import KEY
from stages.common.tables.scores import FRAME_SCORES, frame_scores_path
from stages.common.tables.splits import SPLIT, split_path
from stages.common.versions import pinned
from stages.explain.cases import CASES, surest
from stages.explain.errors_by import (
    ERRORS_BY,
    errors_by,
    errors_by_path,
    measured_attributes,
)
from stages.explain.gradcam import grad_cam
from stages.explain.params import ExplainParams
from stages.explain.sheet import contact_sheet


def main(backbone: str) -> None:
    """Explain the model of one backbone."""
    pinned("media", "network", "statistics")
    params, machine = load("explain", ExplainParams), this_machine()
    use_device(machine.device)
    network = load_network(network_path(backbone))
    decision = read_decision(decision_path(backbone))
    faces = read_tested_faces(backbone)

    attributes = measured_attributes(faces, machine.workers)
    errors = errors_by(attributes, decision.frame.threshold, params.parts)
    table.write(errors_by_path(backbone), errors, ERRORS_BY)

    maps = grad_cam(network)
    for case in CASES:
        chosen = surest(faces, decision.frame.threshold, case, params.cases)
        crops = map_crops(decode_stored, chosen)
        captions = [
            (f"{row.dataset}/{row.method} {row.p_fake:.3f}", f"{row.item} frame {row.frame}")
            for row in chosen.itertuples()
        ]
        sheet = contact_sheet(crops, maps.of(crops), captions)
        path = plot_path("cases", f"{backbone}/{case}", ".png")
        write_whole(path, cv2.imencode(".png", sheet[..., ::-1])[1].tobytes())


def read_tested_faces(model: str) -> pd.DataFrame:
    """Read the faces of test and unseen with their split, crop, attributes and P(fake)."""
    parts = [table.read(split_path(split), SPLIT) for split in ("test", "unseen")]
    scores = table.read(frame_scores_path(model), FRAME_SCORES)
    key = [*KEY, "frame", "track"]
    return pd.concat(parts).merge(scores[[*key, "split", "p_fake"]], on=key, validate="one_to_one")


if __name__ == "__main__":
    run_stage(main)
