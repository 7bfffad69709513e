"""Where in a crop a network sees a fake: Grad-CAM, without a gradient.

Our networks end in a feature map, its mean over all places, and one linear unit. The gradient of
the logit by the feature map is then the unit's weights, the same at every place, and Grad-CAM
(Selvaraju et al., ICCV 2017) is the class activation map of Zhou et al. (CVPR 2016): one forward
pass, exact, and the same on every backend.
"""

from collections.abc import Callable

import keras
import numpy as np

from stages.common.errors import InputError


def grad_cam(network: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """Make the function from crops to their maps.

    Parameters
    ----------
    network : keras.Model
        From crops to one logit, ending in global average pooling and a linear unit.

    Returns
    -------
    callable
        Takes crops, float32, shape (n, s, s, 3), RGB, 0 to 255. Gives float32, shape (n, h, w),
        of the feature map's size: how far each place raises (above 0) or lowers the logit; the
        mean over all places, plus the unit's bias, is the logit. Grad-CAM shows what is above 0.

    Raises
    ------
    InputError
        The network ends in another way.
    """
    *_, pool, unit = (
        layer for layer in network.layers if not isinstance(layer, keras.layers.Dropout)
    )
    if not isinstance(pool, keras.layers.GlobalAveragePooling2D) or not isinstance(
        unit, keras.layers.Dense
    ):
        raise InputError(
            f"{network.name} ends in {pool.name} and {unit.name}, not in global average pooling "
            "and one linear unit: no map can be given"
        )
    feature_maps = keras.Model(network.inputs, pool.input)
    weights = keras.ops.convert_to_numpy(unit.kernel)[:, 0].astype(np.float64)

    def maps(crops: np.ndarray) -> np.ndarray:
        # Summed in double precision: the order of the sum is numpy's choice in each process, and
        # a picture would show the last bits of float32
        features = keras.ops.convert_to_numpy(feature_maps.predict_on_batch(crops))
        return (features.astype(np.float64) @ weights).astype(np.float32)

    return maps
