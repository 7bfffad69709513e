"""Folders of frames of equal names under both labels, and a video and a picture beside them."""

FILES = dict.fromkeys(
    [
        "archive/0_real/a/001.png",
        "archive/0_real/a/002.png",
        "archive/0_real/b/001.png",
        "archive/1_fake/a/001.png",
        "archive/1_fake/c.mp4",
        "archive/1_fake/1.png",
    ]
)
