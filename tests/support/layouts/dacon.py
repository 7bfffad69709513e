"""Folders of pictures, single pictures and a video."""

FILES = dict.fromkeys(
    [
        "deepfake_1st/fake/CW/20200819/cw-a/fsgan/clip1/000.jpg",
        "deepfake_1st/fake/CW/20200819/cw-a/fsgan/clip1/001.jpg",
        "deepfake_1st/fake/CW/20200819/cw-a/dffs/clip1/000.jpg",
        "deepfake_1st/real/CW/20201012/16370/clip1/000.jpg",
        "deepfake_1st/real/CW/20201012/16370/clip1/001.jpg",
        "deepfake_1st/real/2.jpg",
        "deepfake_1st/real/3.jpg",
        "deepfake_1st/fake/CW/4.mp4",
    ]
)
