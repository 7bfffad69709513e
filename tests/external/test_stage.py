"""The stage `stages.external` and the comparison with our own models."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from dvc.repo import Repo
from sklearn.metrics import roc_auc_score

import stages.baseline.__main__ as baseline
import stages.compare.__main__ as compare
import stages.evaluate.__main__ as evaluate
import stages.external.__main__ as external
from proofs.dependencies import problems_of
from stages.common import table
from stages.common.errors import InputError, ParamsError
from stages.common.table import KEY
from stages.common.tables.scores import (
    FRAME_SCORES,
    VIDEO_SCORES,
    frame_scores_path,
    video_scores_path,
)
from stages.common.tables.splits import ITEMS, ITEMS_PATH, SPLIT, split_path
from stages.external.export import export
from tests.support.external import write_csv, write_deepfakebench, write_dfdc
from tests.support.paths import ROOT

pytestmark = pytest.mark.end_to_end

SCORED = ("val", "test", "unseen")


def item_scores(seed=0, without=()):
    """Another program's scores of our items, which tell fakes from reals quite well."""
    items = table.read(ITEMS_PATH, ITEMS)
    items = items[items["split"].isin(SCORED) & ~items["item"].isin(without)]
    noise = np.random.default_rng(seed).normal(0, 1, len(items))
    odds = np.where(items["label"] == "fake", 1.0, -1.0) + noise
    return items.assign(score=np.round(1 / (1 + np.exp(-odds)), 4))


def tables(name):
    frames = table.read(frame_scores_path(name), FRAME_SCORES)
    return frames, table.read(video_scores_path(name), VIDEO_SCORES)


def board(level="video", split="test"):
    rows = pd.read_csv("metrics/leaderboard.csv")
    return rows[(rows["level"] == level) & (rows["split"] == split)].set_index("model")


def lose_face(split, item):
    """Leave an item of a split without a face."""
    faces, every = table.read(split_path(split), SPLIT), table.read(ITEMS_PATH, ITEMS)
    table.write(split_path(split), faces[faces["item"] != item], SPLIT)
    every.loc[every["item"] == item, "faces"] = 0
    table.write(ITEMS_PATH, every, ITEMS)


def test_two_programs_stand_beside_our_own(entries):
    missing = ["test_0_real", "test_1_fake", "test_2_fake"]
    ours, theirs = item_scores(0), item_scores(1, without=missing)
    write_dfdc(ours, Path("whole.csv"))
    write_deepfakebench(theirs, Path("partial.json"))
    partial = {"file": "partial.json", "format": "deepfakebench"}
    entries(whole={"file": "whole.csv", "format": "dfdc"}, partial=partial)
    with pytest.raises(InputError) as refused:
        external.main("partial")
    assert "3 items (made/blend/test_1_fake, made/real/test_0_real, made/" in str(refused.value)
    assert "scores.partial.missing: undecided" in str(refused.value)
    assert not video_scores_path("partial").exists()

    partial |= {"missing": "undecided"}
    entries(whole={"file": "whole.csv", "format": "dfdc"}, partial=partial)
    for name in ("whole", "partial"):
        external.main(name)
    evaluate.main("plain")
    evaluate.main("noisy")
    baseline.main()
    compare.main()

    video = board()
    models = {"plain", "noisy", "baseline", "ensemble_mean", "ensemble_weighted"}
    assert set(video.index) == {*models, "whole", "partial"}
    assert (video.loc[[*models, "whole"], "coverage"] == 1).all()
    assert video.loc["partial", "coverage"] == 0.875
    assert video.loc["partial", ["fakes", "reals"]].tolist() == [10, 11]
    assert video.loc["plain", ["fakes", "reals"]].tolist() == [12, 12]
    # On exactly the items that both have
    of_test = theirs[theirs["split"] == "test"]
    auc = roc_auc_score(of_test["label"] == "fake", of_test["score"])
    assert video.loc["partial", "auc"] == pytest.approx(auc, abs=1e-6)
    _, base = tables("baseline")
    base = base.merge(of_test[KEY])
    gain = auc - roc_auc_score(base["label"] == "fake", base["p_fake"])
    assert video.loc["partial", "auc_gain"] == pytest.approx(gain, abs=1e-6)
    # Missing items count as undecided among all items, for which there is a level now
    every, (_, videos) = board("all_items"), tables("partial")
    assert every.loc["partial", ["fakes", "reals"]].tolist() == [12, 12]
    assert every.loc["partial", "coverage"] == 0.875
    of_test = videos[videos["split"] == "test"]
    auc = roc_auc_score(of_test["label"] == "fake", of_test["p_fake"])
    assert every.loc["partial", "auc"] == pytest.approx(auc, abs=1e-6)
    assert every.loc["plain", "auc"] == video.loc["plain", "auc"]
    undecided = videos[videos["item"].isin(missing)]
    assert undecided[["faces", "p_fake"]].values.tolist() == [[0, 0.5]] * 3  # val's share of fakes
    assert set(board("video", "unseen")["coverage"]) == {1}
    assert not len(board("all_items", "unseen"))

    pairs = pd.read_csv("metrics/comparisons.csv").set_index(["split", "first", "second"])
    assert pairs.loc[("test", "partial", "plain"), "items"] == 21
    assert pairs.loc[("test", "plain", "whole"), "items"] == 24
    assert ("test", "ensemble_mean", "whole") in pairs.index
    assert ("test", "ensemble_mean", "plain") not in pairs.index
    curves = pd.read_csv("plots/roc_models.csv")
    assert {"whole", "partial"} <= set(curves["model"])
    text = Path("metrics/comparison.md").read_text()
    assert "partial scored 87.5% of the items (AUC with the others as undecided: " in text
    assert "## test: made (24 items, 12 clusters)" in text
    assert set(
        json.loads(Path("metrics/ensembles.json").read_text())["ensemble_mean"]["weights"]
    ) == {
        "plain",
        "noisy",
    }
    assert json.loads(Path("metrics/external/partial.json").read_text())["missing_items"] == 3


def test_what_is_no_longer_listed_leaves_the_comparison(entries):
    write_csv(item_scores(), Path("theirs.csv"))
    entries(theirs={"file": "theirs.csv"})
    external.main("theirs")
    evaluate.main("plain")
    evaluate.main("noisy")
    baseline.main()
    compare.main()
    assert "theirs" in board().index
    entries()
    compare.main()
    assert "theirs" not in board().index
    assert not video_scores_path("theirs").exists()


def test_scores_by_item_keep_their_order_and_reach_every_face(entries):
    scores = item_scores()
    write_csv(scores, Path("theirs.csv"))
    entries(theirs={"file": "theirs.csv"})
    external.main("theirs")
    frames, videos = tables("theirs")
    assert frames.groupby(KEY)["p_fake"].nunique().max() == 1
    assert len(frames) == videos["faces"].sum() == scores["faces"].sum()
    both = videos.merge(scores[[*KEY, "score"]], on=KEY)
    assert len(both) == len(scores)
    assert both["p_fake"].rank().tolist() == both["score"].rank().tolist()
    assert json.loads(Path("metrics/external/theirs.json").read_text()) == {
        "items": len(scores),
        "missing_items": 0,
        "unknown_items": 0,
        "faces_scored_by_face": 0,
        "faces_scored_by_frame": 0,
        "faces_scored_by_item": len(frames),
    }


def test_our_own_logits_become_our_own_scores_again(entries):
    """Exported, scored by another program that is one of ours, and read again."""
    evaluate.main("plain")
    export(["val", "test", "unseen"], Path("faces"))
    listed = pd.read_csv("faces/list.csv")
    ours, videos = tables("plain")
    odds = np.log(ours["p_fake"] / (1 - ours["p_fake"]))
    scored = listed.merge(ours.assign(score=3 * odds + 7)[[*KEY, "frame", "track", "score"]])
    scored.to_csv("by_face.csv", index=False)
    scored[["path", "score"]].to_csv("by_path.csv", index=False)
    entries(by_face={"file": "by_face.csv"}, by_path={"file": "by_path.csv"})
    for name in ("by_face", "by_path"):
        external.main(name)
        again, of_items = tables(name)
        np.testing.assert_allclose(again["p_fake"], ours["p_fake"], atol=2e-4)
        np.testing.assert_allclose(of_items["p_fake"], videos["p_fake"], atol=2e-4)
        counted = json.loads(Path(f"metrics/external/{name}.json").read_text())
        assert counted["faces_scored_by_face"] == len(ours)


def test_an_item_without_a_face_of_ours_counts_with_its_score(entries):
    lose_face("test", "test_0_real")
    lose_face("test", "test_1_fake")
    write_csv(item_scores(without=["test_1_fake"]), Path("theirs.csv"))
    entries(theirs={"file": "theirs.csv"})
    external.main("theirs")
    frames, videos = tables("theirs")
    lost = videos.set_index("item").loc[["test_0_real", "test_1_fake"], ["faces", "p_fake"]]
    assert lost["faces"].tolist() == [1, 0]
    assert lost["p_fake"]["test_1_fake"] == 0.5
    assert lost["p_fake"]["test_0_real"] != 0.5
    assert not frames["item"].isin(lost.index).any()
    evaluate.main("plain")
    evaluate.main("noisy")
    baseline.main()
    compare.main()
    assert board().loc["theirs", "coverage"] == 1
    assert board().loc["theirs", ["fakes", "reals"]].tolist() == [11, 11]
    every = board("all_items")
    assert every.loc["theirs", "coverage"] == pytest.approx(23 / 24, abs=1e-6)
    assert every.loc["plain", "coverage"] == pytest.approx(22 / 24, abs=1e-6)


def test_a_dataset_that_a_program_does_not_score_has_no_row_of_it(entries):
    """Nor does it score one item of val: its decision is fitted on the others."""
    scores = item_scores()
    lacking = (scores["split"] == "unseen") | (scores["item"] == "val_0_real")
    write_csv(scores[~lacking], Path("theirs.csv"))
    entries(theirs={"file": "theirs.csv", "missing": "undecided"})
    external.main("theirs")
    evaluate.main("plain")
    evaluate.main("noisy")
    baseline.main()
    compare.main()
    assert "theirs" in board().index
    assert "theirs" not in board("video", "unseen").index
    every = board("all_items", "unseen")
    assert every.loc["theirs", ["coverage", "auc"]].tolist() == [0, 0.5]
    assert "theirs scored 0.0% of the items" in Path("metrics/comparison.md").read_text()


def test_unknown_items_are_counted_and_named(entries, capsys):
    write_csv(
        pd.concat([item_scores(), item_scores().assign(dataset="gone").head(2)]), Path("t.csv")
    )
    entries(theirs={"file": "t.csv"})
    external.main("theirs")
    assert "t.csv: 2 items (gone/" in capsys.readouterr().err
    assert json.loads(Path("metrics/external/theirs.json").read_text())["unknown_items"] == 2


def test_nothing_of_test_enters_the_calibration(entries):
    scores = item_scores()
    entries(theirs={"file": "theirs.csv"})
    found = []
    for sign in (1, -1):
        turned = scores.assign(score=scores["score"].where(scores["split"] == "val", sign))
        write_csv(turned.assign(score=turned["score"] + 2), Path("theirs.csv"))
        external.main("theirs")
        _, videos = tables("theirs")
        found.append(videos[videos["split"] == "val"].reset_index(drop=True))
    pd.testing.assert_frame_equal(*found)


def test_a_file_without_val_is_refused(entries):
    scores = item_scores()
    write_csv(scores[scores["split"] != "val"], Path("theirs.csv"))
    entries(theirs={"file": "theirs.csv", "missing": "undecided"})
    with pytest.raises(InputError, match="fitted on val, of which it scores nothing"):
        external.main("theirs")


def test_scores_of_other_data_are_not_compared(entries):
    write_csv(item_scores(), Path("theirs.csv"))
    entries(theirs={"file": "theirs.csv"})
    external.main("theirs")
    evaluate.main("plain")
    evaluate.main("noisy")
    baseline.main()
    frames, _ = tables("theirs")
    more = frames.iloc[:1].assign(frame=99)
    table.write(frame_scores_path("theirs"), pd.concat([frames, more]), FRAME_SCORES)
    with pytest.raises(InputError, match=r"theirs\.csv .* not about the same data \(frame level\)"):
        compare.main()


@pytest.mark.parametrize("name", ["baseline", "ensemble_mean", "theirs-1", "their model"])
def test_the_names_of_our_models_are_taken(name, entries):
    entries(**{name: {"file": "theirs.csv"}})
    with pytest.raises(ParamsError, match=f"scores.{name}"):
        compare.main()


def test_an_entry_declares_what_it_reads(tmp_path, monkeypatch):
    """An empty `scores` has no stage, so the proof of the repository's own dvc.yaml sees none."""
    for name in ("dvc.yaml", "versions.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["scores"] = {"theirs": {"file": "data/external/theirs.csv"}}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    monkeypatch.chdir(tmp_path)
    Repo.init(no_scm=True).close()
    with Repo() as repo:
        (stage,) = [stage for stage in repo.index.stages if stage.addressing == "external@theirs"]
        assert problems_of(stage, ROOT) == []
        deps = {dep.def_path for dep in stage.deps}
        assert {"data/external/theirs.csv", "data/index", "data/split"} <= deps
        (whole,) = [stage for stage in repo.index.stages if stage.addressing == "compare"]
        outs = {Path(out.def_path) for out in stage.outs if not out.def_path.endswith(".json")}
        assert {out.parent.as_posix() for out in outs} <= {dep.def_path for dep in whole.deps}
