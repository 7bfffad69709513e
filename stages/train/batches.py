"""Batches for Keras, each a function of seed, epoch and position alone."""

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

The network makes floats of the crops on its device, to which they go as a quarter of the bytes.
"""

_SELF_BLENDED, _CODEC = 2**32, 2**32 + 1
"""Roots of draws of their own beside those of a place, which stay as they are without them."""


class TrainBatches(keras.utils.PyDataset):
    """Augmented batches in a new order each epoch; faces that fill no batch are left out.

    Attributes
    ----------
    epoch : int
        The epoch that batches are made for; set before each.
    """

    def __init__(
        self,
        faces: Faces,
        params: RecipeParams,
        process_group: ProcessGroup = ALONE,
        **workers: Any,
    ) -> None:
        """Keep `faces`; `process_group` shares a batch, `workers` are for Keras's loader."""
        super().__init__(**workers)
        self._faces = faces
        self._part = params.batch_size // process_group.world_size
        self._process_group = process_group
        self._params = params
        self._labels = faces.labels
        weigh = params.class_weights and params.sampling == "all"
        self._weights = class_weights(self._labels) if weigh else np.ones_like(self._labels)
        self._length = len(self._rows_of(0)) // params.batch_size
        self.epoch = 0

    @property
    def epoch(self) -> int:
        """The epoch that batches are made for."""
        return self._epoch

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        self._epoch = epoch
        self._rows = self._rows_of(epoch)
        self._shown = self._shown_for(self._rows)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> Batch:
        start = (index * self._process_group.world_size + self._process_group.rank) * self._part
        places = range(start, start + self._part)
        rows = self._rows[places.start : places.stop]
        shown = self._faces.crops(self._shown[places.start : places.stop])
        crops = np.stack(
            [self._varied(crop, place) for crop, place in zip(shown, places, strict=True)]
        )
        return (
            crops,
            self._labels[rows, None],
            self._weights[rows, None],
        )

    def _varied(self, crop: np.ndarray, place: int) -> np.ndarray:
        """Augment a crop for its position in the epoch; recompress at a share of the positions."""
        codec = self._params.augment.h264
        rng = self._rng(_CODEC, place)
        if rng.random() >= codec.probability:
            return self._altered(crop, place)
        run, middle = self._faces.run(self._shown[place], codec.frames)
        # The encoder looks at no later frame: what it makes of this one needs none
        clip = [self._altered(frame, place) for frame in self._faces.crops(run[: middle + 1])]
        return recompress(np.stack(clip), round(rng.uniform(codec.low, codec.high)))[-1]

    def _altered(self, crop: np.ndarray, place: int) -> np.ndarray:
        """Augment a crop with the draws of a position: all crops of a clip in the same way."""
        if self._shown[place] != self._rows[place]:
            crop = self_blend(crop, self._params.self_blended, self._rng(_SELF_BLENDED, place))
        return augment(crop, self._params.augment, self._rng(place))

    def _shown_for(self, rows: np.ndarray) -> np.ndarray:
        share = self._params.self_blended.share
        if not share:
            return rows
        fake = self._labels == 1
        rng = self._rng(_SELF_BLENDED)
        return self_blended_rows(rows, fake, self._params.sampling, share, rng)

    def _rng(self, *place: int) -> np.random.Generator:
        return np.random.default_rng([self._params.seed, self._epoch, *place])

    def _rows_of(self, epoch: int) -> np.ndarray:
        rng = np.random.default_rng([self._params.seed, epoch])
        return epoch_rows(self._faces.table, self._params.sampling, rng)


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
