"""Five datasets in five owners' forms, two models, two other programs: one leaderboard."""

import cv2
import numpy as np
import pandas as pd
import pytest
import yaml

from stages.profiles import write_params
from tests.support.repository_copy import copy_of_repository, rows

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

GROUPS = 16


def picture(path, number, label):
    """Write a noisy face crop of 64 px, redder if it is a fake."""
    pixels = np.random.default_rng([number, label == "fake"]).integers(
        0, 180, (64, 64, 3), np.uint8
    )
    pixels[..., 2] += 60 * (label == "fake")
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels)


def write_own(root):
    rows = []
    for number in range(2 * GROUPS):
        gender, person = ("f", "m")[number % 2], f"p{number % 4}"
        original = f"real/{number}.png"
        for label in ("real", "fake"):
            picture(root / label / f"{number}.png", number, label)
            rows.append(
                {"path": f"{label}/{number}.png", "label": label, "gender": gender,
                 "person": person, "original": original if label == "fake" else "",
                 "method": ("swap", "blend")[number % 3 > 0] if label == "fake" else ""}
            )  # fmt: skip
    pd.DataFrame(rows).to_csv(root / "media.csv", index=False)


def write_kaggle(root):
    rows = []
    for number in range(GROUPS):
        for label, name, original in (
            ("REAL", f"r{number}", ""),
            ("FAKE", f"f{number}", f"r{number}.mp4"),
        ):
            picture(root / "faces_224" / f"{name}.jpg", 100 + number, label.lower())
            rows.append(
                {"videoname": f"{name}.mp4", "original_width": 64, "original_height": 64,
                 "label": label, "original": original}
            )  # fmt: skip
    pd.DataFrame(rows).to_csv(root / "metadata.csv", index=False)


def write_wild(root):
    for number in range(GROUPS):
        for label in ("real", "fake"):
            path = root / f"{label}_test" / str(number) / label / "7" / "1.png"
            picture(path, 200 + number, label)


def write_df40(root):
    for number in range(GROUPS):
        target, donor = f"{number:03d}", f"{number + 500:03d}"
        picture(root / "simswap" / "ff" / f"{target}_{donor}" / "0.png", 300 + number, "fake")
        real = root / "ff" / "original_sequences" / "youtube" / target / "0.png"
        picture(real, 300 + number, "real")


def write_stylegan(root):
    for number in range(GROUPS):
        for label in ("real", "fake"):
            picture(root / "test" / label / f"{number}.jpg", 400 + number, label)


DATASETS = {
    "own": ("seen", "csv", write_own),
    "kaggle": ("unseen", "kaggle_deepfake_faces", write_kaggle),
    "wild": ("unseen", "wild_deepfake", write_wild),
    "df40": ("unseen", "df40", write_df40),
    "stylegan": ("unseen", "real_vs_fake_140k", write_stylegan),
}
"""Role, layout and writer of each dataset."""


def scored_by_redness(folder):
    """Score exported faces, as another program would."""
    listed = pd.read_csv(folder / "list.csv", keep_default_na=False)
    red = [cv2.imread(str(folder / path))[..., 2].mean() for path in listed["path"]]
    return listed.assign(score=red)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    copy = copy_of_repository(tmp_path_factory.mktemp("many") / "repo")
    for name, (_, _, write) in DATASETS.items():
        write(copy.root / "data" / "raw" / name)
    many = {
        "datasets": {
            name: {"role": role, "layout": layout, "crops": True}
            for name, (role, layout, _) in DATASETS.items()
        },
        "metrics": {"intervals": {"replicates": 200, "min_clusters": 2}},
    }
    profile = copy.root / "profiles" / "many.yaml"
    profile.write_text(yaml.safe_dump(many))
    write_params(["tiny", "many"], copy.root, force=True)
    copy.commit("five datasets")
    copy.dvc("repro")
    copy.commit("results of five datasets")
    copy.run("stages.external.export", "val", "test", "unseen", "exported")
    scored = scored_by_redness(copy.root / "exported")
    external = copy.root / "data" / "external"
    external.mkdir()
    keyed = ["dataset", "method", "item", "score"]
    scored[keyed].to_csv(external / "red.csv", index=False)
    some = scored[scored["dataset"] != "stylegan"]
    some[["path", "score"]].to_csv(external / "some.csv", index=False)
    many["scores"] = {
        "red": {"file": "data/external/red.csv"},
        "some": {"file": "data/external/some.csv", "missing": "undecided"},
    }
    profile.write_text(yaml.safe_dump(many))
    write_params(["tiny", "many"], copy.root, force=True)
    assert copy.stages_run_by() == {"external@red", "external@some", "compare"}
    copy.commit("two other programs")
    return copy


def test_the_leaderboard_ranks_all_of_them_on_each_dataset(copy):
    board = rows(copy.root / "metrics" / "leaderboard.csv")
    for dataset in DATASETS:
        models = {row["model"] for row in board if row["dataset"] == dataset}
        others = {"red"} if dataset == "stylegan" else {"red", "some"}
        assert {"inception_resnet_v2", "vgg16", "ensemble_mean", "baseline"} | others <= models
    by_video = [row for row in board if row["model"] == "red" and row["level"] == "video"]
    assert {row["auc"] for row in by_video if row["dataset"] in DATASETS} == {"1.000000"}
    assert any(row["dataset"] == "macro_average" for row in board)


def test_errors_are_given_by_method_person_and_other_attributes(copy):
    errors = rows(copy.root / "metrics" / "errors" / "vgg16.csv")
    own = {row["attribute"] for row in errors if row["dataset"] == "own"}
    assert {"gender", "person", "method", "brightness"} <= own
    assert {row["part"] for row in errors if row["attribute"] == "gender"} == {"f", "m"}


def test_a_review_of_it_can_be_written(copy):
    copy.run("review", "HEAD~1")
    page = (copy.root / ".work" / "review" / "report.html").read_text()
    assert "red" in page
    assert "stylegan" in page
