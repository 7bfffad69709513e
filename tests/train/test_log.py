"""The log's load of GPUs, from a stand-in for NVIDIA's tool."""

import json
import select

import pytest

from stages.train.log import EpochLogger


@pytest.fixture
def nvidia_smi(tmp_path, monkeypatch):
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\nprintf '0, 40, 100\\n1, [N/A], 7\\n0, 60, 90\\n'\nexec sleep 60\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_line_an_epoch_beside_its_curves(tmp_path):
    path = tmp_path / "logs/train.jsonl"
    logger = EpochLogger(path, crops=10)
    logger.log_epoch({"epoch": 0, "loss": 0.5})
    logger.log_epoch({"epoch": 1, "loss": 0.4})
    assert [line["loss"] for line in lines(path)] == [0.5, 0.4]
    assert all(line["crops_per_second"] > 0 for line in lines(path))


def test_gpus_are_watched_where_there_are_some(tmp_path, nvidia_smi):
    path = tmp_path / "train.jsonl"
    logger = EpochLogger(path, crops=10)
    select.select([logger._gpus], [], [], 30)
    logger.log_epoch({"epoch": 0})
    logger.log_epoch({"epoch": 1})
    first, second = lines(path)
    assert first["gpu0_percent"] == 50
    assert first["gpu0_mebibytes"] == 100
    assert first["gpu1_mebibytes"] == 7
    assert "gpu1_percent" not in first
    assert "gpu0_percent" not in second
