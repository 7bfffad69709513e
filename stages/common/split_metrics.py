"""Metrics of the split that other stages read: digests of the items in each split."""

from pathlib import Path

SPLIT_METRICS = Path("metrics/split.json")


def content_name(split: str, dataset: str) -> str:
    """Return the metric for the digest of names and content of a dataset's items in a split."""
    return f"content_{split}_{dataset}"
