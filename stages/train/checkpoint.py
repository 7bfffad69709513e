"""Checkpoints outside DVC: an interrupted training resumes after its last complete epoch.

Each epoch writes one file with everything that the next epoch needs. The file is written under a
temporary name and then renamed. A corrupt file is detected by its checksums, and the checkpoint
before it is used instead.
"""

import json
import shutil
import sys
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from stages.common.files import whole_file

_LATEST = 2
"""Latest checkpoints that are kept, in addition to those that may turn out to be the best."""


@dataclass(frozen=True)
class State:
    """The content of a checkpoint.

    Attributes
    ----------
    history : list of dict
        One row per epoch so far; the last row is this checkpoint's epoch.
    variables : list of ndarray
        Values of the network's variables, then the optimizer's.
    val_logits : ndarray of float32, shape (epochs, faces)
        Log odds of fake of the faces of val after each epoch.
    """

    history: list[dict[str, Any]]
    variables: list[np.ndarray]
    val_logits: np.ndarray


class Checkpoints:
    """The checkpoints of one training, defined by its code, parameters and data."""

    def __init__(self, folder: Path, digest: str, writes: bool = True) -> None:
        """Use `folder` and remove checkpoints of any other `digest` from it.

        Of several processes that train together, only one `writes`.
        """
        self._folder = folder / digest[:16]
        self._writes = writes
        if writes and folder.exists():
            for other in folder.iterdir():
                if other != self._folder:
                    shutil.rmtree(other)

    def save(self, state: State, kept: Collection[int]) -> None:
        """Write the state after an epoch; keep the latest two and the epochs `kept`."""
        if not self._writes:
            return
        epoch = len(state.history) - 1
        arrays = {f"{number:05d}": value for number, value in enumerate(state.variables)}
        with whole_file(self.path(epoch)) as part, part.open("wb") as file:
            arrays["history"] = np.array(json.dumps(state.history))
            arrays["val_logits"] = state.val_logits
            np.savez(file, **arrays)  # type: ignore[arg-type]  # takes one for `allow_pickle`
        for path in self._folder.glob("*.npz"):
            if int(path.stem) not in {*kept, *range(epoch - _LATEST + 1, epoch + 1)}:
                path.unlink()

    def load(self, epoch: int) -> State:
        """Load the state after `epoch`; a corrupt file raises an error that `latest` catches."""
        # If NumPy opened a corrupt file itself, it would not close it
        with self.path(epoch).open("rb") as file, np.load(file) as arrays:
            names = sorted(name for name in arrays.files if name.isdigit())
            history = json.loads(str(arrays["history"]))
            return State(history, [arrays[name] for name in names], arrays["val_logits"])

    def latest(self) -> State | None:
        """Load the latest intact state, or None if there is none."""
        for epoch in sorted((int(path.stem) for path in self._folder.glob("*.npz")), reverse=True):
            try:
                return self.load(epoch)
            except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
                print(
                    f"{self.path(epoch)} is corrupt, using the one before it: {error}",
                    file=sys.stderr,
                )
                self.path(epoch).unlink(missing_ok=True)
        return None

    def remove(self) -> None:
        """Remove all checkpoints once the training is complete."""
        if self._writes:
            shutil.rmtree(self._folder)

    def path(self, epoch: int) -> Path:
        """Path of the checkpoint after `epoch`."""
        return self._folder / f"{epoch:05d}.npz"


def state_of(
    network: keras.Model, history: list[dict[str, Any]], val_logits: list[np.ndarray]
) -> State:
    """The present state of a compiled network, its optimizer included."""
    variables = [keras.ops.convert_to_numpy(value) for value in _variables(network)]
    return State(history, variables, np.stack(val_logits))


def restore(network: keras.Model, state: State) -> None:
    """Restore a state of `state_of` into a network that was compiled in the same way."""
    for variable, value in zip(_variables(network), state.variables, strict=True):
        variable.assign(value)


def _variables(network: keras.Model) -> list[keras.Variable]:
    network.optimizer.build(network.trainable_variables)
    metrics = {id(variable) for metric in network.metrics for variable in metric.variables}
    own = [variable for variable in network.variables if id(variable) not in metrics]
    return own + network.optimizer.variables
