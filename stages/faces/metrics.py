"""How well the detectors did, and how far they agree."""

import pandas as pd

from stages.common.table import KEY


def agreement(
    frames: pd.DataFrame, found: pd.DataFrame, detectors: list[str]
) -> dict[str, int | float | str]:
    """Figures of a dataset's faces; rates are by frame, faces and media are counted.

    Parameters
    ----------
    frames : DataFrame
        The frame table.
    found : DataFrame
        Every face that a detector saw, with ``seen_by``, ``iou``, ``track`` and ``kept``.
    detectors : list of str
        Detectors that ran.

    Returns
    -------
    dict of str to int, float or str
        A string says why a figure is undefined.
    """
    kept = found[found["kept"].astype(bool)]
    tracks = kept[[*KEY, "track"]].drop_duplicates()
    media = len(frames[KEY].drop_duplicates())
    both = found["seen_by"] == "both"
    metrics: dict[str, int | float | str] = {
        "media": media,
        "media_without_face": media - len(tracks[KEY].drop_duplicates()),
        "media_with_several_tracks": int((tracks.groupby(KEY).size() > 1).sum()),
        "frames": len(frames),
        "faces": len(kept),
        "faces_dropped": len(found) - len(kept),
        "tracks": len(tracks),
    }
    for detector in detectors:
        seen = found[found["seen_by"].isin([detector, "both"])]
        frames_seen = len(seen[[*KEY, "frame"]].drop_duplicates())
        metrics[f"frame_detection_rate_{detector}"] = (
            frames_seen / len(frames) if len(frames) else "no frames"
        )
    if len(detectors) > 1:
        metrics["face_agreement"] = float(both.mean()) if len(found) else "no faces"
        metrics["face_mean_iou"] = (
            float(found.loc[both, "iou"].mean()) if both.any() else "no faces seen by both"
        )
    return metrics
