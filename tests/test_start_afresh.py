"""One command leaves no trace of the sample's results, and keeps what is not the pipeline's."""

import shutil
import subprocess

KEPT = ["data/raw/mine/real/1.png", "data/raw/mine.dvc", "data/external/theirs.csv", "params.yaml"]
MADE = [
    "dvc.lock",
    "metrics/cards/vgg16.md",
    "plots/roc/vgg16.csv",
    "models/vgg16/model.keras",
    "data/raw/sample/metadata.json",
    "data/raw/sample_unseen/metadata.json",
    "data/split/train.csv",
    "data/persons.csv",
]


def test_what_the_pipeline_made_goes_and_the_rest_stays(tmp_path, pytestconfig):
    for name in [*KEPT, *MADE]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "scripts").mkdir()
    script = tmp_path / "scripts/start_afresh"
    shutil.copy(pytestconfig.rootpath / "scripts/start_afresh", script)
    for command in (["init", "-q"], ["add", *KEPT, "scripts", "dvc.lock", "metrics", "plots"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    subprocess.run([script], check=True)
    files = [path for path in tmp_path.rglob("*") if path.is_file() and ".git" not in path.parts]
    assert sorted(path.relative_to(tmp_path).as_posix() for path in files) == sorted(
        [*KEPT, "scripts/start_afresh"]
    )
    listed = subprocess.run(
        ["git", "ls-files"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert set(listed.stdout.split()) == {*KEPT, "scripts/start_afresh"}
    subprocess.run([script], check=True)  # a second time there is nothing to remove
