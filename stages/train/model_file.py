"""Save a model as a `.keras` file that is identical to the byte each time.

Keras's own differs in three places: the date in metadata.json, memory addresses as
`shared_object_id` in config.json, and the zip's times.
"""

import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import keras

from stages.common.files import whole_file
from stages.train.network import all_layers

_NO_DATE = (1980, 1, 1, 0, 0, 0)


def save_model(network: keras.Model, path: Path) -> None:
    """Write a network for inference: computing in float32, without its optimizer.

    Parameters
    ----------
    network : keras.Model
        Its dtype policies are set to float32.
    path : Path
        The `.keras` file; it is there whole or not at all, parents are made.
    """
    for layer in all_layers(network):
        layer.dtype_policy = keras.DTypePolicy("float32")
    with whole_file(path) as part, tempfile.TemporaryDirectory(dir=path.parent) as folder:
        dated = Path(folder) / path.name
        keras.Model(network.input, network.output, name="detector").save(dated)
        with (
            zipfile.ZipFile(dated) as source,
            zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as target,
        ):
            for name in sorted(source.namelist()):
                target.writestr(zipfile.ZipInfo(name, _NO_DATE), _undated(name, source.read(name)))


def _undated(name: str, content: bytes) -> bytes:
    if name == "metadata.json":
        metadata = json.loads(content)
        metadata.pop("date_saved")
        return json.dumps(metadata, sort_keys=True).encode()
    if name == "config.json":
        config = json.loads(content)
        _number_shared_objects(config, {})
        return json.dumps(config).encode()
    return content


def _number_shared_objects(node: Any, numbers: dict[int, int]) -> None:
    """Replace addresses by their order of appearance."""
    if isinstance(node, dict):
        if "shared_object_id" in node:
            address = node["shared_object_id"]
            node["shared_object_id"] = numbers.setdefault(address, len(numbers))
        for child in node.values():
            _number_shared_objects(child, numbers)
    elif isinstance(node, list):
        for child in node:
            _number_shared_objects(child, numbers)
