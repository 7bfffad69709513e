"""Metrics of detection: how many faces were found, and how well the detectors agree."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from stages.common.table import KEY
from stages.common.tables.detections import ALWAYS, MISSES, Second
from stages.faces.merge import saw


def agreement(
    frames: pd.DataFrame,
    found: pd.DataFrame,
    detectors: Sequence[str],
    second: Second = ALWAYS,
) -> dict[str, int | float | str]:
    """Compute metrics of a dataset's faces: counts, detection rates per frame, and agreement.

    Parameters
    ----------
    frames : DataFrame
        The frame table.
    found : DataFrame
        All detected faces, with ``seen_by``, ``iou``, ``track`` and ``kept``.
    detectors : sequence of str
        Names of the detectors, in their order.
    second : {"misses", "always"}
        ``detect.second``.

    Returns
    -------
    dict of str to int, float or str
        Metrics by name; an undefined metric is a string that gives the reason.
    """
    kept = found[found["kept"].astype(bool)]
    tracks = kept[[*KEY, "track"]].drop_duplicates()
    items = len(frames[KEY].drop_duplicates())
    # Of frames that later detectors left out, neither their rates nor agreement can be told
    compared = detectors[:1] if second == MISSES else detectors
    seen = {name: saw(found["seen_by"], name) for name in compared}
    agreed = np.sum(list(seen.values()), axis=0) > 1
    metrics: dict[str, int | float | str] = {
        "items": items,
        "items_without_face": items - len(tracks[KEY].drop_duplicates()),
        "items_with_several_tracks": int((tracks.groupby(KEY).size() > 1).sum()),
        "frames": len(frames),
        "faces": len(kept),
        "faces_dropped": len(found) - len(kept),
        "tracks": len(tracks),
    }
    for name, by_it in seen.items():
        frames_seen = len(found.loc[by_it, [*KEY, "frame"]].drop_duplicates())
        metrics[f"frame_detection_rate_{name}"] = (
            frames_seen / len(frames) if len(frames) else "no frames"
        )
    if len(compared) > 1:
        metrics["face_agreement"] = float(agreed.mean()) if len(found) else "no faces"
        metrics["face_mean_iou"] = (
            float(found.loc[agreed, "iou"].mean()) if agreed.any() else "no face that two saw"
        )
    if len(compared) > 2:
        for one, other in combinations(compared, 2):
            either = seen[one] | seen[other]
            metrics[f"face_agreement_{one}_{other}"] = (
                float((seen[one] & seen[other])[either].mean()) if either.any() else "no faces"
            )
    return metrics
