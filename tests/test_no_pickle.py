"""Nothing that was handed in is ever unpickled: a pickle can run any code when it is read."""

import ast
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
MODULES = {"cPickle", "cloudpickle", "dill", "joblib", "jsonpickle", "marshal", "pickle", "shelve"}
CALLS = {
    "enable_unsafe_deserialization": "Keras would run code from a model",
    "eval": "runs code",
    "exec": "runs code",
    "full_load": "YAML's loader of objects",
    "read_pickle": "pandas' pickles",
    "recv": "a connection's pickles; recv_bytes takes data",
    "unsafe_load": "YAML's loader of objects",
}
OPTIONS = {"allow_pickle": False, "safe_mode": True, "weights_only": True}


def offences(source):
    """What in a file could build objects from a stranger's bytes, by line."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            names = []
        found += [(node.lineno, name) for name in names if name.split(".")[0] in MODULES]
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else None
            called = node.func.id if isinstance(node.func, ast.Name) else called
            owner = ast.unparse(getattr(node.func, "value", node.func))
            if called in CALLS or (owner, called) == ("yaml", "load"):
                found.append((node.lineno, called))
            given = {word.arg: getattr(word.value, "value", None) for word in node.keywords}
            found += [
                (node.lineno, name)
                for name, safe in OPTIONS.items()
                if name in given and given[name] is not safe
            ]
            if called == "load_model" and "safe_mode" not in given:
                found.append((node.lineno, called))
            if (owner, called) == ("torch", "load") and "weights_only" not in given:
                found.append((node.lineno, called))
    return sorted(set(found))


@pytest.mark.parametrize("room", ["stages", "app", "review", "proofs"])
def test_no_code_reads_a_pickle(room):
    found = {
        str(path.relative_to(ROOT)): here
        for path in sorted((ROOT / room).rglob("*.py"))
        if (here := offences(path.read_bytes()))
    }
    assert not found


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "import numpy as np\nnp.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=trusted)",
        "pd.read_pickle(path)",
        "keras.saving.load_model(path)",
        "keras.models.load_model(path, safe_mode=False)",
        "keras.config.enable_unsafe_deserialization()",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "yaml.load(text, Loader)",
        "yaml.unsafe_load(text)",
        "receiver.recv()",
        "eval(text)",
    ],
)
def test_the_search_finds(source):
    assert offences(source)


def test_the_search_lets_pass_what_reads_data():
    assert not offences(
        "np.load(path)\nkeras.saving.load_model(path, safe_mode=True)\nyaml.safe_load(text)\n"
        "receiver.recv_bytes(4)\njson.load(file)\ntorch.load(path, weights_only=True)"
    )


class Payload:
    """Makes the folder `ran` in the current one when it is unpickled."""

    def __reduce__(self):
        return os.mkdir, ("ran",)


@pytest.fixture
def ran(tmp_path, monkeypatch):
    """The trace that a payload would leave."""
    monkeypatch.chdir(tmp_path)
    pickle.loads(pickle.dumps(Payload()))
    assert Path("ran").is_dir()
    Path("ran").rmdir()
    return Path("ran")


def test_a_checkpoint_with_objects_counts_as_torn(ran, capsys):
    from stages.train.checkpoint import Checkpoints, State

    checkpoints = Checkpoints(Path("work"), "digest")
    checkpoints.save(State([{"epoch": 0}], [np.zeros(3)], np.zeros((1, 2), np.float32)), kept={0})
    planted = Path("work/digest/00001.npz")
    planted.write_bytes(Path("work/digest/00000.npz").read_bytes())
    np.savez(planted, **{"history": np.array("[{}, {}]"), "00000": np.array([Payload()])})
    assert len(checkpoints.latest().history) == 1
    assert "allow_pickle=False" in capsys.readouterr().err
    assert not ran.exists()


def test_a_model_with_code_of_its_own_is_refused(ran):
    import keras

    from stages.common.errors import InputError
    from stages.common.network import load_network

    def code(pictures):
        Path("ran").mkdir(exist_ok=True)
        return keras.ops.mean(pictures, (1, 2, 3))[:, None]

    inputs = keras.Input((8, 8, 3))
    keras.Model(inputs, keras.layers.Lambda(code, output_shape=(1,))(inputs)).save("model.keras")
    if ran.exists():
        ran.rmdir()
    with pytest.raises(InputError, match="cannot be loaded"):
        load_network(Path("model.keras"))
    assert not ran.exists()


def test_a_pickle_under_a_models_name_is_refused(ran):
    from stages.common.errors import InputError
    from stages.common.network import load_network

    Path("model.keras").write_bytes(pickle.dumps(Payload()))
    with pytest.raises(InputError, match="cannot be loaded"):
        load_network(Path("model.keras"))
    assert not ran.exists()


def test_weights_of_the_detector_come_from_its_package_alone(ran):
    """The package itself prefers a file of that name in the current folder."""
    from stages.detect.detectors.mtcnn import compiled_networks

    for name in ("pnet", "rnet", "onet"):
        Path(f"{name}.lz4").write_bytes(pickle.dumps(Payload()))
    compiled_networks()
    assert not ran.exists()
