"""Scored faces, as the stage explain measures them."""

import numpy as np
import pandas as pd


def scored_faces(groups=30, frames=4, seed=0, attributes=lambda group: ""):
    """A real and two fakes a group, by two methods; every third group of reals looks like fakes.

    `attributes` maps the number of a group to the text of its attributes.
    """
    rng = np.random.default_rng(seed)
    rows = [
        {
            "split": "test",
            "dataset": "made",
            "method": method,
            "item": f"{group}_{method}",
            "frame": frame,
            "label": "real" if method == "real" else "fake",
            "target": f"t{group:03d}",
            "donor": "",
            "seen_by": "both",
            "attributes": attributes(group),
            "log_odds": (2 if method != "real" or group % 3 == 0 else -2) + rng.normal(0, 1.5),
        }
        for group in range(groups)
        for method in ("real", "swap", "blend")
        for frame in range(frames)
    ]
    faces = pd.DataFrame(rows)
    size = len(faces)
    return faces.drop(columns="log_odds").assign(
        p_fake=1 / (1 + np.exp(-faces["log_odds"])),
        face_size=np.where(np.arange(size) < size // 2, 40.0, 120.0) + np.arange(size) / 1000,
        brightness=rng.uniform(0, 255, size),
        detail=rng.uniform(1, 2, size),
    )


def made_gap(**changes):
    """A row of the table of gaps: reals of dark skin are called fake more often."""
    return {
        "split": "unseen",
        "dataset": "other",
        "attribute": "skin",
        "metric": "false_alarms",
        "values": 3,
        "worst": "dark",
        "worst_value": 0.31,
        "worst_low": 0.22,
        "worst_high": 0.4,
        "best": "light",
        "best_value": 0.04,
        "best_low": 0.01,
        "best_high": 0.08,
        "gap": 0.27,
        "gap_low": 0.17,
        "gap_high": 0.37,
        "clusters": 40,
        "note": "",
    } | changes
