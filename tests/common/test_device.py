"""Nothing outside parameters, machine settings and code changes what a network computes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_DESCRIBE = """
import os
from stages.common.device import use_device
import keras

use_device("cpu")
layer = keras.layers.Conv2D(2, 3)
layer.build((None, 8, 8, 3))
print(keras.backend.backend(), layer.compute_dtype, layer.data_format, keras.config.epsilon())
print(keras.config.max_epochs(), keras.config.max_steps_per_epoch())
print(os.environ.get("TF_ENABLE_ONEDNN_OPTS"), os.environ.get("NVIDIA_TF32_OVERRIDE"))
"""


@pytest.mark.end_to_end
def test_no_file_or_variable_of_a_user_changes_the_network(tmp_path):
    kept = {"backend": "jax", "floatx": "float16", "epsilon": 1e-3}
    config = tmp_path / ".keras/keras.json"
    config.parent.mkdir()
    config.write_text(json.dumps(kept | {"image_data_format": "channels_first"}))
    theirs = {
        "HOME": str(tmp_path),
        "KERAS_MAX_EPOCHS": "1",
        "KERAS_MAX_STEPS_PER_EPOCH": "1",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "NVIDIA_TF32_OVERRIDE": "0",
    }
    done = subprocess.run(
        [sys.executable, "-c", _DESCRIBE],
        env={name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"} | theirs,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [
        "tensorflow float32 channels_last 1e-07",
        "None None",
        "None None",
    ]
