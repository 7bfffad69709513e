"""Batches for Keras. Each depends only on the seed, the epoch and its index."""

from typing import Any

import keras
import numpy as np

from stages.train.augment import augment
from stages.train.backend import ALONE, ProcessGroup
from stages.train.faces import Faces
from stages.train.params import RecipeParams
from stages.train.recompress import recompress
from stages.train.sampling import class_weights, epoch_rows, self_blended_rows
from stages.train.self_blend import self_blend

Batch = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Crops (uint8, (n, size, size, 3), 0 to 255), labels and weights (float32, (n, 1)).

Crops stay uint8 until the network casts them on its device, which quarters the bytes to transfer.
"""

_SELF_BLENDED, _CODEC = 2**32, 2**32 + 1
"""Extra keys for the random generators of self-blending and of H.264, so that switching either on
or off leaves all other draws unchanged. No position is as large as these."""


class TrainBatches(keras.utils.PyDataset):
    """Augmented batches in a new order each epoch; an incomplete last batch is dropped.

    An epoch is one pass over the faces that ``sampling`` and ``frames_per_item`` draw; with
    ``steps_per_epoch`` it is that many batches instead, a part of a pass or several passes.

    Attributes
    ----------
    epoch : int
        The epoch to make batches for; set it before each epoch.
    """

    def __init__(
        self,
        faces: Faces,
        params: RecipeParams,
        process_group: ProcessGroup = ALONE,
        **workers: Any,
    ) -> None:
        """Divide batches of `faces` over `process_group`; pass `workers` on to Keras's loader."""
        super().__init__(**workers)
        self._faces = faces
        self._local_batch_size = params.batch_size // process_group.world_size
        self._process_group = process_group
        self._params = params
        self._labels = faces.labels
        self._length = params.steps_per_epoch or 0
        self.epoch = 0

    @property
    def epoch(self) -> int:
        """The epoch to make batches for."""
        return self._epoch

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        self._epoch = epoch
        rng = self._rng()
        rows = self._pass(rng)
        # The number of faces drawn may differ between epochs, the number of steps must not
        self._length = self._length or max(1, len(rows) // self._params.batch_size)
        while len(rows) < self._length * self._params.batch_size:
            rows = np.append(rows, self._pass(rng))
        self._rows = rows
        self._shown_rows = self._shown_for(rows)
        labels = self._labels[rows]
        weigh = self._params.class_weights and self._params.sampling in ("all", "pairs")
        self._weights = class_weights(labels) if weigh else np.ones_like(labels)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> Batch:
        group = self._process_group
        start = (index * group.world_size + group.rank) * self._local_batch_size
        positions = range(start, start + self._local_batch_size)
        rows = self._rows[positions.start : positions.stop]
        shown = self._faces.crops(self._shown_rows[positions.start : positions.stop])
        crops = np.stack(
            [
                self._training_crop(crop, position)
                for crop, position in zip(shown, positions, strict=True)
            ]
        )
        return (
            crops,
            self._labels[rows, None],
            self._weights[positions.start : positions.stop, None],
        )

    def _training_crop(self, crop: np.ndarray, position: int) -> np.ndarray:
        """Augment the crop at a position in the epoch, with H.264 at a share of the positions."""
        codec = self._params.augment.h264
        rng = self._rng(_CODEC, position)
        if rng.random() >= codec.probability:
            return self._augmented(crop, position)
        window, middle = self._faces.window(self._shown_rows[position], codec.frames)
        # The encoder does not look ahead, so the frames after this one are not needed
        clip = [
            self._augmented(frame, position) for frame in self._faces.crops(window[: middle + 1])
        ]
        return recompress(np.stack(clip), round(rng.uniform(codec.low, codec.high)))[-1]

    def _augmented(self, crop: np.ndarray, position: int) -> np.ndarray:
        """Augment a crop with the draws of its position, the same for all frames of a clip."""
        if self._shown_rows[position] != self._rows[position]:
            crop = self_blend(crop, self._params.self_blended, self._rng(_SELF_BLENDED, position))
        return augment(crop, self._params.augment, self._rng(position))

    def _shown_for(self, rows: np.ndarray) -> np.ndarray:
        share = self._params.self_blended.share
        if not share:
            return rows
        fake = self._labels == 1
        rng = self._rng(_SELF_BLENDED)
        return self_blended_rows(rows, fake, self._params.sampling, share, rng)

    def _rng(self, *keys: int) -> np.random.Generator:
        return np.random.default_rng([self._params.seed, self._epoch, *keys])

    def _pass(self, rng: np.random.Generator) -> np.ndarray:
        params = self._params
        return epoch_rows(self._faces.numbered, params.sampling, rng, params.frames_per_item)


class ValBatches(keras.utils.PyDataset):
    """The crops of all faces in the order of the table, as they are.

    Of several processes that train together, each has a part of the faces, in the order of ranks.
    """

    def __init__(
        self,
        faces: Faces,
        params: RecipeParams,
        process_group: ProcessGroup = ALONE,
        **workers: Any,
    ) -> None:
        """Keep `faces`; `process_group` shares them, `workers` are for Keras's loader."""
        super().__init__(**workers)
        self.table = faces.table
        self._faces = faces
        self._batch_size = params.batch_size
        count, parts = len(faces.table), process_group.world_size
        bounds = [count * part // parts for part in range(parts + 1)]
        self._start, self._end = bounds[process_group.rank : process_group.rank + 2]

    def __len__(self) -> int:
        return -(-(self._end - self._start) // self._batch_size)

    def __getitem__(self, index: int) -> np.ndarray:
        start = self._start + index * self._batch_size
        return self._faces.crops(np.arange(start, min(start + self._batch_size, self._end)))
