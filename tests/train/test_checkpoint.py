import numpy as np
import pytest

from stages.train.checkpoint import Checkpoints, State


def state(epoch):
    rows = [{"epoch": number, "val_auc": 0.5} for number in range(epoch + 1)]
    variables = [np.full(1000, epoch, np.float32), np.array(epoch)]
    return State(rows, variables, np.arange(3 * (epoch + 1), dtype=np.float32).reshape(-1, 3))


@pytest.fixture
def checkpoints(tmp_path):
    return Checkpoints(tmp_path / "work", "digest")


def files(checkpoints):
    return sorted(path.name for path in checkpoints._folder.iterdir())


def test_the_latest_two_and_those_that_may_be_best_are_kept(checkpoints):
    for epoch in range(5):
        checkpoints.save(state(epoch), [min(epoch, 1)])
    assert files(checkpoints) == ["00001.npz", "00003.npz", "00004.npz"]
    latest = checkpoints.latest()
    assert latest.history == state(4).history
    np.testing.assert_array_equal(latest.variables[0], state(4).variables[0])
    np.testing.assert_array_equal(latest.val_logits, state(4).val_logits)


@pytest.mark.parametrize("damage", ["cut", "flip", "empty"])
def test_a_torn_one_is_noticed_and_the_one_before_it_used(checkpoints, damage, capsys):
    for epoch in range(2):
        checkpoints.save(state(epoch), [0])
    path = checkpoints.path(1)
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 255
    path.write_bytes({"cut": content[:-100], "flip": content, "empty": b""}[damage])
    assert len(checkpoints.latest().history) == 1
    assert "corrupt" in capsys.readouterr().err


def test_another_training_starts_from_the_beginning(checkpoints, tmp_path):
    checkpoints.save(state(0), [0])
    assert Checkpoints(tmp_path / "work", "digest").latest() is not None
    assert Checkpoints(tmp_path / "work", "other").latest() is None
    assert Checkpoints(tmp_path / "work", "digest").latest() is None
