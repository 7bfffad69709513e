"""Select the device for networks according to the machine's settings."""

import os

import keras

from stages.common.errors import InputError


def use_device(device: str, deterministic: bool = True) -> int:
    """Select the device and, by default, deterministic operations; call it before any computation.

    Parameters
    ----------
    device : {"auto", "cpu", "gpu"}
        See `stages.common.machine.Machine`.
    deterministic : bool
        Whether to use deterministic operations, which can be slower.

    Returns
    -------
    int
        Number of GPUs that will be used; 0 on a CPU.

    Raises
    ------
    InputError
        `device` is "gpu" and there is none.
    """
    set_options(device, deterministic)
    return used_gpus(device)


def set_options(device: str, deterministic: bool) -> None:
    """Set the options that must precede device discovery; first part of `use_device`.

    Keras's own defaults replace what ``~/.keras/keras.json`` and ``KERAS_MAX_*`` say.
    """
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")
    keras.config.set_dtype_policy("float32")
    keras.config.set_max_epochs(None)
    keras.config.set_max_steps_per_epoch(None)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        if deterministic:
            tf.config.experimental.enable_op_determinism()
        if device == "cpu":
            tf.config.set_visible_devices([], "GPU")
    else:
        import jax

        os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
        if deterministic:
            flags = os.environ.get("XLA_FLAGS", "")
            os.environ["XLA_FLAGS"] = f"{flags} --xla_gpu_deterministic_ops=true"
        if device == "cpu":
            jax.config.update("jax_platforms", "cpu")  # type: ignore[no-untyped-call]  # untyped in JAX


def used_gpus(device: str) -> int:
    """Discover devices and count the GPUs; second part of `use_device`."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        gpus = tf.config.get_visible_devices("GPU")
        for gpu in gpus:  # allocate on demand: other processes may share the GPU
            tf.config.experimental.set_memory_growth(gpu, True)
    else:
        gpus = [name for name in keras.distribution.list_devices() if name.startswith("gpu")]
    if device == "gpu" and not gpus:
        raise InputError(
            "the machine's settings ask for a GPU, but the backend "
            f"{keras.backend.backend()} sees none: install requirements-gpu.txt, or set device "
            "to auto"
        )
    return len(gpus)
