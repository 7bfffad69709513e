"""Metrics of the split that others read: which items a split holds, as digests."""

from pathlib import Path

SPLIT_METRICS = Path("metrics/split.json")


def content_name(split: str, dataset: str) -> str:
    """The metric that holds the digest of names and content of a split's items of a dataset."""
    return f"content_{split}_{dataset}"
