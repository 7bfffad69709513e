"""Each layout in miniature, as its owners describe it: files by path, with the text of some."""

import json

DFDC = {
    "aaaaaaaaaa.mp4": {"label": "REAL", "split": "train"},
    "bbbbbbbbbb.mp4": {"label": "FAKE", "split": "train", "original": "aaaaaaaaaa.mp4"},
    "cccccccccc.mp4": {"label": "FAKE", "split": "train", "original": "zzzzzzzzzz.mp4"},
    "dddddddddd.mp4": {"label": "FAKE", "split": "train", "original": "zzzzzzzzzz.mp4"},
}
PREVIEW = {
    "original_videos/11/11_A_001.mp4": {"label": "real", "set": "train"},
    "original_videos/22/22_A_001.mp4": {"label": "real", "set": "train"},
    "original_videos/33/33_A_001.mp4": {"label": "real", "set": "test"},
    "method_A/11/11_A/11_22_A_001.mp4": {
        "label": "fake", "set": "train", "target_id": 11, "swapped_id": 22,
    },
    "method_B/33/33_A/33_A_002.mp4": {"label": "fake", "set": "test"},
}  # fmt: skip
CELEB = [
    "Celeb-real/id0_0000.mp4",
    "Celeb-real/id1_0000.mp4",
    "Celeb-real/id2_0000.mp4",
    "Celeb-synthesis/id0_id1_0000.mp4",
    "YouTube-real/00170.mp4",
    "YouTube-real/00171.mp4",
]
CELEB_LIST = "1 YouTube-real/00170.mp4\n0 Celeb-synthesis/id0_id1_0000.mp4\n"
FF_METHODS = ["Deepfakes", "Face2Face", "FaceSwap", "NeuralTextures", "FaceShifter"]
FF = [f"original_sequences/youtube/c23/videos/{name}.mp4" for name in ("000", "003", "001")] + [
    f"manipulated_sequences/{method}/c23/videos/{name}.mp4"
    for method in FF_METHODS
    for name in ("000_003", "003_000")
]
FF_SPLITS = {"train.json": '[["000", "003"]]', "val.json": "[]", "test.json": '[["001", "870"]]'}
DFD = [
    "original_sequences/actors/c23/videos/01__kitchen_pan.mp4",
    "original_sequences/actors/c23/videos/02__kitchen_pan.mp4",
    "original_sequences/actors/c23/videos/03__kitchen_pan.mp4",
    "manipulated_sequences/DeepFakeDetection/c23/videos/01_02__kitchen_pan__ABCDEFGH.mp4",
]
MINIATURES = {
    "dfdc": {**dict.fromkeys(f"dfdc_train_part_0/{name}" for name in DFDC),
             "dfdc_train_part_0/metadata.json": json.dumps(DFDC)},
    "dfdc_preview": {**dict.fromkeys(PREVIEW), "dataset.json": json.dumps(PREVIEW)},
    "celeb_df": {**dict.fromkeys(CELEB), "List_of_testing_videos.txt": CELEB_LIST},
    "faceforensics": {**dict.fromkeys(FF), **FF_SPLITS},
    "dfd": dict.fromkeys(DFD),
    "uadfv": dict.fromkeys(["real/0000.mp4", "fake/0000_fake.mp4", "real/0001.mp4"]),
    "deeper_forensics": {
        "manipulated_videos/end_to_end/000_M101.mp4": None,
        "manipulated_videos/end_to_end/001_M101.mp4": None,
        "manipulated_videos/end_to_end_level_1/000_M101.mp4": None,
        "manipulated_videos/end_to_end/002_W004.mp4": None,
        "target_videos/000.mp4": None,
        "target_videos/002.mp4": None,
        "source_videos/M101/M101_light_up_happy_camera_front.mp4": None,
        "lists/splits/train.txt": "000_M101.mp4\n001_M101.mp4\n",
        "lists/splits/val.txt": "",
        "lists/splits/test.txt": "002_W004.mp4\n",
    },
    "deepfake_timit": dict.fromkeys([
        "DeepfakeTIMIT/higher_quality/fadg0/sa1-video-fram1.avi",
        "DeepfakeTIMIT/lower_quality/fadg0/sa1-video-fram1.avi",
        "DeepfakeTIMIT/lower_quality/fcft0/sa1-video-fjas0.avi",
        "VidTIMIT/fadg0/sa1.avi",
        "VidTIMIT/fram1/sa1.avi",
    ]),
    "dacon": dict.fromkeys([
        "deepfake_1st/fake/CW/20200819/cw-a/fsgan/clip1/000.jpg",
        "deepfake_1st/fake/CW/20200819/cw-a/fsgan/clip1/001.jpg",
        "deepfake_1st/fake/CW/20200819/cw-a/dffs/clip1/000.jpg",
        "deepfake_1st/real/CW/20201012/16370/clip1/000.jpg",
        "deepfake_1st/real/CW/20201012/16370/clip1/001.jpg",
        "deepfake_1st/real/2.jpg",
        "deepfake_1st/real/3.jpg",
        "deepfake_1st/fake/CW/4.mp4",
    ]),
    "real_vs_fake_140k": dict.fromkeys(
        f"real_vs_fake/real-vs-fake/{split}/{label}/{split}{label}.jpg"
        for split in ("train", "valid", "test") for label in ("real", "fake")
    ),
    "df40": dict.fromkeys([
        "DF40_train/simswap/ff/000_003/001.png",
        "DF40_train/simswap/ff/000_003/002.png",
        "DF40_train/VQGAN/003/001.png",
        "DF40_test/simswap_test/cdf/id0_id1_0000/001.png",
        "DF40_test/heygen/real/clip7/001.png",
        "DF40_test/heygen/fake/clip8/001.png",
        "DF40_test/FaceForensics++/original_sequences/youtube/c23/frames/000/001.png",
    ]),
    "folder": dict.fromkeys(["real/a/1.mp4", "real/1.png", "fake/a/1.mp4"]),
    "csv": {
        "media.csv": "path,label,group,method,original,split\n"
        "a.mp4,real,anna,,,train\nb.mp4,FAKE,,swap,a.mp4,train\nc.mp4,real,,,,test\n",
        **dict.fromkeys(["a.mp4", "b.mp4", "c.mp4"]),
    },
}  # fmt: skip
