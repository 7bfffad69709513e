"""Uniformity and alignment: where features lie on the unit sphere, beside what they are called.

Wang and Isola (ICML 2020) define both for pictures without labels. GenD (Yermakov et al., WACV
2026) adds them to the cross-entropy with weights of 0.5 and 0.1, and aligns crops of one class.
"""

from typing import Any

import keras

from stages.train.network import NORMALIZE
from stages.train.params import RecipeParams

_LEAST = 1e-6
"""Mean similarity below which its logarithm stays as it is."""


class FeatureLoss(keras.losses.Loss):
    """Weighted sum of uniformity and alignment of a batch.

    Over the pairs of crops of a batch, with features z of length 1, uniformity is
    ``log(mean(exp(-2 |z_i - z_j|²)))``, least when they spread evenly. Alignment is the mean of
    ``|z_i - z_j|²`` over the pairs of one class, least when each class is a point. It is 0 in a
    batch without such a pair.
    """

    def __init__(self, uniformity: float, alignment: float) -> None:
        """Weigh both parts."""
        super().__init__(name="feature_loss")
        self._uniformity = uniformity
        self._alignment = alignment

    def call(self, labels: Any, features: Any) -> Any:
        """Loss of a batch.

        Parameters
        ----------
        labels : tensor, shape (n, 1)
            1 for fake, 0 for real.
        features : tensor, shape (n, d)
            Each of length 1.

        Returns
        -------
        tensor, shape ()
        """
        features = keras.ops.cast(features, "float32")
        # |a - b|² = 2 - 2 a·b on the sphere
        distances = 2 - 2 * keras.ops.matmul(features, keras.ops.transpose(features))
        pairs = keras.ops.triu(keras.ops.ones_like(distances), k=1)
        same = keras.ops.cast(keras.ops.equal(labels, keras.ops.transpose(labels)), "float32")
        similarity = _mean_over(pairs, keras.ops.exp(-2 * distances))
        uniformity = keras.ops.log(keras.ops.maximum(similarity, _LEAST))
        return self._uniformity * uniformity + self._alignment * _mean_over(pairs * same, distances)


def _mean_over(weights: Any, values: Any) -> Any:
    return keras.ops.sum(weights * values) / keras.ops.maximum(keras.ops.sum(weights), 1)


class WithFeatures(keras.Model):
    """From crops to the logit and the features that it is computed from, trained on both."""

    def __init__(self, *structure: Any, feature_loss: FeatureLoss) -> None:
        """Take inputs and outputs as `keras.Model` does."""
        super().__init__(*structure)
        self._feature_loss = feature_loss

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None,
        training: bool = True,
    ) -> Any:  # fmt: skip
        """Add the loss of the features to that of the logit."""
        logit, features = y_pred
        loss = super().compute_loss(x, y, logit, sample_weight, training)
        return loss + self._feature_loss(y, features)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Compute the metrics of the logit."""
        return super().compute_metrics(x, y, y_pred[0], sample_weight)


def with_feature_loss(network: keras.Model, params: RecipeParams) -> keras.Model:
    """The network to train for ``feature_loss``; `network` itself if both weights are 0.

    It shares the layers of `network`, and gives the logit and the features.
    """
    weights = params.feature_loss
    if not weights.uniformity and not weights.alignment:
        return network
    outputs = [network.output, network.get_layer(NORMALIZE).output]
    return WithFeatures(network.input, outputs, feature_loss=FeatureLoss(**weights.model_dump()))
