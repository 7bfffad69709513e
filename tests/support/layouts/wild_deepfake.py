"""Sequences that have one number in two archives, and an archive whose inner folder is wrong."""

FILES = dict.fromkeys(
    [
        "deepfake_in_the_wild/fake_train/1/fake/131/1057.png",
        "deepfake_in_the_wild/fake_train/1/fake/131/1058.png",
        "deepfake_in_the_wild/fake_train/1/fake/132/3.png",
        "deepfake_in_the_wild/fake_train/2/fake/131/1057.png",
        "deepfake_in_the_wild/real_train/1/real/131/1057.png",
        "deepfake_in_the_wild/real_test/7/fake/5/1.png",
        "deepfake_in_the_wild/fake_test/7/fake/5/1.png",
    ]
)
