"""Pairs of one name in two splits, and the masks of a fake."""

VIDEOS = [
    *(f"FFIW10K-v1-release/{kind}/train/00000000.mp4" for kind in ("source", "target")),
    *(f"FFIW10K-v1-release/{kind}/val/00000000.mp4" for kind in ("source", "target")),
    *(f"FFIW10K-v1-release-test/{kind}/test/00000001.mp4" for kind in ("source", "target")),
]
MASKS = "FFIW10K-v1-release/target_mask/train/00000000.mp4"
FILES = dict.fromkeys([*VIDEOS, MASKS])
