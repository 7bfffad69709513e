"""Fakes of FaceForensics++ and Celeb-DF, a method with reals of its own, and an original."""

FILES = dict.fromkeys(
    [
        "DF40_train/simswap/ff/000_003/001.png",
        "DF40_train/simswap/ff/000_003/002.png",
        "DF40_train/VQGAN/003/001.png",
        "DF40_test/simswap_test/cdf/id0_id1_0000/001.png",
        "DF40_test/heygen/real/clip7/001.png",
        "DF40_test/heygen/fake/clip8/001.png",
        "DF40_test/FaceForensics++/original_sequences/youtube/c23/frames/000/001.png",
    ]
)
