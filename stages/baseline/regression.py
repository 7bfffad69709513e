"""A logistic regression on trivial features."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import cv2
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from stages.baseline.features import features
from stages.common.crops import map_crops
from stages.common.errors import InputError
from stages.common.picture import decode_stored
from stages.common.quiet import interrupts_ignored
from stages.common.tables.splits import split_path

_BATCH_OF_CROPS = 256


def trivial_features(faces: pd.DataFrame, workers: int) -> tuple[np.ndarray, np.ndarray]:
    """Compute the features of the crops of a split table, in processes.

    Parameters
    ----------
    faces : DataFrame
        Rows with ``archive`` and ``crop``.
    workers : int
        Number of processes; it does not change the result.

    Returns
    -------
    features : ndarray of float64, shape (n, 28)
        As `stages.baseline.features.features`, in the order of the rows.
    detail : ndarray of float64, shape (n,)
        Bytes a pixel of each stored crop.
    """
    crops = faces[["archive", "crop"]]
    batches = [crops[at : at + _BATCH_OF_CROPS] for at in range(0, len(crops), _BATCH_OF_CROPS)]
    processes = max(1, min(workers, len(batches)))
    # A forked process would inherit locks of threads that it does not have
    with ProcessPoolExecutor(processes, get_context("forkserver"), cv2.setNumThreads, (1,)) as pool:
        with interrupts_ignored():  # it starts the processes
            found = pool.map(_measured, batches)
        measured = [np.empty((0, 29)), *found]
    values = np.concatenate(measured)
    return values[:, :-1], values[:, -1]


def _measured(crops: pd.DataFrame) -> np.ndarray:
    return np.array(map_crops(_of_crop, crops))


def _of_crop(encoded: bytes) -> np.ndarray:
    picture = decode_stored(encoded)
    return np.append(features(picture), len(encoded) / picture[..., 0].size)


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
