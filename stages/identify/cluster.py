"""Group the vectors of faces into persons."""

import numpy as np
from sklearn.cluster import AgglomerativeClustering


def persons(vectors: np.ndarray, max_distance: float) -> np.ndarray:
    """Number the person of each vector.

    By average linkage (Sokal and Michener, 1958): the two groups whose vectors have the least mean
    distance become one, as long as that is at most `max_distance`. Unlike with chains of
    neighbours, one face between two persons does not make them one.

    Parameters
    ----------
    vectors : ndarray of float, shape (n, 128)
        One of each track. Distances of all pairs are held in memory, 4 bytes times n squared.
    max_distance : float
        See `stages.identify.params.IdentifyParams`.

    Returns
    -------
    ndarray of int, shape (n,)
        Numbers from 0, in the order in which the persons appear.
    """
    if len(vectors) < 2:
        return np.zeros(len(vectors), int)
    clustering = AgglomerativeClustering(
        n_clusters=None, linkage="average", distance_threshold=max_distance
    )
    found = clustering.fit_predict(vectors)
    _, first, number = np.unique(found, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[number]
