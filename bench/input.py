"""Compare loaders of training batches (PyDataset, tf.data, grain) and time the steps per crop.

Command
    ``python -m bench.input``
Contenders, each in a separate process, all with the crops, the order and the augmentation of
`stages.train`
    ours: `stages.train.batches` (a `keras.utils.PyDataset`) on the threads of Keras's own loader,
    from archives
    cached: the same on the memory-mapped array of decoded crops, as the stage does
    tf_data: one Python call per crop, with as many parallel calls as cores, in order
    grain_threads, grain_processes: threads; ``mp_prefetch`` with one process per core
Crops per second of CPU time, over all threads and processes, are comparable even on a busy machine;
crops per second of wall time only on an idle one. ``same`` tells whether the batches equal those of
ours. Loaders that are not installed are skipped.
"""

import hashlib
import importlib.util
import resource
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import chdir
from multiprocessing import get_context

import cv2
import numpy as np
import pandas as pd

from stages.common.archive import Record, write_archive
from stages.common.crops import decode_crop, read_crops
from stages.common.resources import processors
from stages.common.tables.faces import FACES_ROOT
from stages.profiles import profile
from stages.train.augment import augment
from stages.train.batches import Batch, TrainBatches
from stages.train.faces import Faces, load_faces
from stages.train.params import RecipeParams
from stages.train.recompress import recompress

SIZE = 224
BATCH_SIZE = 32
CROPS = 1024
STORED = 192
"""Side of stored crops in pixels, typical of a face in a 720p frame."""

_CORES = processors()

Loader = Callable[[Faces, RecipeParams], Iterator[Batch]]


def main() -> None:
    """Print the cost of each step, then each contender's rate."""
    same = {"batch_size": BATCH_SIZE, "sampling": "all", "class_weights": False}
    params = RecipeParams(**profile("gpu")["recipe"] | same)
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        table = make_archives(CROPS)
        steps(table, params)
        print(f"{_CORES} cores, {CROPS} crops of {STORED} px, brought to {SIZE} px", flush=True)
        reference = None
        for loader, needs in CONTENDERS.items():
            if not all(importlib.util.find_spec(name) for name in needs):
                continue
            with ProcessPoolExecutor(1, get_context("spawn")) as pool:
                wall, cpu, digest = pool.submit(time_epoch, loader, table, params).result()
            reference = reference or digest
            print(
                f"  {loader.__name__.strip('_'):15} {CROPS / cpu:6.0f} crops/s of CPU, "
                f"{CROPS / wall:6.0f} crops/s; same: {digest == reference}",
                flush=True,
            )


def make_archives(count: int) -> pd.DataFrame:
    """Write smooth crops with a little noise as the pipeline does, and return their split table."""
    rows = []
    for item in range(-(-count // 32)):
        members = {}
        for frame in range(min(32, count - 32 * item)):
            rng = np.random.default_rng([item, frame])
            coarse = rng.integers(0, 230, (12, 12, 3), np.uint8)
            crop = cv2.resize(coarse, (STORED, STORED), interpolation=cv2.INTER_CUBIC)
            crop = cv2.add(crop, rng.integers(0, 5, crop.shape, np.uint8))
            name, label = f"{frame:06d}_0.png", ("real", "fake")[frame % 2]
            members[name] = cv2.imencode(".png", crop)[1].tobytes()
            archive = f"seen/made/{item}.zip"
            rows.append((archive, name, label, "made", label, str(item), frame % 2, frame))
        write_archive(FACES_ROOT / archive, Record("made"), members)
    columns = ["archive", "crop", "label", "dataset", "method", "item", "track", "frame"]
    about = {"original": "", "donor": "", "x": 0.0, "y": 0.0, "width": STORED, "height": STORED}
    table = pd.DataFrame(rows, columns=columns).assign(**about)
    item = table["item"]
    return table.assign(group=item, target=item, time=table["frame"] / 25)


def steps(table: pd.DataFrame, params: RecipeParams) -> None:
    """Print the cost per crop of each step, on one core."""
    encoded = timed("read from archives", lambda: read_crops(table), len(table))
    crops = timed("decode and resize", lambda: [decode_crop(e, SIZE) for e in encoded], len(table))
    timed(
        "augment",
        lambda: [
            augment(crop, params.augment, np.random.default_rng([0, 0, place]))
            for place, crop in enumerate(crops)
        ],
        len(table),
    )
    timed(
        "recompress by H.264",
        lambda: [
            recompress(np.stack([crop] * 2), 26) for crop in crops[:64]
        ],  # with a preceding one, as in training
        64,
    )
    if not importlib.util.find_spec("array_record"):
        return
    from array_record.python.array_record_module import ArrayRecordReader, ArrayRecordWriter

    writer = ArrayRecordWriter("crops.array_record", "group_size:1")
    for each in encoded:
        writer.write(each)
    writer.close()
    timed(
        "read from records", lambda: ArrayRecordReader("crops.array_record").read_all(), len(table)
    )


def timed(name: str, work: Callable[[], list], count: int) -> list:
    """Run `work` and print its CPU time per crop."""
    start = time.process_time()
    result = work()
    print(f"  {name:19} {1000 * (time.process_time() - start) / count:6.3f} ms of CPU a crop")
    return result


def time_epoch(
    loader: Loader, table: pd.DataFrame, params: RecipeParams
) -> tuple[float, float, str]:
    """Wall and CPU seconds of an epoch, and a digest of its batches."""
    cv2.setNumThreads(1)
    faces = load_faces(table, SIZE, _CORES, cached=loader is cached)
    batches = iter(loader(faces, params))
    digest = hashlib.sha256()
    digest.update(next(batches)[0].tobytes())  # starts threads and processes
    start, cpu = time.perf_counter(), _cpu()
    for crops, _, _ in batches:
        digest.update(np.ascontiguousarray(crops[:1]).tobytes())
    wall = time.perf_counter() - start
    share = CROPS / (CROPS - BATCH_SIZE)
    return wall * share, (_cpu() - cpu) * share, digest.hexdigest()


def ours(faces: Faces, params: RecipeParams) -> Iterable[Batch]:
    """Use Keras's loader, as `keras.Model.fit` does."""
    from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

    return PyDatasetAdapter(TrainBatches(faces, params, workers=_CORES)).get_numpy_iterator()


def cached(faces: Faces, params: RecipeParams) -> Iterable[Batch]:
    """Use Keras's loader on the memory-mapped array."""
    return ours(faces, params)


def tf_data(faces: Faces, params: RecipeParams) -> Iterable[Batch]:
    """Use TensorFlow's tf.data."""
    import tensorflow as tf

    make = SingleCrops(faces, params)
    kinds = (tf.uint8, tf.float32, tf.float32)
    dataset = tf.data.Dataset.range(CROPS).map(
        lambda place: tf.numpy_function(make, [place], kinds),
        num_parallel_calls=_CORES,
        deterministic=True,
    )
    return dataset.batch(BATCH_SIZE, drop_remainder=True).prefetch(2).as_numpy_iterator()


def grain_threads(faces: Faces, params: RecipeParams) -> Iterable[Batch]:
    """Use grain with threads."""
    import grain

    dataset = grain.MapDataset.range(CROPS).map(SingleCrops(faces, params)).batch(BATCH_SIZE)
    return dataset.to_iter_dataset(grain.ReadOptions(_CORES, 10))


def grain_processes(faces: Faces, params: RecipeParams) -> Iterable[Batch]:
    """Use grain with processes."""
    import grain
    from absl import flags

    flags.FLAGS.mark_as_parsed()  # grain requires parsed flags, as in a program run by absl
    dataset = grain.MapDataset.range(CROPS).map(SingleCrops(faces, params)).batch(BATCH_SIZE)
    return dataset.to_iter_dataset(grain.ReadOptions(1, 2)).mp_prefetch(
        grain.MultiprocessingOptions(num_workers=_CORES)
    )


CONTENDERS: dict[Loader, tuple[str, ...]] = {
    ours: (),
    cached: (),
    tf_data: ("tensorflow",),
    grain_threads: ("grain",),
    grain_processes: ("grain",),
}
"""Contenders, with the packages that each needs."""


class SingleCrops:
    """Returns the crop, label and weight at one position of epoch 0."""

    def __init__(self, faces: Faces, params: RecipeParams) -> None:
        self._batches = TrainBatches(faces, params.model_copy(update={"batch_size": 1}))

    def __call__(self, place: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Crop (uint8, shape (size, size, 3)), label and weight (float32, shape (1,) each)."""
        crops, labels, weights = self._batches[int(place)]
        return crops[0], labels[0], weights[0]


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = time.process_time()
    return own + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main()
