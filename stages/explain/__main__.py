"""Show where one model fails: errors by attribute, and its most confident cases with Grad-CAM.

Command
    ``python -m stages.explain BACKBONE``
Reads
    ``models/<backbone>/model.keras`` and its ``decision.json``, ``data/scores/<backbone>.csv``,
    ``data/measured.csv``, the split tables test and unseen, ``data/split/items.csv``, the crops in
    ``data/faces``
Writes
    ``metrics/errors/<backbone>.csv``, the gap between the values of each attribute in
    ``metrics/gaps/<backbone>.csv``, and contact sheets ``plots/cases/<backbone>/<case>.png``
Parameters
    ``explain``, ``metrics.intervals``; versions of ``media``, ``network`` and ``statistics``
"""

import cv2
import pandas as pd

from stages.common import table
from stages.common.command import run_stage
from stages.common.crops import map_crops
from stages.common.device import use_device
from stages.common.files import write_whole
from stages.common.machine import this_machine
from stages.common.metrics.bootstrap import Intervals
from stages.common.metrics.decision import read_decision
from stages.common.model_paths import decision_path, network_path, plot_path
from stages.common.network import load_network
from stages.common.params import load
from stages.common.picture import decode_stored
from stages.common.table import KEY
from stages.common.tables.errors import ERRORS, GAPS, errors_path, gaps_path
from stages.common.tables.measured import MEASURED, MEASURED_PATH
from stages.common.tables.scores import FRAME_SCORES, frame_scores_path
from stages.common.tables.splits import ITEMS, ITEMS_PATH, SPLIT, split_path
from stages.common.versions import pinned
from stages.explain.attributes import attributes_of
from stages.explain.cases import CASES, surest
from stages.explain.errors_by import error_rows, estimate_errors
from stages.explain.gaps import gap_rows
from stages.explain.gradcam import grad_cam
from stages.explain.params import ExplainParams
from stages.explain.sheet import contact_sheet


def main(backbone: str) -> None:
    """Explain the model of one backbone."""
    pinned("media", "network", "statistics")
    params, intervals = load("explain", ExplainParams), load("metrics.intervals", Intervals)
    use_device(this_machine().device)
    network = load_network(network_path(backbone))
    decision = read_decision(decision_path(backbone))
    faces = read_tested_faces(backbone)

    estimates = [
        estimate
        for _, scored in faces.groupby(["split", "dataset"])
        for estimate in estimate_errors(
            scored,
            attributes_of(scored, params.parts, intervals.min_clusters),
            decision.frame.threshold,
            intervals,
        )
    ]
    table.write(errors_path(backbone), error_rows(estimates), ERRORS)
    table.write(gaps_path(backbone), gap_rows(estimates, intervals.confidence), GAPS)

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
    """Read the faces of test and unseen with split, crop, attributes, measurements, P(fake)."""
    parts = [table.read(split_path(split), SPLIT) for split in ("test", "unseen")]
    scores = table.read(frame_scores_path(model), FRAME_SCORES)
    items = table.read(ITEMS_PATH, ITEMS)
    key = [*KEY, "frame", "track"]
    faces = pd.concat(parts).merge(scores[[*key, "split", "p_fake"]], on=key, validate="one_to_one")
    measured = table.read(MEASURED_PATH, MEASURED)
    faces = faces.merge(measured, on=key, validate="one_to_one")
    faces["face_size"] = faces[["width", "height"]].min(axis=1)
    return faces.merge(items[[*KEY, "attributes"]], on=KEY, validate="many_to_one")


if __name__ == "__main__":
    run_stage(main)
