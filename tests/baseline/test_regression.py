import cv2
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from stages.baseline import regression
from stages.baseline.features import BRIGHTNESS, features
from stages.baseline.regression import fit_regression, trivial_features
from stages.common.archive import Record, write_archive
from stages.common.crops import read_crops
from stages.common.errors import InputError
from stages.common.tables.faces import FACES_ROOT


@pytest.fixture
def crops(tmp_path, monkeypatch):
    """Two archives of three noisy crops in data/faces of the current folder."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    pictures, rows = [], []
    for archive in ("a.zip", "b.zip"):
        members = {}
        for number in range(3):
            pictures.append(rng.integers(0, 256, (20, 20, 3), np.uint8))
            members[f"{number}.png"] = cv2.imencode(".png", pictures[-1][..., ::-1])[1].tobytes()
            rows.append({"archive": archive, "crop": f"{number}.png"})
        write_archive(FACES_ROOT / archive, Record(digest="made"), members)
    return pictures, pd.DataFrame(rows)


@pytest.mark.parametrize("batch", [2, 256])
def test_features_are_of_rgb_pictures_in_the_order_of_the_rows(crops, monkeypatch, batch):
    monkeypatch.setattr(regression, "_BATCH_OF_CROPS", batch)
    pictures, faces = crops
    order = [4, 0, 5, 2, 1, 3]
    found, detail = trivial_features(faces.iloc[order], 2)
    np.testing.assert_allclose(found, [features(pictures[index]) for index in order])
    sizes = [len(encoded) for encoded in read_crops(faces.iloc[order])]
    np.testing.assert_allclose(detail, np.array(sizes) / 400)


def test_brightness_is_where_its_index_says():
    grey = np.full((8, 8, 3), 77, np.uint8)
    assert features(grey)[BRIGHTNESS] == pytest.approx(77)


def test_no_face_has_no_features(crops):
    _, faces = crops
    found, detail = trivial_features(faces.head(0), 2)
    assert (found.shape, detail.shape) == ((0, 28), (0,))


def test_a_damaged_crop_is_named(crops):
    write_archive(FACES_ROOT / "b.zip", Record(digest="made"), {"1.png": b"none"})
    with pytest.raises(InputError, match=r"crop 1\.png of b\.zip"):
        trivial_features(pd.DataFrame({"archive": ["b.zip"], "crop": ["1.png"]}), 1)


def test_a_side_effect_is_found_and_nothing_else():
    rng = np.random.default_rng(0)
    fake = np.arange(400) % 2 == 0
    values = rng.normal(size=(400, 5)) * [1, 10, 100, 1e3, 1e4]
    honest = fit_regression(values[:200], fake[:200]).decision_function(values[200:])
    values[:, 3] += 2e3 * fake
    telling = fit_regression(values[:200], fake[:200]).decision_function(values[200:])
    assert roc_auc_score(fake[200:], honest) < 0.6
    assert roc_auc_score(fake[200:], telling) > 0.85


def test_one_class_is_an_error():
    with pytest.raises(InputError, match=r"train\.csv: .* found only reals"):
        fit_regression(np.ones((3, 2)), np.zeros(3, bool))
