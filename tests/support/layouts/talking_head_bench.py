"""Fakes of two portraits driven by clips of one video, and reals of both datasets."""

import json

LIST = {
    "Train": {"FaceForensics++": ["000.mp4"], "CelebV-HQ": ["-5be_UPkLRw_4.mp4"]},
    "Val": {"FaceForensics++": [], "CelebV-HQ": []},
    "Test": {"FaceForensics++": ["003.mp4"], "CelebV-HQ": ["abcDEF_0.mp4", "absent_1.mp4"]},
}
REALS = [
    "real/FaceForensics++/000.mp4",
    "real/FaceForensics++/003.mp4",
    "real/CelebV-HQ/-5be_UPkLRw_4.mp4",
    "real/CelebV-HQ/abcDEF_0.mp4",
]
FAKES = [
    "fake/LivePortrait/train/00198---5be_UPkLRw_4--LivePortrait.mp4",
    "fake/Hallo2/train/00199--5be_UPkLRw_11--Hallo2.mp4",
    "fake/Hallo2/test/00200--abcDEF_0--Hallo2.mp4",
    "fake/additional_dataset/Hallo3/7-abcDEF_0.mp4",
    "fake/additional_dataset/MAGI-1/7.mp4",
]
FILES = {
    **dict.fromkeys([*REALS, *FAKES]),
    "real/real_dataset_split_official_ff++.json": json.dumps(LIST),
}
