"""Compare training speed with timm in PyTorch and the usual script, on one device in one run.

Command
    ``python -m bench.train``; with ``KERAS_BACKEND=jax`` if TensorFlow is not installed. On a CPU,
    crops are small (see `SMALL`); ``--backbones vgg16`` runs one backbone only
Contenders, each in a separate process
    ours: the network, optimizer and training step of the stage with the recipe of
    ``profiles/gpu.yaml`` (random weights, no gradient clipping, no EMA), with and without XLA (on a
    GPU) and determinism
    timm: the same network with one logit, channels_last and AdamW, eager and compiled
    usual: like most scripts, on a CPU only: ImageDataGenerator on a folder of pictures, resized one
    by one, a Keras network and plain ``model.fit``
On a GPU, all contenders use automatic mixed precision with bfloat16; on a CPU, ours and timm are
measured with it and without.

Loaders: ``step`` trains on one batch in main memory, sent to the device as bytes for each step;
``archives`` on faces that are read, decoded and augmented for each step; ``cache`` on faces that
are decoded already. Waiting is the share of their time in excess of ``step``. The share of the peak
is relative to the peak FLOP/s measured on the same device: a training step counts as three forward
passes, and a forward pass as two operations per weight and position of convolutions and dense
layers.
"""

import argparse
import importlib.util
import math
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import chdir
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from bench.contenders import timm_detector, usual_batches, usual_network, write_pictures


@dataclass(frozen=True)
class Job:
    """A training to measure, and for how many steps.

    Attributes
    ----------
    backbone : str
        A name shared by this project and timm.
    size, batch_size : int
        Side of a crop in pixels, crops per step.
    steps : int
        Steps per timed repeat.
    gpu : bool
        Whether there is a GPU.
    precision : str
        ``float32`` or ``mixed_bfloat16``.
    """

    backbone: str
    size: int
    batch_size: int
    steps: int
    gpu: bool
    precision: str = "mixed_bfloat16"

    @property
    def mixed(self) -> bool:
        """Whether convolutions and products are in bfloat16."""
        return self.precision == "mixed_bfloat16"


FULL = [Job("inception_resnet_v2", 299, 128, 40, True), Job("vgg16", 224, 128, 40, True)]
SMALL = [
    Job(backbone, size, 16, 4, False, precision)
    for backbone, size in (("inception_resnet_v2", 75), ("vgg16", 64))
    for precision in ("float32", "mixed_bfloat16")
]

_REPEATS = 3  # the best counts

Rates = dict[str, float]


def main() -> None:
    """Print rates, ratios and shares of the peak FLOP/s."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    names = [job.backbone for job in FULL]
    parser.add_argument("--backbones", nargs="+", choices=names, default=names)
    backbones = parser.parse_args().backbones
    gpu, name, peak = _alone(device)
    if _has(torch_peak):
        peak = max(peak, _alone(torch_peak, gpu))
    print(f"{name}; peak {peak / 1e12:.3g} TFLOP/s", flush=True)
    for job in FULL if gpu else SMALL:
        if job.backbone in backbones:
            compare(job, peak)


def compare(job: Job, peak: float) -> None:
    """Run all contenders on one job."""
    about = f"{job.backbone}, {job.size} px, {job.precision}, {job.batch_size} crops a step"
    print(about, flush=True)
    contenders: dict[str, tuple[Callable[..., Rates], tuple]] = {
        "ours, graph": (ours, ("graph", False)),
        "ours, graph, deterministic": (ours, ("graph", True)),
        "ours, xla": (ours, ("xla", False)),
        "timm": (timm_in_torch, (False,)),
        "timm, compiled": (timm_in_torch, (True,)),
        "usual": (usual, ()),
    }
    operations = None
    best: Rates = {}  # rates of ours, by loader
    for name, (contender, options) in contenders.items():
        useless = job.mixed if name == "usual" else name == "ours, xla" and not job.gpu
        if useless or not _has(contender):
            continue
        rates = _alone(contender, job, *options)
        operations = rates.pop("operations", operations)
        parts = [f"{loader} {rate:.4g} crops/s" for loader, rate in rates.items()]
        if "step" in rates:
            parts.append(f"{rates['step'] * operations / peak:.1%} of the peak FLOP/s")
            parts += [
                f"{loader}: {1 - rates[loader] / rates['step']:.1%} waiting"
                for loader in ("archives", "cache")
                if loader in rates
            ]
        if contender is ours:
            best = {loader: max(rate, best.get(loader, 0)) for loader, rate in rates.items()}
        else:
            (loader,) = rates
            parts.append(f"the best of ours is {best[loader] / rates[loader]:.2f} x that")
        print(f"  {name}: {'; '.join(parts)}", flush=True)


def device() -> tuple[bool, str, float]:
    """Whether there is a GPU, the devices of Keras's backend, and their peak FLOP/s.

    The peak is measured with a product of two square matrices.
    """
    import keras

    devices = keras.distribution.list_devices()
    gpu = any("gpu" in name for name in devices)
    side, kind = _matrices(gpu)
    matrix = keras.ops.cast(np.random.default_rng(0).standard_normal((side, side)), kind)

    def product(times: int) -> None:
        for _ in range(times):
            result = keras.ops.matmul(matrix, matrix)
        keras.ops.convert_to_numpy(result[0, 0])

    name = f"keras {keras.__version__} on {keras.backend.backend()}: {', '.join(devices)}"
    return gpu, name, 2 * side**3 * _best_rate(product, 20)


def torch_peak(gpu: bool) -> float:
    """Peak FLOP/s, measured with PyTorch."""
    import torch

    side, kind = _matrices(gpu)
    matrix = torch.randn(side, side, dtype=getattr(torch, kind), device="cuda" if gpu else "cpu")

    def product(times: int) -> None:
        for _ in range(times):
            result = matrix @ matrix
        result[0, 0].item()

    return 2 * side**3 * _best_rate(product, 20)


def ours(job: Job, execution: str, deterministic: bool) -> Rates:
    """Rates of this project's training step with each loader."""
    import keras

    from bench.input import make_archives
    from stages.common.params import merged
    from stages.common.resources import processors
    from stages.profiles import profile
    from stages.train import fitting
    from stages.train.backbones import BACKBONES
    from stages.train.backend import prepare
    from stages.train.batches import TrainBatches
    from stages.train.faces import load_faces
    from stages.train.network import all_layers, build_network
    from stages.train.params import RecipeParams

    class RepeatedBatch(keras.utils.PyDataset):
        """Yields the same batch at each step."""

        def __len__(self) -> int:
            return job.steps

        def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
            return batch

    cores = processors()
    values = profile("gpu")
    recipe = merged(values["recipe"], values["models"][job.backbone])
    options = {
        "deterministic": deterministic,
        "threads": cores,
        "weights": "none",
        "precision": job.precision,
        "execution": execution,
        "batch_size": job.batch_size,
        "clip_norm": 0.0,
        "ema_momentum": 0.0,
    }
    params = RecipeParams(**recipe | options)
    batch = (*_made_batch(job), np.ones((job.batch_size, 1), np.float32))
    chosen = BACKBONES[job.backbone]
    with prepare(params, "auto"):
        network = build_network(chosen, job.size, "none", params.dropout)
        run = fitting.Run(
            network, chosen, params, RepeatedBatch(), RepeatedBatch(), checkpoints=None
        )
        fitting.compile_phase(run, "tune", params.tune, first=None)
        weighing = [
            layer
            for layer in all_layers(network)
            if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense)
        ]
        operations = 6 * sum(
            math.prod(layer.output.shape[1:-1]) * math.prod(layer.kernel.shape)
            for layer in weighing
        )
        with tempfile.TemporaryDirectory() as folder, chdir(folder):
            table = make_archives(job.batch_size * job.steps)
            loaders = {
                "step": RepeatedBatch(),
                "archives": TrainBatches(
                    load_faces(table, job.size, cached=False), params, workers=cores
                ),
                "cache": TrainBatches(load_faces(table, job.size), params, workers=cores),
            }
            rates = {name: _fit_rate(network, loader, job) for name, loader in loaders.items()}
    return rates | {"operations": operations}


def timm_in_torch(job: Job, compiled: bool) -> Rates:
    """Rate of timm's version of the same network in PyTorch."""
    import torch

    kind = "cuda" if job.gpu else "cpu"
    torch.backends.cudnn.benchmark = True
    crops, labels = (torch.from_numpy(array) for array in _made_batch(job))
    crops = crops.permute(0, 3, 1, 2)  # keeps the memory layout, which is channels_last
    if job.gpu:
        crops, labels = crops.pin_memory(), labels.pin_memory()
    network = timm_detector(job.backbone)
    network.train().to(kind, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4, fused=job.gpu)

    def scaled(crops: torch.Tensor) -> torch.Tensor:
        return network(crops / 127.5 - 1)

    forward = torch.compile(scaled) if compiled else scaled

    def train(steps: int) -> None:
        for _ in range(steps):
            with torch.autocast(kind, torch.bfloat16, enabled=job.mixed):
                logits = forward(crops.to(kind, non_blocking=True))
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                logits.float(), labels.to(kind, non_blocking=True)
            )
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        loss.item()

    return {"step": job.batch_size * _best_rate(train, job.steps)}


def usual(job: Job) -> Rates:
    """Rate of a script as most are written."""
    from bench.input import make_archives

    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        pictures = write_pictures(make_archives(job.batch_size * job.steps), Path())
        batches = usual_batches(pictures, job.size, job.batch_size, training=True)
        network = usual_network(job.backbone, job.size, None, "adam")
        return {"archives": _fit_rate(network, batches, job)}


def _fit_rate(network: Any, loader: Any, job: Job) -> float:
    def train(steps: int) -> None:
        network.fit(loader, steps_per_epoch=steps, shuffle=False, verbose=0)

    return job.batch_size * _best_rate(train, job.steps)


def _best_rate(work: Callable[[int], None], times: int) -> float:
    """Units of `work` per second, best of `_REPEATS`, after a first call that compiles."""
    work(2)
    best = math.inf
    for _ in range(_REPEATS):
        start = time.perf_counter()
        work(times)
        best = min(best, time.perf_counter() - start)
    return times / best


def _matrices(gpu: bool) -> tuple[int, str]:
    return (8192, "bfloat16") if gpu else (2048, "float32")


def _made_batch(job: Job) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    crops = rng.integers(0, 256, (job.batch_size, job.size, job.size, 3), np.uint8)
    return crops, (np.arange(job.batch_size)[:, None] % 2).astype(np.float32)


def _has(contender: Callable) -> bool:
    """Whether the packages that a contender needs are installed."""
    needs = {timm_in_torch: ("timm", "torch"), torch_peak: ("torch",)}
    return all(importlib.util.find_spec(name) for name in needs.get(contender, ()))


def _alone(function: Callable, *arguments: Any) -> Any:
    """Call a function in a separate process, as libraries do not release device memory."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


if __name__ == "__main__":
    main()
