"""A part of the training set: two fakes of an original that is not there."""

import json

ENTRIES = {
    "aaaaaaaaaa.mp4": {"label": "REAL", "split": "train"},
    "bbbbbbbbbb.mp4": {"label": "FAKE", "split": "train", "original": "aaaaaaaaaa.mp4"},
    "cccccccccc.mp4": {"label": "FAKE", "split": "train", "original": "zzzzzzzzzz.mp4"},
    "dddddddddd.mp4": {"label": "FAKE", "split": "train", "original": "zzzzzzzzzz.mp4"},
}
FILES = {
    **dict.fromkeys(f"dfdc_train_part_0/{name}" for name in ENTRIES),
    "dfdc_train_part_0/metadata.json": json.dumps(ENTRIES),
}
