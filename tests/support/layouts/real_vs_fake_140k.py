"""A picture of each split and label."""

FILES = dict.fromkeys(
    f"real_vs_fake/real-vs-fake/{split}/{label}/{split}{label}.jpg"
    for split in ("train", "valid", "test")
    for label in ("real", "fake")
)
