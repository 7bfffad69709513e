"""`python -m review` on commits of a made repository."""

import json
import re
import shutil
import sys
from html.parser import HTMLParser

import pandas as pd
import pytest

from review.__main__ import main
from review.page import COMMENT_ROWS, TELLING_ROWS
from stages.common import table
from stages.common.tables.errors import GAPS, gaps_path
from stages.compare.ensemble import ENSEMBLES_PATH
from stages.train.history import curve_path
from tests.support.explain import made_gap
from tests.support.team_repository import PARAMS, SPLIT, made_items, made_scores

pytestmark = pytest.mark.end_to_end

LIMIT = 65536


def review(monkeypatch, *args):
    monkeypatch.setattr(sys, "argv", ["review", *args])
    main()


def fails(monkeypatch, *args):
    with pytest.raises(SystemExit) as ended:
        review(monkeypatch, *args)
    message = str(ended.value.code)
    assert message.startswith("error: ")
    return message


def improved(team):
    items = made_items()
    team.score(net_a=made_scores(items, 4.0, 1))
    team.write("params.yaml", PARAMS | {"train": {"rate": 0.01}})
    team.commit()


def test_both_files_say_what_changed_and_what_it_means(team, monkeypatch, capsys):
    improved(team)
    review(monkeypatch, "HEAD~1")
    printed = capsys.readouterr()
    bottom, *files = printed.out.splitlines()
    assert files == [".work/review/report.html", ".work/review/report.md"]
    assert printed.err == ""
    comment = (team.folder / ".work/review/report.md").read_text()
    page = (team.folder / ".work/review/report.html").read_text()
    assert bottom.startswith("Unseen AUC by video on other (ensemble_mean): better by 0.")
    assert f"**{bottom}.**" in comment
    assert bottom in page
    rows = [line for line in comment.splitlines() if line.startswith("| `net_a` | test")]
    assert re.search(r"AUC by video ↑ \| 0\.\d+ \[.*\| 0\.99\d+ .*\| \*\*better\*\* \|", rows[0])
    assert "`params.yaml: train.rate` | `0.001` | `0.01`" in comment
    assert "unchanged" in comment
    for text in ("net_a", "ensemble_mean", "train.rate", "AUC by video", "better", "<svg"):
        assert text in page


def test_a_training_curve_is_drawn_where_it_differs(team, monkeypatch):
    for auc in (0.7, 0.8):
        team.write(str(curve_path("net_a", "val/auc")), f"step\tauc\n0\t0.6\n1\t{auc}\n")
        team.write(str(curve_path("net_a", "val/loss")), "step\tloss\n0\t0.7\n1\t0.6\n")
        team.commit()
    review(monkeypatch, "HEAD~1")
    page = (team.folder / ".work/review/report.html").read_text()
    assert "net_a: AUC by video on val<br><strong>at the end 0.7000 → 0.8000" in page
    assert "net_a: loss on val" not in page


def test_two_named_revisions_and_another_folder(team, monkeypatch, tmp_path):
    improved(team)
    team.git("branch", "old", "HEAD~1")
    review(monkeypatch, "main", "old", "--out", str(tmp_path / "out"))
    assert "**worse**" in (tmp_path / "out/report.md").read_text()


def test_uncommitted_files_do_not_count(team, monkeypatch):
    team.commit()
    improved(team)
    team.score(net_a=made_scores(made_items(), 0.0, 8))
    review(monkeypatch, "HEAD~1")
    assert "**better**" in (team.folder / ".work/review/report.md").read_text()


def test_a_changed_test_set_is_not_comparable(team, monkeypatch):
    items = made_items({"val": ("seen", 10), "test": ("seen", 41), "unseen": ("other", 12)})
    team.score(net_a=made_scores(items, 4.0, 1), net_b=made_scores(items, 4.0, 2))
    team.commit()
    review(monkeypatch, "HEAD~1")
    comment = (team.folder / ".work/review/report.md").read_text()
    tested = [line for line in comment.splitlines() if line.startswith("| `net_a` | test")]
    assert tested
    assert all(line.endswith("| – | not comparable |") for line in tested)
    assert "2 items added, 1 groups added; added: `seen/test040`" in comment
    page = (team.folder / ".work/review/report.html").read_text()
    assert "not comparable: other items: 2 items added, 1 groups added" in page


def test_other_files_behind_the_same_names_are_not_comparable(team, monkeypatch):
    team.score(net_a=made_scores(made_items(), 4.0, 1))
    team.write("metrics/split.json", SPLIT | {"content_test_seen": "44"})
    team.commit()
    review(monkeypatch, "HEAD~1")
    comment = (team.folder / ".work/review/report.md").read_text()
    rows = [line for line in comment.splitlines() if line.startswith("| `net_a`")]
    verdicts = {"test": set(), "unseen": set()}
    for row in rows:
        verdicts[row.split(" ")[3]].add(row.split(" | ")[-1].strip("* |"))
    assert verdicts["test"] == {"not comparable"}
    assert "better" in verdicts["unseen"]
    assert "other files of the same names" in comment
    assert "`split: content_test_seen` | `11` | `44`" in comment
    assert "compared by name" not in comment


def test_a_commit_without_digests_is_told(team, monkeypatch):
    improved(team)
    team.write("metrics/split.json", {})
    team.commit()
    review(monkeypatch, "HEAD~1")
    comment = (team.folder / ".work/review/report.md").read_text()
    assert re.search(r"HEAD \(\w{7}\) has no digests of its test sets", comment)
    assert "HEAD~1 (" not in comment.split("has no digests")[0].splitlines()[-1]


def test_another_program_is_judged_beside_our_models_on_what_it_scored(team, monkeypatch):
    """As the stage `external` leaves its scores: items that it lacks have no face and the prior."""
    scored = made_scores(made_items(), 1.0, 3)
    lacking = scored["item"].str.startswith("test_00")
    for gap in (1.0, 4.0):
        scored = made_scores(made_items(), gap, 3)
        scored.loc[lacking, ["faces", "p_fake"]] = 0, 0.5
        team.score(theirs=scored)
        team.write("metrics/external/theirs.json", {"missing_items": int(lacking.sum())})
        team.commit()
    review(monkeypatch, "HEAD~1")
    comment = (team.folder / ".work/review/report.md").read_text()
    for level in ("video", "all_items"):
        (row,) = re.findall(rf"\| `theirs` \| test · `seen` \| AUC by {level} ↑ \|.*", comment)[:1]
        assert row.endswith("| **better** |")
    assert "`theirs`" not in comment.split("<details><summary>Data")[1]
    page = (team.folder / ".work/review/report.html").read_text()
    assert "theirs: ROC by video, test · seen" in page


def test_a_new_and_a_lost_model_are_named_and_shown_without_a_verdict(team, monkeypatch):
    """A change that adds a backbone, or another program's scores, is about their figures."""
    team.score(net_c=made_scores(made_items(), 1.0))
    (team.folder / "metrics/scores/net_b.csv").unlink()
    team.commit()
    review(monkeypatch, "HEAD~1")
    comment = (team.folder / ".work/review/report.md").read_text()
    assert re.search(r"`net_c: only in HEAD \(\w{7}\)`", comment)
    assert re.search(r"`net_b: only in HEAD~1 \(\w{7}\)`", comment)
    value = r"0\.\d{4} \[0\.\d{4}, \d\.\d{4}\]"
    first = comment.split("<details>")[0]
    for model, sides in {"net_c": rf"– \| {value}", "net_b": rf"{value} \| –"}.items():
        row = rf"\| `{model}` \| \w+ · `\w+` \| AUC by video ↑ \| {sides} \| – \| not comparable \|"
        assert re.search(row, first)
    assert re.search(r"\*\*Unseen .*\(net_a\): unchanged", first)


def test_no_model_in_both_commits(team, monkeypatch):
    for model in ("net_a", "net_b"):
        (team.folder / f"metrics/scores/{model}.csv").unlink()
    team.score(net_c=made_scores(made_items(), 1.0))
    team.commit()
    review(monkeypatch, "HEAD~1")
    comment = (team.folder / ".work/review/report.md").read_text()
    assert (
        "No model of params.yaml was evaluated in both commits, so there is no verdict" in comment
    )
    assert "All headline metrics: " in comment


def test_a_score_table_of_another_form_is_told_and_the_rest_goes_on(team, monkeypatch):
    path = team.folder / "metrics/scores/net_b.csv"
    path.write_text(path.read_text().replace("p_fake", "score"))
    team.commit()
    review(monkeypatch, "HEAD~1")
    comment = (team.folder / ".work/review/report.md").read_text()
    assert "HEAD:metrics/scores/net_b.csv" in comment
    assert "| `net_a` |" in comment


def test_an_unknown_revision_is_named(team, monkeypatch):
    assert "nowhere" in fails(monkeypatch, "nowhere")
    assert "nowhere" in fails(monkeypatch, "HEAD", "nowhere")


def test_a_commit_without_scores_is_named_with_what_to_do(team, monkeypatch):
    team.git("rm", "-q", "-r", "metrics/scores")
    team.commit()
    message = fails(monkeypatch, "HEAD~1")
    assert "HEAD (" in message
    assert "no scores in metrics/scores/" in message
    assert "dvc repro" in message


def test_a_commit_without_parameters_is_named(team, monkeypatch):
    team.git("rm", "-q", "params.yaml")
    team.commit()
    assert "no params.yaml in this commit" in fails(monkeypatch, "HEAD~1")


def test_parameters_that_the_verdicts_need_are_named(team, monkeypatch):
    team.write("params.yaml", {"backbones": ["net_a"], "metrics": PARAMS["metrics"]})
    team.commit()
    assert "params.yaml: 'decision' is missing" in fails(monkeypatch, "HEAD~1")


def test_no_readable_table_at_all_is_an_error(team, monkeypatch):
    for model in ("net_a", "net_b"):
        (team.folder / f"metrics/scores/{model}.csv").write_text("a,b\n1,2\n")
    team.commit()
    assert "HEAD:metrics/scores/net_a.csv" in fails(monkeypatch, "HEAD~1")


def test_a_wrong_lock_is_the_first_thing_said(team, monkeypatch, capsys):
    team.score(net_a=made_scores(made_items(), 4.0, 1))
    team.commit(by_hand=True)
    review(monkeypatch, "HEAD~1")
    comment = (team.folder / ".work/review/report.md").read_text()
    page = (team.folder / ".work/review/report.html").read_text()
    first = [line for line in comment.splitlines() if line][2]
    assert re.match(r"> \*\*Do not rely on these figures: .* `HEAD \(\w{7}\)`", first)
    assert "`run: changed since it ran: metrics`" in comment
    assert page.index("Do not rely on these figures") < page.index("<h1>")
    assert "run: changed since it ran: metrics" in capsys.readouterr().err


def test_a_wrong_lock_of_the_base_is_said_too(team, monkeypatch):
    team.score(net_a=made_scores(made_items(), 4.0, 1))
    team.commit(by_hand=True)
    team.commit()
    review(monkeypatch, "HEAD~1")
    comment = (team.folder / ".work/review/report.md").read_text()
    assert re.search(r"does not belong to `HEAD~1 \(\w{7}\)`\*\* \(1 error\)", comment)
    assert comment.count("Do not rely") == 1


def test_a_lock_that_dvc_cannot_read_is_named(team, monkeypatch):
    team.write("dvc.lock", "<<<<<<< ours\n")
    team.commit(by_hand=True)
    assert "dvc.lock" in fails(monkeypatch, "HEAD~1")


def test_code_recorded_in_another_way_is_told_not_called_changed(team, monkeypatch):
    team.write("stages/common/code.py", "CODE_FOLDER = 1\n")
    team.commit()
    review(monkeypatch, "HEAD~1")
    comment = (team.folder / ".work/review/report.md").read_text()
    assert "Do not rely" not in comment
    assert re.search(
        r"dvc.lock of HEAD \(\w{7}\) is compared with everything but the code", comment
    )


def test_nothing_of_a_commit_is_run_and_its_links_are_not_followed(team, monkeypatch, tmp_path):
    secret = tmp_path / "secret.json"
    secret.write_text('{"password": "hunter2"}')
    (team.folder / "metrics/frames.json").symlink_to(secret)
    (team.folder / "review").mkdir()
    (team.folder / "review/lock.py").write_text("raise SystemExit('was run')\n")
    team.commit()
    assert "metrics/frames.json holds no JSON" in fails(monkeypatch, "HEAD~1")


def test_subjects_and_changed_files_are_shown(team, monkeypatch):
    improved(team)
    team.write("stages/new.py", "")
    team.commit("train: <b>faster</b>")
    review(monkeypatch, "HEAD~2")
    comment = (team.folder / ".work/review/report.md").read_text()
    page = (team.folder / ".work/review/report.html").read_text()
    assert re.search(r"- head: `\w{7}` `train: <b>faster</b>`", comment)
    assert "train: &lt;b&gt;faster&lt;/b&gt;" in page
    listed = comment.split("<summary>Changed files: 2, and")[1].split("</details>")[0]
    assert "- `params.yaml`\n- `stages/new.py` added\n" in listed
    assert "dvc.lock" not in listed


def test_an_ensemble_of_one_member_is_not_shown_beside_it(team, monkeypatch):
    ensembles = json.loads((team.folder / ENSEMBLES_PATH).read_text())
    for ensemble in ensembles.values():
        ensemble["weights"] = {"net_a": 1.0}
    team.write(str(ENSEMBLES_PATH), ensembles)
    team.commit()
    review(monkeypatch, "HEAD")
    page = (team.folder / ".work/review/report.html").read_text()
    assert "net_a" in page
    assert "ensemble_mean" not in page


def test_the_clone_of_another_owner_is_named_in_one_line(team, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    message = fails(monkeypatch, "HEAD")
    assert message == (
        f"error: git does not read {team.folder}, which belongs to another user; if you trust it: "
        f"git config --global --add safe.directory {team.folder}"
    )


def test_outside_a_repository_it_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "git" in fails(monkeypatch, "HEAD").lower()


class Outward(HTMLParser):
    """Collects what a page would fetch, and what it would run."""

    def __init__(self):
        super().__init__()
        self.fetched, self.tags = [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.fetched += [value for name, value in attrs if name in ("src", "href", "srcset")]


def test_the_page_needs_nothing_from_elsewhere(team, monkeypatch):
    improved(team)
    review(monkeypatch, "HEAD~1")
    page = (team.folder / ".work/review/report.html").read_text()
    parser = Outward()
    parser.feed(page)
    assert parser.fetched == []
    assert not parser.tags & {"script", "link", "iframe", "img", "object"}
    assert "url(" not in page
    assert "@import" not in page


def test_at_most_three_screens_of_a_phone_come_before_the_fold(team, monkeypatch):
    api = pytest.importorskip("playwright.sync_api")
    if (chromium := shutil.which("chromium")) is None:
        pytest.skip("chromium is not installed")
    items = made_items()
    team.score(net_a=made_scores(items, 4.0, 1), net_b=made_scores(items, 3.0, 2))
    team.commit("x" * 100, by_hand=True)
    review(monkeypatch, "HEAD~1")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 390, "height": 844})
        tab.goto((team.folder / ".work/review/report.html").as_uri())
        fold = tab.locator("details.part").first.bounding_box()["y"]
        width = tab.evaluate("document.documentElement.scrollWidth")
        browser.close()
    assert fold < 3 * 844
    assert width == 390


def test_names_cannot_break_out_of_page_or_comment(team, monkeypatch):
    hostile = '<script>alert("x")</script>`|@everyone\n| a'
    team.write("params.yaml", PARAMS | {"train": {"rate": hostile}})
    team.commit()
    review(monkeypatch, "HEAD~1")
    page = (team.folder / ".work/review/report.html").read_text()
    comment = (team.folder / ".work/review/report.md").read_text()
    assert "<script>" not in page
    (line,) = (line for line in comment.splitlines() if "alert" in line)
    assert line.endswith("""`<script>alert("x")</script>'\\|@everyone \\| a` |""")


def test_the_comment_fits_whatever_changed(team, monkeypatch):
    many = {f"parameter_{number}" * 10: "x" * 500 for number in range(2000)}
    items = made_items({"val": ("seen", 10), "test": ("seen", 12), "unseen": ("other", 10)})
    models = {f"net_{number:02d}": made_scores(items, 1.0, number) for number in range(8)}
    team.score(**models)
    team.commit()
    team.write("params.yaml", PARAMS | {"many": many})
    models["net_07"] = made_scores(items, 6.0, 11)
    team.score(**models)
    gaps = [made_gap(attribute=f"attribute {n}" * 10, worst=f"w{n}" * 50) for n in range(200)]
    for model in models:
        table.write(team.folder / gaps_path(model), pd.DataFrame(gaps), GAPS)
    team.write("metrics/frames.json", {f"count_{number}" * 10: number for number in range(2000)})
    team.commit()
    review(monkeypatch, "HEAD~1")
    comment = (team.folder / ".work/review/report.md").read_text()
    assert len(comment.encode()) < LIMIT
    rows = [line for line in comment.splitlines() if line.startswith("| `net_")]
    assert len(rows) <= COMMENT_ROWS + TELLING_ROWS
    assert any("`net_07`" in line and "**better**" in line for line in rows)
    assert f"{2000 - COMMENT_ROWS} more in report.html" in comment
