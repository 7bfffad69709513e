"""Actors by folder, and by the two keys of an entry."""

import json

ENTRIES = {
    "original_videos/11/11_A_001.mp4": {"label": "real", "set": "train"},
    "original_videos/22/22_A_001.mp4": {"label": "real", "set": "train"},
    "original_videos/33/33_A_001.mp4": {"label": "real", "set": "test"},
    "method_A/11/11_A/11_22_A_001.mp4": {
        "label": "fake",
        "set": "train",
        "target_id": 11,
        "swapped_id": 22,
    },
    "method_B/33/33_A/33_A_002.mp4": {"label": "fake", "set": "test"},
}
FILES = {**dict.fromkeys(ENTRIES), "dataset.json": json.dumps(ENTRIES)}
