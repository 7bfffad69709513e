"""Names that start anew in each split."""

FILES = dict.fromkeys(
    f"Dataset/{split}/{label}/{label.lower()}_{number}.jpg"
    for split in ("Train", "Validation", "Test")
    for label in ("Real", "Fake")
    for number in (0, 1)
)
