"""Batches for Keras. Each depends only on the seed, the epoch and its index."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import pandas as pd

from stages.common.clips import tile, untile
from stages.common.crops import resize_crop
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

_TARGET, _FAKE, _PLAIN = 0, 1, 2
"""What a crop is: of the two that `self_blend` gives the first or the second, or as stored."""

SELF_BLENDED = "self_blended"
"""Method of the fakes that val gets if it has none."""


class TrainBatches(keras.utils.PyDataset):
    """Augmented batches in a new order each epoch; an incomplete last batch is dropped.

    An epoch is one pass over the faces that ``sampling`` and ``frames_per_item`` draw; with
    ``steps_per_epoch`` it is that many batches instead, a part of a pass or several passes. If
    there are reals alone, a pass shows each of them after its own self-blended copy, whatever
    ``sampling`` says.

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
        self._real_only = not self._labels.any()
        self._sampling = "pairs" if self._real_only else params.sampling
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
        labels = self._labels[rows]
        if self._real_only:
            labels[::2] = 1
        self._rows, self._kinds = self._drawn(rows, labels == 1)
        weigh = self._params.class_weights and self._sampling in ("all", "pairs")
        self._weights = class_weights(labels) if weigh else np.ones_like(labels)
        self._epoch_labels = labels

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> Batch:
        group = self._process_group
        start = (index * group.world_size + group.rank) * self._local_batch_size
        positions = np.arange(start, start + self._local_batch_size)
        crops = [
            self._training_crop(crop, position)
            for crop, position in zip(
                self._shown(self._rows[positions], positions), positions.tolist(), strict=True
            )
        ]
        return np.stack(crops), self._epoch_labels[positions, None], self._weights[positions, None]

    def _training_crop(self, crop: np.ndarray, position: int) -> np.ndarray:
        """Augment the crop at a position in the epoch, with H.264 at a share of the positions."""
        codec = self._params.augment.h264
        rng = self._rng(_CODEC, position)
        if self._faces.clip_side > 1:
            clip = self._augmented_clip(untile(crop, self._faces.clip_side), position)
            if rng.random() < codec.probability:
                clip = recompress(clip, round(rng.uniform(codec.low, codec.high)))
            return tile(clip)
        if rng.random() >= codec.probability:
            return self._augmented(crop, position)
        window, middle = self._faces.window(self._rows[position], codec.frames)
        # The encoder does not look ahead, so the frames after this one are not needed
        window = window[: middle + 1]
        shown = self._shown(window, np.full(len(window), position))
        clip = self._augmented_clip(shown, position)
        return recompress(clip, round(rng.uniform(codec.low, codec.high)))[-1]

    def _augmented_clip(self, frames: np.ndarray, position: int) -> np.ndarray:
        """Augment all frames of a clip in the same way."""
        return np.stack([self._augmented(frame, position) for frame in frames])

    def _augmented(self, crop: np.ndarray, position: int) -> np.ndarray:
        """Augment a crop with the draws of its position."""
        return augment(crop, self._params.augment, self._rng(position))

    def _shown(self, rows: np.ndarray, positions: np.ndarray) -> np.ndarray:
        """Crops of `rows`, self-blended with the draws of `positions` where these ask for it."""
        kinds = self._kinds[positions]
        plain = kinds == _PLAIN
        crops = np.empty((len(rows), self._faces.size, self._faces.size, 3), np.uint8)
        if plain.any():
            crops[plain] = self._faces.crops(rows[plain])
        if not plain.all():
            pairs = (positions - (kinds == _TARGET))[~plain].tolist()  # the fake comes first
            seeds = [(self._params.seed, self._epoch, _SELF_BLENDED, pair) for pair in pairs]
            crops[~plain] = _self_blended(self._faces, rows[~plain], kinds[~plain], seeds)
        return crops

    def _drawn(self, rows: np.ndarray, fake: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the row of the crop that each position shows, and its kind.

        As published, the real face of a pair is what the fake was blended into: its colours or
        sharpness may be altered too, since they must not tell the two apart.
        """
        kinds = np.full(len(rows), _PLAIN)
        share = self._params.self_blended.share
        if not share:
            return rows, kinds
        reals, rng = np.flatnonzero(self._labels == 0), self._rng(_SELF_BLENDED)
        shown, chosen = self_blended_rows(rows, fake, reals, self._sampling, share, rng)
        kinds[chosen] = _FAKE
        if self._sampling == "pairs":
            kinds[np.roll(chosen, 1)] = _TARGET
        return shown, kinds

    def _rng(self, *keys: int) -> np.random.Generator:
        return np.random.default_rng([self._params.seed, self._epoch, *keys])

    def _pass(self, rng: np.random.Generator) -> np.ndarray:
        frames = self._params.frames_per_item
        if self._real_only:
            return np.repeat(epoch_rows(self._faces.numbered, "all", rng, frames), 2)
        return epoch_rows(self._faces.numbered, self._sampling, rng, frames)


class ValBatches(keras.utils.PyDataset):
    """The crops of all faces in the order of the table, as they are.

    If there are reals alone, self-blended fakes follow them, the same in each epoch, and the reals
    are what these were blended into. Of several processes that train together, each has a part of
    the faces, in the order of ranks.

    Attributes
    ----------
    table : DataFrame
        A row for each crop, as in `stages.common.tables.splits`.
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
        self._real_only = not faces.labels.any()
        if self._real_only:
            fakes = faces.table.assign(label="fake", method=SELF_BLENDED)
            self.table = pd.concat([faces.table, fakes], ignore_index=True)
        self._seed = params.seed
        self._batch_size = params.batch_size
        count, parts = len(self.table), process_group.world_size
        bounds = [count * part // parts for part in range(parts + 1)]
        self._start, self._end = bounds[process_group.rank : process_group.rank + 2]

    def __len__(self) -> int:
        return -(-(self._end - self._start) // self._batch_size)

    def __getitem__(self, index: int) -> np.ndarray:
        start = self._start + index * self._batch_size
        rows = np.arange(start, min(start + self._batch_size, self._end))
        if not self._real_only:
            return self._faces.crops(rows)
        kinds, rows = np.divmod(rows, len(self._faces.table))
        seeds = [(self._seed, _SELF_BLENDED, row) for row in rows.tolist()]
        return _self_blended(self._faces, rows, kinds, seeds)


def _self_blended(
    faces: Faces, rows: np.ndarray, kinds: np.ndarray, seeds: Sequence[tuple[int, ...]]
) -> np.ndarray:
    """Self-blend faces as stored, and resize the `_TARGET` or the `_FAKE` of each."""
    pairs: dict[tuple[int, ...], tuple[np.ndarray, np.ndarray]] = {}
    crops = []
    for row, stored, kind, seed in zip(rows, faces.stored(rows), kinds, seeds, strict=True):
        if (row, *seed) not in pairs:
            pairs[row, *seed] = self_blend(*stored, np.random.default_rng(seed))
        crops.append(resize_crop(pairs[row, *seed][kind], faces.size))
    return np.stack(crops)
