"""Whatever a user or a crash can do to a file that is read: refused, and the culprit is named."""

import copy
import io
import json
import math
import os
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path
from random import Random

import cv2
import numpy as np
import pandas as pd
import pytest
import yaml

from proofs.hostile.mutate import mutate
from stages import profiles
from stages.__main__ import Pipeline
from stages.common import table
from stages.common.archive import Record, read_members, read_record, write_archive
from stages.common.cluster import cluster
from stages.common.errors import (
    EnvironmentMismatch,
    InputError,
    ParamsError,
    PipelineError,
    TableError,
)
from stages.common.machine import Machine, this_machine
from stages.common.metrics.decision import read_decision
from stages.common.params import check, read_yaml
from stages.common.registry import Modules
from stages.common.tables.detections import DETECTIONS, LANDMARK_COLUMNS
from stages.common.tables.errors import ERRORS, GAPS
from stages.common.tables.faces import FACES
from stages.common.tables.failures import FAILURES
from stages.common.tables.frames import FRAMES
from stages.common.tables.index import INDEX
from stages.common.tables.metrics import METRICS
from stages.common.tables.problems import PROBLEMS
from stages.common.tables.scores import FRAME_SCORES, VIDEO_SCORES
from stages.common.tables.splits import ITEMS, SPLIT
from stages.common.versions import pinned
from stages.index.folder import scan
from stages.index.layout import read_layout
from stages.index.problems import check_files
from stages.index.rows import index_rows
from tests.support.code import add_code
from tests.support.stage_outputs import LANDMARKS

pytestmark = pytest.mark.end_to_end

EXAMPLES = Modules("tests.support.layouts")
ROOT = Path(__file__).parents[2]
GARBAGE = b"\x93\xff\0\x01 not what it should be \xfe\n" * 9


def refused(read, *arguments):
    """What is said of a file that cannot be used; empty if it can. Any other error is an error."""
    try:
        read(*arguments)
    except PipelineError as error:
        return str(error)
    return ""


# --- params.yaml, versions.yaml, machine.yaml


def leaves(value, path=()):
    """Paths of all values of nested mappings, mappings included."""
    for name, item in value.items() if isinstance(value, dict) else ():
        yield (*path, name)
        yield from leaves(item, (*path, name))


@cache
def profile():
    """The sample's parameters, with one model of the ten that are alike."""
    values = profiles.profile("sample", root=ROOT)
    names = values["backbones"][:1]
    models = {name: values["models"][name] for name in names}
    return values | {"backbones": names, "models": models}


LEAVES = list(leaves(profile()))
FREE = {("datasets",), ("models",), ("faces", "min_confidence")}
"""Mappings whose keys are names."""


def message_about(path, change):
    """The message about a profile of which one value was changed."""
    values = copy.deepcopy(profile())
    holder = values
    for name in path[:-1]:
        holder = holder[name]
    change(holder, path[-1])
    with pytest.raises(ParamsError) as caught:
        check(values, Pipeline, "params.yaml: ")
    return str(caught.value)


@pytest.fixture
def at_root(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("path", LEAVES, ids=".".join)
def test_every_parameter_missing_ill_typed_or_misspelt_is_named(at_root, path):
    dotted = ".".join(path)
    for wrong in ({"a": 1}, ["a", 1], "?", math.nan, math.inf, -math.inf):
        if isinstance(wrong, str) and _is_text(path):
            continue
        message = message_about(
            path, lambda holder, name, wrong=wrong: holder.update({name: wrong})
        )
        assert dotted in message or path[-1] in message, (wrong, message)
    if path[0] != "models" and path[:-1] not in FREE:  # a model holds only what it changes
        assert f"{dotted}: Field required" in message_about(
            path, lambda holder, name: holder.pop(name)
        )
    if path[:-1] not in FREE:
        assert f"{dotted}x: Extra" in message_about(
            path, lambda holder, name: holder.update({f"{name}x": holder[name]})
        )


def _is_text(path):
    value = profile()
    for name in path:
        value = value[name]
    names = ("weights", "cnn_weights", "predictor", "layout", "from")
    return isinstance(value, str) and path[-1] in names


@pytest.mark.parametrize(
    "text",
    [b"", b"[1, 2]\n", b"frames: [", b"frames: 2020-13-45\n", b"a: &a {b: *c}\n", GARBAGE],
)
def test_a_yaml_file_that_is_no_mapping_is_named(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    for name in ("params.yaml", "versions.yaml"):
        Path(name).write_bytes(text)
        with pytest.raises(ParamsError, match=name):
            read_yaml(Path(name))
    with pytest.raises(ParamsError, match=r"versions\.yaml"):
        pinned("media")


def test_another_version_than_declared_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("versions.yaml").write_text("media: {numpy: '0.1'}\nnetwork: {no-such-library: '1'}\n")
    for group, library in {"media": "numpy", "network": "no-such-library"}.items():
        with pytest.raises(EnvironmentMismatch, match=library):
            pinned(group)
    with pytest.raises(ParamsError, match=r"versions\.yaml: 'statistics' is missing"):
        pinned("statistics")


@pytest.mark.parametrize(
    ("text", "culprit"),
    [
        (b"workers: many\n", "workers"),
        (b"workers: 0\n", "workers"),
        (b"cores: 3\n", "cores"),
        (b"device: tpu\n", "device"),
        (b"workers: [", "no YAML mapping"),
        (b"[1, 2]\n", "no YAML mapping"),
        (GARBAGE, "no YAML mapping"),
    ],
)
def test_the_machines_settings_are_checked(tmp_path, monkeypatch, text, culprit):
    monkeypatch.chdir(tmp_path)
    Path("machine.yaml").write_bytes(text)
    with pytest.raises(ParamsError, match=culprit) as caught:
        this_machine()
    assert "machine.yaml" in str(caught.value)


def test_a_memory_bound_without_a_meaning_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with (
        pytest.raises(ParamsError, match="lots"),
        cluster(Machine(workers=1, scheduler="", memory="lots"), 1, {}, on_gpu=False),
    ):
        pass


# --- the lists that datasets come with


def listed():
    """Each list of each layout's example."""
    for layout, example in EXAMPLES.items():
        for path, content in example.FILES.items():
            if content is not None:
                yield layout, path


def read_whole(root, layout):
    """What the stage does with a folder, without its hashes."""
    folder = scan(root)
    sound, problems = check_files(folder, read_layout(layout, folder))
    return index_rows("made", sound, ["0" * 32] * len(sound)), problems


@pytest.mark.parametrize(("layout", "path"), list(listed()))
def test_a_broken_list_or_its_items_are_named(tmp_path, layout, path):
    files = EXAMPLES[layout].FILES
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((content or "").encode())
    whole = files[path].encode()
    replaced = [
        *(b"", GARBAGE, b"[]", b"{}", b"null", b"3", b'"text"', b"[[1], 2]", b'{"a.mp4": 3}'),
        *(b'{"a.mp4": {"label": 1}}', b'{"a.mp4": []}', b'{"../a.mp4": {"label": "REAL"}}'),
        *(b"[" * 100_000, b"a,b,c\n1,2\n", b"path,label\n\n,\nx,real,more,and more\n", b"\xff\xfe"),
        *(b"\n\n\n", b"0", b"1 ", b"filename,label\na.mp4\n"),
    ]
    chance = Random(0)
    for content in [
        *replaced,
        *(whole[: len(whole) * part // 7] for part in range(1, 7)),
        *(mutate(whole, [whole], chance) for _ in range(60)),
    ]:
        (tmp_path / path).write_bytes(content)
        said = refused(read_whole, tmp_path, layout)
        names = [path, "items '", "both be called", str(tmp_path)]
        assert not said or any(name in said for name in names), (content[:200], said)


# --- tables

SCHEMAS = {
    "index": INDEX,
    "frames": FRAMES,
    "detections": DETECTIONS,
    "faces": FACES,
    "split": SPLIT,
    "items": ITEMS,
    "frame_scores": FRAME_SCORES,
    "video_scores": VIDEO_SCORES,
    "failures": FAILURES,
    "problems": PROBLEMS,
    "measures": METRICS,
    "errors": ERRORS,
    "gaps": GAPS,
}
ALLOWED = {
    **{"kind": "video", "label": "fake", "official_split": "", "md5": "0" * 32, "seen_by": "both"},
    **{"split": "test", "action": "drop", "level": "frame", "metric": "auc"},
    **{"attributes": "gender=woman;skin=dark"},
    **{"frame_hash": "0" * 64, "crop_hash": ""},
    **LANDMARKS,
}


def sound(schema):
    """Two rows that follow a schema."""
    rows = []
    for number in range(2):
        row = {}
        for name, declared in schema.columns.items():
            kind = str(declared.dtype)
            row[name] = {"int64": number, "float64": number / 2}.get(kind, f"{name} {number}")
            row[name] = ALLOWED.get(name, row[name])
        rows.append(row)
    return pd.DataFrame(rows)


@pytest.fixture(params=SCHEMAS)
def written(request, tmp_path):
    """A sound table on disk: its path, schema, and rows as text."""
    schema, path = SCHEMAS[request.param], tmp_path / f"{request.param}.csv"
    table.write(path, sound(schema), schema)
    assert len(table.read(path, schema)) == 2
    return path, schema, pd.read_csv(path, dtype=str, keep_default_na=False)


def refusal(path, schema, content):
    if isinstance(content, pd.DataFrame):
        content = content.to_csv(index=False).encode()
    path.write_bytes(content)
    with pytest.raises(TableError) as caught:
        table.read(path, schema)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_a_column_missing_unknown_or_ill_typed_is_named(written):
    path, schema, rows = written
    assert "colour" in refusal(path, schema, rows.assign(colour="red"))
    for name, declared in schema.columns.items():
        assert name in refusal(path, schema, rows.drop(columns=name)), name
        if str(declared.dtype) not in ("int64", "float64") or name in LANDMARK_COLUMNS[1:]:
            continue
        for value in ("three", "inf") if declared.nullable else ("three", "-inf", ""):
            message = refusal(path, schema, rows.assign(**{name: ["0", value]}))
            assert name in message, (name, value, message)
            assert "row 1" in message, (name, value, message)


def test_a_duplicate_and_a_value_that_is_not_allowed_are_named(written):
    path, schema, rows = written
    assert schema.unique[0] in refusal(path, schema, pd.concat([rows, rows]))
    for name in ALLOWED.keys() & schema.columns.keys():
        if schema.columns[name].checks:  # the metric table has metrics of any name
            assert name in refusal(path, schema, rows.assign(**{name: "no such thing"}))


def test_a_table_that_is_cut_or_no_table_is_named(written):
    path, schema, rows = written
    whole = rows.to_csv(index=False, lineterminator="\n").encode()
    for content in (b"", b"\n", GARBAGE, whole.replace(b"\n", b",surplus\n", 3)[:-1] + b',"\n'):
        refusal(path, schema, content)
    for length in range(1, len(whole) - 1):
        if whole[length - 1 : length] != b"\n":
            refusal(path, schema, whole[:length])
    path.unlink()
    path.mkdir()
    with pytest.raises(TableError, match=path.name):
        table.read(path, schema)


# --- archives and pictures


def archive(path):
    picture = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    members = {f"{n:06d}.png": cv2.imencode(".png", picture)[1].tobytes() for n in range(3)}
    write_archive(path, Record("digest", rows={"frame": [0, 1, 2]}), members)
    return members


def test_a_damaged_archive_gives_what_was_stored_or_is_named(tmp_path):
    path, chance = tmp_path / "a.zip", Random(0)
    members = archive(path)
    whole = path.read_bytes()
    cases = [whole[:length] for length in range(0, len(whole), 7)]
    cases += [mutate(whole, [whole], chance) for _ in range(400)]
    record, damaged = Record("digest", rows={"frame": [0, 1, 2]}), 0
    for content in [b"", GARBAGE, *cases]:
        path.write_bytes(content)
        if said := refused(read_record, path):
            damaged += 1
            assert str(path) in said
        else:
            assert read_record(path) == record
        if said := refused(read_members, path, list(members)):
            assert str(path) in said
        else:
            assert read_members(path, list(members)) == members
    assert damaged > len(cases) / 3


def test_an_archive_of_another_program_or_a_folder_is_named(tmp_path):
    path = tmp_path / "a.zip"
    for record in ("", "[]", "3", '{"digest": "a", "colour": 1}', "{}", "{"):
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("record.json", record)
        with pytest.raises(InputError, match=r"a\.zip is damaged"):
            read_record(path)
    with pytest.raises(InputError, match=r"a\.zip is damaged.*0\.png"):
        read_members(path, ["0.png"])
    (tmp_path / "b.zip").mkdir()
    with pytest.raises(InputError, match=r"b\.zip cannot be read"):
        read_record(tmp_path / "b.zip")


# --- models and their decisions


def keras_model(path, backbone):
    """A network in the form of ours: a backbone as one layer, its mean, and a logit."""
    import keras

    inner = keras.Input((8, 8, 3))
    features = keras.Model(inner, keras.layers.Conv2D(2, 3)(inner), name=backbone)
    crops = keras.Input((8, 8, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(features(crops))
    path.parent.mkdir(parents=True, exist_ok=True)
    keras.Model(crops, keras.layers.Dense(1)(pooled)).save(path)
    return path


def test_a_model_of_another_backbone_is_named(tmp_path):
    from stages.common.network import load_network

    load_network(keras_model(tmp_path / "efficientnetv2_s" / "model.keras", "efficientnetv2-s"))
    path = keras_model(tmp_path / "vgg16" / "model.keras", "xception")
    with pytest.raises(InputError, match="holds the network 'xception'") as caught:
        load_network(path)
    assert str(path) in str(caught.value)


def test_a_torn_or_foreign_model_is_named(tmp_path):
    from stages.common.network import load_network

    path, chance = keras_model(tmp_path / "plain" / "model.keras", "plain"), Random(0)
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    cases = [whole[: len(whole) * part // 8] for part in range(8)]
    cases += [mutate(whole, [whole], chance) for _ in range(20)]
    for name in parts:
        for content in (None, b"", b"{}", b"[]", parts[name][:-20]):
            cases.append(zipped(parts | {name: content}))
    damaged = 0
    for content in cases:
        path.write_bytes(content)
        said = refused(load_network, path)
        assert not said or str(path) in said
        damaged += bool(said)
    assert damaged > len(cases) / 2


def zipped(parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in parts.items():
            if content is not None:
                file.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", GARBAGE, b'{"frame": {"slope": NaN}}', b"\xff\xfe"]
)
def test_a_decision_that_is_none_is_named(tmp_path, content):
    path = tmp_path / "decision.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"decision\.json is no decision"):
        read_decision(path)


# --- as a user sees it


def stage(folder, *args):
    return subprocess.run(
        [sys.executable, "-m", *args],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "MACHINE_WORKERS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def lay_index(folder):
    table.write(folder / "data/index/made.csv", sound(INDEX).assign(dataset="made"), INDEX)


def no_parameter(folder):
    params = yaml.safe_load((folder / "params.yaml").read_text())
    del params["frames"]["max_frames"]
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    lay_index(folder)


def cut_table(folder):
    lay_index(folder)
    path = folder / "data/index/made.csv"
    path.write_bytes(path.read_bytes()[:-10])


def broken_metadata(folder):
    (folder / "data/raw/made").mkdir(parents=True)
    (folder / "data/raw/made/metadata.json").write_text(json.dumps({"a.mp4": {"label": 3}}))


def torn_archive(folder):
    rows = sound(FRAMES).assign(dataset="made")
    table.write(folder / "data/frame_tables/made.csv", rows, FRAMES)
    for method, item in zip(rows["method"], rows["item"], strict=True):
        path = folder / "data/frames/made" / method / f"{item}.zip"
        archive(path)
    path.write_bytes(path.read_bytes()[:100])


@pytest.mark.end_to_end
@pytest.mark.parametrize(
    ("args", "plant", "culprit"),
    [
        (["stages.index", "made"], broken_metadata, "metadata.json: a.mp4"),
        (["stages.frames", "made"], no_parameter, "frames.max_frames: Field required"),
        (["stages.frames", "made"], cut_table, "data/index/made.csv is truncated"),
        (["stages.detect", "made"], torn_archive, "item 1.zip is damaged"),
        (["stages.identify"], lambda folder: None, "data/index is missing"),
        (["stages.split"], lambda folder: None, "data/persons.csv is missing"),
    ],
)
def test_a_stage_says_it_in_one_message_and_exits_with_1(tmp_path, args, plant, culprit):
    add_code(tmp_path)
    datasets = {"datasets": {"made": {"role": "seen", "layout": "dfdc"}}}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(profile() | datasets))
    plant(tmp_path)
    done = stage(tmp_path, *args)
    assert done.returncode == 1
    assert culprit in done.stderr
    assert "Traceback" not in done.stderr
