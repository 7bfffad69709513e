"""A logistic regression on trivial features."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from stages.baseline.features import features
from stages.common.crops import map_crops
from stages.common.errors import InputError
from stages.common.picture import decode_stored
from stages.common.tables.splits import split_path


def trivial_features(faces: pd.DataFrame, threads: int) -> np.ndarray:
    """Compute the features of the crops of a split table.

    Parameters
    ----------
    faces : DataFrame
        Rows with ``archive`` and ``crop``.
    threads : int
        Number of threads; it does not change the result.

    Returns
    -------
    ndarray of float64, shape (n, 28)
        As `stages.baseline.features.features`, in the order of the rows.
    """
    with ThreadPoolExecutor(threads) as pool:
        return np.array(map_crops(_features_of, faces, pool.map))


def _features_of(encoded: bytes) -> np.ndarray:
    return features(decode_stored(encoded))


def fit_regression(values: np.ndarray, fake: np.ndarray) -> Pipeline:
    """Fit a regression on standardised features, with balanced class weights.

    Parameters
    ----------
    values : ndarray of float, shape (n, features)
        Features of the faces of train.
    fake : ndarray of bool, shape (n,)
        Labels of these faces.

    Raises
    ------
    InputError
        There is only one class.
    """
    if fake.all() or not fake.any():
        raise InputError(
            f"{split_path('train')}: the baseline needs real and fake faces, found only "
            f"{'fakes' if fake.any() else 'reals'}; use more groups"
        )
    regression = LogisticRegression(class_weight="balanced", max_iter=1000)
    return make_pipeline(StandardScaler(), regression).fit(values, fake)
