"""Save a model as a `.keras` file that is byte-identical each time.

Files saved by Keras differ in three places: the date in metadata.json, the memory addresses used
as `shared_object_id` in config.json, and the timestamps in the zip archive.
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
    """Save a network for inference: in float32 and without its optimizer.

    Parameters
    ----------
    network : keras.Model
        The network; its dtype policies are changed to float32 in place.
    path : Path
        The `.keras` file. It is written atomically; parent folders are created.
    """
    for layer in all_layers(network):
        layer.dtype_policy = keras.DTypePolicy("float32")
        if hasattr(layer, "interpolated_position_embeddings"):
            # keras-hub 0.32.0 saves those that were trained only if their sum has grown
            layer.position_embeddings.assign(layer.interpolated_position_embeddings)
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
    """Replace memory addresses by numbers in order of appearance."""
    if isinstance(node, dict):
        if "shared_object_id" in node:
            address = node["shared_object_id"]
            node["shared_object_id"] = numbers.setdefault(address, len(numbers))
        for child in node.values():
            _number_shared_objects(child, numbers)
    elif isinstance(node, list):
        for child in node:
            _number_shared_objects(child, numbers)
