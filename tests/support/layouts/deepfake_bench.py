"""FaceForensics++ in two lists, and five datasets whose lists repeat what they have."""

import json

DF, YOUTUBE = "manipulated_sequences/Deepfakes", "original_sequences/youtube"


def frames(video, folder, numbers=("000",), windows=False):
    """An entry of a list, with paths as they were on its maker's disk."""
    paths = [f"datasets/rgb/{folder}/frames/{video}/{number}.png" for number in numbers]
    return {
        video: {
            "label": "unused",
            "frames": [path.replace("/", "\\") for path in paths] if windows else paths,
        }
    }


REAL_000 = frames("000", f"FaceForensics++/{YOUTUBE}/c23", ("000", "012"))
REAL_003 = frames("003", f"FaceForensics++/{YOUTUBE}/c23")
FF_REAL = {"train": {"c23": REAL_000}, "val": {"c23": {}}, "test": {"c23": REAL_003}}
FF_DF = {
    "train": {
        "c23": frames("000_001", f"FaceForensics++/{DF}/c23", windows=True),
        "c40": frames("000_001", f"FaceForensics++/{DF}/c40"),
    },
    "val": {"c23": {}},
    "test": {"c23": frames("003_002", f"FaceForensics++/{DF}/c23")},
}
CELEB_FAKES = frames("id0_id1_0000", "Celeb-DF-v2/Celeb-synthesis")
CELEB_TESTED = frames("id1_id0_0000", "Celeb-DF-v2/Celeb-synthesis")
CELEB_REALS = frames("00170", "Celeb-DF-v2/YouTube-real")
UADFV_REALS, UADFV_FAKES = frames("0000", "UADFV/real"), frames("0000_fake", "UADFV/fake")
DFDC_TRAIN = frames("aaaaaaaaaa", "DFDC/train/dfdc_train_part_0")
DFDC_FAKES = frames("bbbbbbbbbb", "DFDC/train/dfdc_train_part_0")
DFDC_TESTED = frames("cccccccccc", "DFDC/test")
DFDCP_DONORS = frames("11_B_002", "DFDCP/original_videos")
DFDCP_TESTED = frames("22_A_001", "DFDCP/original_videos")
DFDCP_FAKES = frames("11_22_A_001", "DFDCP/method_A")
DEEPER_FAKES = frames("000_M101", "DeeperForensics-1.0/manipulated_videos/end_to_end")
DEEPER_SOURCES = frames("M101_angry", "DeeperForensics-1.0/source_videos/M101")
LISTS = {
    "FaceForensics++": {"FF-real": FF_REAL, "FF-DF": FF_DF},
    "FF-DF": {"FF-real": FF_REAL, "FF-DF": FF_DF},
    "Celeb-DF-v2": {
        "CelebDFv2_real": {"train": {}, "val": CELEB_REALS, "test": CELEB_REALS},
        "CelebDFv2_fake": {
            "train": CELEB_FAKES | CELEB_TESTED,
            "val": CELEB_TESTED,
            "test": CELEB_TESTED,
        },
    },
    "UADFV": {
        "UADFV_Real": dict.fromkeys(("train", "val", "test"), UADFV_REALS),
        "UADFV_Fake": dict.fromkeys(("train", "val", "test"), UADFV_FAKES),
    },
    "DFDC": {
        "DFDC_Real": {"train": DFDC_TRAIN, "val": DFDC_TRAIN, "test": {}},
        "DFDC_Fake": {
            "train": DFDC_FAKES,
            "val": DFDC_TESTED["cccccccccc"] | DFDC_FAKES,
            "test": DFDC_TESTED,
        },
    },
    "DFDCP": {
        "DFDCP_Real": {"train": DFDCP_DONORS, "val": DFDCP_TESTED, "test": DFDCP_TESTED},
        "DFDCP_FakeA": {"train": DFDCP_FAKES, "val": {}, "test": {}},
    },
    "DeeperForensics-1.0": {
        "DF_real": dict.fromkeys(("train", "val", "test"), DEEPER_SOURCES),
        "DF_fake": {"train": DEEPER_FAKES, "val": {}, "test": {}},
    },
}
"""List by dataset; the paths that they name, without ``datasets/rgb`` and c40, are on disk."""
PICTURES = [
    f"FaceForensics++/{YOUTUBE}/c23/frames/000/000.png",
    f"FaceForensics++/{YOUTUBE}/c23/frames/000/012.png",
    f"FaceForensics++/{YOUTUBE}/c23/frames/003/000.png",
    f"FaceForensics++/{DF}/c23/frames/000_001/000.png",
    f"FaceForensics++/{DF}/c23/frames/003_002/000.png",
    "Celeb-DF-v2/Celeb-synthesis/frames/id0_id1_0000/000.png",
    "Celeb-DF-v2/Celeb-synthesis/frames/id1_id0_0000/000.png",
    "Celeb-DF-v2/YouTube-real/frames/00170/000.png",
    "UADFV/real/frames/0000/000.png",
    "UADFV/fake/frames/0000_fake/000.png",
    "DFDC/train/dfdc_train_part_0/frames/aaaaaaaaaa/000.png",
    "DFDC/train/dfdc_train_part_0/frames/bbbbbbbbbb/000.png",
    "DFDC/test/frames/cccccccccc/000.png",
    "DFDCP/original_videos/frames/11_B_002/000.png",
    "DFDCP/original_videos/frames/22_A_001/000.png",
    "DFDCP/method_A/frames/11_22_A_001/000.png",
    "DeeperForensics-1.0/manipulated_videos/end_to_end/frames/000_M101/000.png",
]
LEFT_OUT = [
    f"FaceForensics++/{DF}/c23/masks/000_001/000.png",
    f"FaceForensics++/{DF}/c23/videos/000_001.mp4",
    "DeeperForensics-1.0/source_videos/M101/frames/M101_angry/000.png",
]
FILES = {
    **dict.fromkeys([*PICTURES, *LEFT_OUT]),
    **{f"dataset_json/{name}.json": json.dumps({name: LISTS[name]}) for name in LISTS},
    f"FaceForensics++/{DF}/c23/landmarks/000_001/000.npy": "",
    "DFDC/train/dfdc_train_part_0/metadata.json": json.dumps(
        {"bbbbbbbbbb.mp4": {"label": "FAKE", "original": "aaaaaaaaaa.mp4"}}
    ),
}
