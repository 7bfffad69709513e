import hashlib
import json
import shutil

import av
import cv2
import pytest

from app.inputs import items_named
from app.predict import main
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
    assert cv2.imread(str(tmp_path / "a.png")).shape == (320, 320, 3)
    assert "a.png" in capsys.readouterr().out


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
