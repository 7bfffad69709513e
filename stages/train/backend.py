"""Everything that depends on the Keras backend or on the machine."""

import ctypes
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any

import keras
import numpy as np

from stages.common.device import set_options, use_device, used_gpus
from stages.common.errors import ParamsError
from stages.train.params import RecipeParams

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Option numbers of glibc's mallopt, M_TRIM_THRESHOLD and M_MMAP_THRESHOLD in malloc.h."""


@dataclass(frozen=True)
class ProcessGroup:
    """The processes that train one network together, each on its share of every batch.

    Attributes
    ----------
    rank : int
        Number of this process, from 0; only rank 0 writes files.
    world_size : int
        Number of processes.
    devices : int
        Number of devices of all processes together, over which a batch is divided evenly.
    """

    rank: int
    world_size: int
    devices: int


ALONE = ProcessGroup(rank=0, world_size=1, devices=1)


def prepare(params: RecipeParams, device: str) -> AbstractContextManager[Any]:
    """Set seeds, threads, device and precision; call it before anything is computed.

    Parameters
    ----------
    params : RecipeParams
        Seed, threads, determinism and precision.
    device : {"auto", "cpu", "gpu"}
        See `stages.common.machine.Machine`.

    Returns
    -------
    context manager
        Build and compile the network inside it, so that it uses all GPUs if there are several.

    Raises
    ------
    InputError
        A GPU was requested but there is none.
    """
    keras.utils.set_random_seed(params.seed)
    keras.config.set_dtype_policy(params.precision)
    if keras.backend.backend() == "tensorflow":
        return _prepare_tensorflow(params, device)
    return _prepare_jax(params, device)


def join_processes(batch_size: int) -> ProcessGroup:
    """Return the group of processes that share the training; call it after `prepare`.

    With TensorFlow it is always a single process, because TensorFlow divides batches itself.

    Raises
    ------
    ParamsError
        `batch_size` is not a multiple of the number of devices.
    """
    if keras.distribution.distribution() is None:
        return ALONE
    import jax

    if batch_size % jax.device_count():
        raise ParamsError(
            f"batch_size is {batch_size}, not a multiple of {jax.device_count()} devices"
        )
    return ProcessGroup(jax.process_index(), jax.process_count(), jax.device_count())


def wait_for(process_group: ProcessGroup) -> None:
    """Wait for all processes, so that the files written by rank 0 are there."""
    if process_group.world_size > 1:
        from jax.experimental.multihost_utils import sync_global_devices

        sync_global_devices("stages.train")


def predict_logits(
    network: keras.Model, batches: keras.utils.PyDataset, process_group: ProcessGroup
) -> np.ndarray:
    """Logits of the crops of all processes, in the order of their ranks: float32, shape (n,).

    Parameters
    ----------
    network : keras.Model
        From crops to logits, or to logits and features.
    batches : keras.utils.PyDataset
        Crops of this process.
    process_group : ProcessGroup
        Every process gets the logits of all.
    """
    if process_group.devices == 1:
        return np.asarray(_logits(network.predict(batches, verbose=0)), np.float32)[:, 0]
    # Keras's `predict` on JAX refuses batches that devices cannot divide, and gives arrays that are
    # spread over all processes, which it cannot read
    import jax
    from jax.experimental.multihost_utils import process_allgather

    devices = jax.local_devices()
    mesh = jax.sharding.Mesh(np.array(devices), ("batch",))
    whole, divided = (
        jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec(*axes))  # type: ignore[no-untyped-call]  # jax's own
        for axes in ((), ("batch",))
    )
    variables = (network.trainable_variables, network.non_trainable_variables)
    weights = jax.device_put(
        [[keras.ops.convert_to_numpy(value) for value in values] for values in variables],
        whole,
    )
    own = []
    for crops in (batches[index] for index in range(len(batches))):
        padded = np.pad(crops, [(0, -len(crops) % len(devices)), (0, 0), (0, 0), (0, 0)])
        spread = jax.device_put(padded, divided)
        own.append(np.asarray(_compiled(network)(*weights, spread))[: len(crops), 0])
    logits = np.concatenate([*own, np.empty(0, np.float32)])
    counts = np.ravel(process_allgather(np.array(logits.size)))
    gathered = process_allgather(np.pad(logits, (0, counts.max() - logits.size)))
    gathered = gathered.reshape(counts.size, -1)
    return np.concatenate([part[:count] for part, count in zip(gathered, counts, strict=True)])


@cache
def _compiled(network: keras.Model) -> Callable[..., Any]:
    """A network on JAX as a function of its variables' values and crops, compiled once."""
    import jax

    return jax.jit(lambda *values: _logits(network.stateless_call(*values)[0]))


def _logits(outputs: Any) -> Any:
    return outputs[0] if isinstance(outputs, list) else outputs


def compile_options(execution: str) -> dict[str, bool]:
    """Arguments for `keras.Model.compile`; on JAX, ``graph`` is compiled by XLA as well."""
    graph_is_xla = keras.backend.backend() == "jax" and execution == "graph"
    return {
        "run_eagerly": execution == "eager",
        "jit_compile": execution == "xla" or graph_is_xla,
    }


def replicas(network: keras.Model) -> int:
    """Number of devices that TensorFlow replicates a network on; 1 on other backends."""
    strategy = getattr(network, "distribute_strategy", None)
    return strategy.num_replicas_in_sync if strategy else 1


def _prepare_tensorflow(params: RecipeParams, device: str) -> AbstractContextManager[Any]:
    import tensorflow as tf

    if tf.config.threading.get_intra_op_parallelism_threads() != params.threads:
        tf.config.threading.set_intra_op_parallelism_threads(params.threads)
    gpus = use_device(device, params.deterministic)
    if not gpus:
        # Grappler took a third of the start-up time and made the steps slower on a CPU
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    _keep_memory()
    return tf.distribute.MirroredStrategy().scope() if gpus > 1 else nullcontext()


def _keep_memory() -> None:
    """Let malloc keep freed memory, which is glibc's default.

    The first `tf.data.Dataset` made from a generator, which is how Keras reads a `PyDataset`, tells
    glibc to return freed memory at once. The resulting page faults took an eighth of the CPU time
    of a training.
    """
    import tensorflow as tf

    glibc = ctypes.CDLL(None)
    if not hasattr(glibc, "mallopt"):  # not glibc
        return
    form = tf.TensorSpec((), tf.int32)
    next(iter(tf.data.Dataset.from_generator(lambda: iter([0]), output_signature=form)))
    glibc.mallopt(_TRIM_THRESHOLD, 2**31 - 1)
    glibc.mallopt(_MMAP_THRESHOLD, 32 * 2**20)


def _prepare_jax(params: RecipeParams, device: str) -> AbstractContextManager[Any]:
    set_options(device, params.deterministic)
    if "KERAS_DISTRIBUTION_JOB_ADDRESSES" in os.environ:
        keras.distribution.initialize()  # before anything else lists the devices
    used_gpus(device)
    devices = keras.distribution.list_devices()
    if len(devices) > 1:
        # Each process builds its own share of a batch: Keras can shard only a tf.data.Dataset
        keras.distribution.set_distribution(
            keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False)
        )
    return nullcontext()
