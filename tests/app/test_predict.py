import hashlib
import json
import os
import shutil

import av
import cv2
import pytest

from app import predict
from app.inputs import items_named
from app.predict import main
from stages.common.errors import MachineFailure
from tests.support.app import DEMONSTRATION, JUDGE, make_repository

pytestmark = pytest.mark.end_to_end


def answers(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_clip_is_scored_and_drawn_on(inside, items, tmp_path, capsys):
    out = tmp_path / "out.mp4"
    code = main([str(items["face"]), "--model", JUDGE, "--json", "--annotate", str(out)])
    (answer,) = answers(capsys)
    assert code == 0
    assert answer["status"] == "scored"
    assert answer["verdict"] == ("fake" if answer["p_fake"] >= answer["threshold"] else "real")
    assert answer["file"] == "face.mp4"
    assert answer["sha256"] == hashlib.sha256(items["face"].read_bytes()).hexdigest()
    assert len(answer["frames"]) == 4
    assert [face["person"] for face in answer["faces"]] == [1] * len(answer["faces"])
    with av.open(str(out)) as clip:
        assert clip.streams.video[0].codec_context.name == "h264"
        assert len(clip.streams.audio) == 1


def test_a_picture_comes_back_as_a_picture(inside, items, tmp_path, capsys):
    args = [str(items["face.png"]), "--model", JUDGE, "--annotate", str(tmp_path / "a.mp4")]
    assert main(args) == 0
    assert cv2.imread(str(tmp_path / "a.jpg")).shape == (320, 320, 3)
    assert "a.jpg" in capsys.readouterr().out


def test_a_demonstration_gives_no_verdict(inside, items, capsys):
    assert main([str(items["face"]), "--model", DEMONSTRATION]) == 0
    said = capsys.readouterr().out
    assert "demonstration" in said
    assert "Judged" not in said


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("text", 4, "no picture or video of a known kind"),
        ("hour", 4, "longer than"),
        ("bomb.png", 4, "pixels"),
        ("nobody", 5, "no face was found"),
        ("two", 6, "2 persons"),
    ],
)
def test_each_trouble_has_its_message_and_exit_code(inside, items, name, code, message, capsys):
    assert main([str(items[name]), "--model", JUDGE]) == code
    assert message in capsys.readouterr().out


def test_one_bad_file_does_not_stop_the_others(inside, items, tmp_path, capsys):
    for name in ("text", "face"):
        shutil.copy(items[name], tmp_path)
    assert main([str(tmp_path), "no_such.mp4", "--model", JUDGE, "--json"]) == 4
    assert [answer["status"] for answer in answers(capsys)] == [
        "scored",
        "unreadable",
        "unreadable",
    ]


def test_no_model_yet(tmp_path, monkeypatch, items, capsys):
    make_repository(tmp_path, ["vgg16"])
    monkeypatch.chdir(tmp_path)
    assert main([str(items["face"])]) == 3
    assert "no model is trained yet" in capsys.readouterr().err


def test_folders_and_patterns_stand_for_their_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b/2.mp4", "b/c/1.mp4", "b/.hidden/3.mp4", "a[1].mp4", "a2.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    named = [path.as_posix() for path in items_named(["b", "a[1].mp4", "a*", "missing.mp4"])]
    assert named == ["b/2.mp4", "b/c/1.mp4", "a[1].mp4", "a2.png", "missing.mp4"]


def test_a_copy_that_cannot_be_made_costs_no_score(inside, items, tmp_path, capsys, monkeypatch):
    def too_slow(*args):
        raise MachineFailure("took longer than 9 s")

    monkeypatch.setattr("app.annotate.annotated", too_slow)
    out = tmp_path / "out.mp4"
    assert main([str(items["face"]), "--model", JUDGE, "--annotate", str(out)]) == 7
    said = capsys.readouterr().out
    assert "P(fake)" in said
    assert "not annotated: the file took longer than 9 s" in said
    assert not out.exists()


def test_a_folder_that_cannot_be_written_costs_no_score(inside, items, tmp_path, capsys):
    (tmp_path / "file").touch()
    args = [str(items["face"]), "--model", JUDGE, "--json", "--annotate"]
    assert main([*args, str(tmp_path / "file" / "out.mp4")]) == 7
    (answer,) = answers(capsys)
    assert answer["status"] == "scored"
    assert "cannot be written" in answer["not_annotated"]


def test_what_is_wrong_at_first_sight_is_said_before_anything_is_loaded(
    inside, items, monkeypatch, capsys
):
    monkeypatch.setattr("app.predict.load_one", lambda name: pytest.fail("the model was loaded"))
    assert main(["missing.mp4", str(items["text"])]) == 4
    assert "missing.mp4: cannot be read: No such file or directory" in capsys.readouterr().out
    assert main([str(items["face"]), "--model", "no_such"]) == 3
    assert "no trained model is called 'no_such'" in capsys.readouterr().err


def test_a_folder_of_items_goes_on_where_it_stopped(inside, items, tmp_path, monkeypatch):
    folder, out = tmp_path / "items", tmp_path / "out"
    folder.mkdir()
    for number in range(3):
        shutil.copy(items["face.png"], folder / f"{number}.png")
    args = [str(folder), "--model", JUDGE, "--out", str(out)]
    assert main(args) == 0
    lines = (out / "scores.jsonl").read_text().splitlines()
    table = (out / "scores.csv").read_text()
    assert [json.loads(line)["item"] for line in lines] == [
        str(folder / f"{number}.png") for number in range(3)
    ]
    assert table.count("scored") == 3
    # As a run leaves it that was killed while it wrote the second answer
    (out / "scores.jsonl").write_text(f"{lines[0]}\n{lines[1][:90]}")
    done = []

    def counted(path, *others):
        done.append(path.name)
        return answered(path, *others)

    answered = predict._answer
    monkeypatch.setattr(predict, "_answer", counted)
    assert main(args) == 0
    assert done == ["1.png", "2.png"]
    assert (out / "scores.csv").read_text() == table
    assert (out / "scores.jsonl").read_text().splitlines() == lines
    assert main([str(folder), "--model", DEMONSTRATION, "--out", str(out)]) == 1


def test_a_name_that_is_no_utf8_is_an_item_as_any_other(inside, items, tmp_path, capsys):
    folder = tmp_path / "items"
    folder.mkdir()
    odd = os.fsencode(folder) + b"/a\xff.mp4"
    shutil.copy(items["face"], odd)
    shutil.copy(items["face.png"], folder / "b.png")
    assert main([str(folder), "--model", JUDGE, "--annotate", str(tmp_path / "copies")]) == 0
    assert "a\\udcff.mp4: Judged to be " in capsys.readouterr().out
    assert main([str(folder), "--model", JUDGE, "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "scores.csv").read_text().count("scored") == 2
