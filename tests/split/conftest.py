"""Made index tables of whole datasets."""

import pandas as pd
import pytest

from stages.split.params import SplitParams


@pytest.fixture(scope="session")
def params():
    """Parameters of a split, with what a test says otherwise."""

    def make(ratios=(8, 1, 1), seed=0, official=(), same="drop", by="source"):
        shares = dict(zip(("train", "val", "test"), ratios, strict=True))
        return SplitParams(
            seed=seed,
            by=by,
            ratios=shares,
            official=list(official),
            same_content_two_datasets=same,
            same_source_two_datasets=same,
            same_picture_two_datasets=same,
        )

    return make


@pytest.fixture(scope="session")
def dataset():
    """Items of a dataset from the sizes of its groups: reals and fakes a group."""

    def make(groups, name="made", role="seen", methods=("swap", "blend")):
        rows = []
        for number, (reals, fakes) in enumerate(groups):
            for index in range(reals + fakes):
                label = "real" if index < reals else "fake"
                method = "real" if index < reals else methods[number % len(methods)]
                items = f"{label}{number:03d}_{index}"
                rows.append((name, method, items, label, f"{name}/g{number:03d}"))
        table = pd.DataFrame(rows, columns=["dataset", "method", "item", "label", "group"])
        return table.assign(
            role=role,
            path=table["item"] + ".mp4",
            official_split="",
            attributes="",
            target=table["group"],
            donor="",
            original="",
            md5=[f"{name} {item}" for item in table["item"]],
        )

    return make
