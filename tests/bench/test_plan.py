"""The estimate of a plan, and its calibration on a small clip."""

import math
from pathlib import Path

import pytest
import yaml

from bench import plan
from bench.plan import Rates, calibrate, estimate
from stages.profiles import profile
from tests.support import media

ROOT = Path(__file__).parents[2]
RATES = Rates(
    seconds={"frames": 3.6, "detect mtcnn": 7.2, "faces": 0.36},
    frames=2e6,
    crops=1e5,
    faces=6.0,
    hashed=5e8,
    worker=2**30,
)


def test_work_on_items_is_divided_by_cores_and_that_of_dvc_is_not():
    table = estimate(RATES, 10_000, 10, None).set_index("stage")
    assert table["hours"]["frames"] == pytest.approx(1.0)
    assert table["hours"]["detect mtcnn"] == pytest.approx(2.0)
    assert table["TB"]["frames"] == pytest.approx(0.02)
    assert table["TB"]["faces"] == pytest.approx(0.001)
    alone = estimate(RATES, 10_000, 1, None).set_index("stage")
    assert alone["hours"]["DVC: hash and link"] == table["hours"]["DVC: hash and link"]
    of_dvc = 10_000 * (2.1e6 / 5e8 + 3 * plan.DVC_SECONDS)
    assert table["hours"]["DVC: hash and link"] == pytest.approx(of_dvc / 3600)


def test_training_is_estimated_from_a_rate_alone():
    assert "train, a backbone" not in set(estimate(RATES, 10, 1, None)["stage"])
    table = estimate(RATES, 10_000, 1, training=0.1).set_index("stage")
    assert table["hours"]["train, a backbone"] == pytest.approx(1000 / 3600)


@pytest.mark.end_to_end
def test_calibration_measures_each_stage_once_at_least(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(yaml.safe_dump(profile("tiny", root=ROOT)))
    clip = media.write_clip(tmp_path / "a.mp4", media.pictures(8))
    rates = calibrate([clip], tmp_path, seconds=0)
    assert list(rates.seconds) == [
        "frames", "detect mtcnn", "detect dlib", "faces", "baseline", plan.READING
    ]  # fmt: skip
    assert all(math.isfinite(seconds) for seconds in rates.seconds.values())
    assert rates.frames > 1000
    assert rates.worker > 2**28
