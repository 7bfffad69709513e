"""Items without a face are counted by label, and said."""

import pandas as pd
import pytest

from stages.common.errors import InputError
from stages.split.faceless import report_without_face, shares_without_face


def items(fakes, reals, role="seen", dataset="d"):
    """Items with so many faces each."""
    return pd.DataFrame(
        {
            "dataset": dataset,
            "role": role,
            "label": ["fake"] * len(fakes) + ["real"] * len(reals),
            "faces": [*fakes, *reals],
        }
    )


def test_shares_are_by_dataset_and_label():
    rows = pd.concat([items([0, 0, 3, 1], [5]), items([], [0], dataset="e")])
    assert shares_without_face(rows) == {
        "d_share_of_fake_items_without_face": 0.5,
        "d_share_of_real_items_without_face": 0.0,
        "e_share_of_real_items_without_face": 1.0,
    }


def test_a_loss_is_a_warning_by_label(capsys):
    report_without_face(items([0, 2, 2, 2], [1]))
    said = capsys.readouterr().err
    assert "warning: d: no face was found in 0.0% of 1 real items, 25.0% of 4 fake items" in said
    assert "min_face" in said


def test_no_loss_says_nothing(capsys):
    report_without_face(items([1], [1]))
    assert not capsys.readouterr().err


def test_an_unseen_dataset_without_any_face_is_a_warning(capsys):
    report_without_face(items([0], [0], role="unseen"))
    assert "100.0% of 1 real items, 100.0% of 1 fake items" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("fakes", "reals", "named"), [([0], [0], "real and fake"), ([0], [1], "fake")]
)
def test_a_seen_dataset_without_a_face_of_a_label_is_an_error(fakes, reals, named):
    with pytest.raises(InputError, match=rf"min_face.* without {named} faces"):
        report_without_face(items(fakes, reals))
