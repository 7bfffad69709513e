"""Items in which no face was found: if they are more of one label, every figure is biased."""

import sys

import pandas as pd

from stages.common.errors import InputError
from stages.common.tables.index import LABELS

_WHERE_TO_LOOK = "the sizes of faces that detectors look for (detect.<detector>.min_face)"


def shares_without_face(items: pd.DataFrame) -> dict[str, float]:
    """Return the share of each dataset's items without a face, by label.

    Parameters
    ----------
    items : DataFrame
        One row per item: ``dataset``, ``label``, and ``faces``, their number or whether there are
        any.

    Returns
    -------
    dict of str to float
        ``<dataset>_share_of_<label>_items_without_face``, in [0, 1].
    """
    shares = (items["faces"] == 0).groupby([items["dataset"], items["label"]]).mean()
    return {
        f"{dataset}_share_of_{label}_items_without_face": float(share)
        for (dataset, label), share in shares.items()
    }


def report_without_face(items: pd.DataFrame) -> None:
    """Print a warning for each dataset with items in which no face was found.

    Parameters
    ----------
    items : DataFrame
        One row per item: ``dataset``, ``role``, ``label``, ``faces``.

    Raises
    ------
    InputError
        No face was found in any item of a seen dataset with some label.
    """
    for dataset, rows in items.groupby("dataset"):
        lacking = rows["faces"] == 0
        if not lacking.any():
            continue
        of_label = {label: lacking[rows["label"] == label] for label in LABELS}
        found = ", ".join(
            f"{lacks.mean():.1%} of {len(lacks)} {label} items"
            for label, lacks in of_label.items()
            if len(lacks)
        )
        message = (
            f"{dataset}: no face was found in {found}; see {_WHERE_TO_LOOK} and "
            f"metrics/frames/{dataset}_failures.csv"
        )
        none = [label for label, lacks in of_label.items() if len(lacks) and lacks.all()]
        if none and (rows["role"] == "seen").all():
            raise InputError(f"{message}; without {' and '.join(none)} faces nothing is learnt")
        print(
            f"warning: {message}. A loss that differs between the labels biases every figure",
            file=sys.stderr,
        )
