"""Case reports on made clips (`app.report`), as files that a person opens."""

import hashlib
import json
import re
import shutil
from types import SimpleNamespace

import pandas as pd
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from app.inputs import printable
from app.report.__main__ import main
from app.report.schema import CaseReport
from tests.support.app import DEMONSTRATION, JUDGE, make_repository
from tests.support.browser import CONTRASTS, keep
from tests.support.case import HOSTILE, made_report

pytestmark = pytest.mark.end_to_end

UNFOLDED = """() => [...document.querySelectorAll("pre")].every(
    one => one.checkVisibility({contentVisibilityAuto: true}))"""

NAME = HOSTILE.replace("/", "∕")


@pytest.fixture(scope="module")
def written(repository, items, tmp_path_factory):
    """The folder of a signed report on a clip of two persons with a hostile name."""
    folder = tmp_path_factory.mktemp("report")
    clip = shutil.copy(items["two"], folder / NAME)
    key = Ed25519PrivateKey.generate()
    private, public = folder / "key.pem", folder / "public.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    private.chmod(0o600)
    public.write_bytes(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(repository)
        options = ["--out", str(folder / "out"), "--model", JUDGE, "--key", str(private)]
        assert main([str(clip), *options]) == 0
        assert main([str(clip), *options]) == 1  # a report is not overwritten
    return folder


@pytest.fixture(scope="module")
def report(written):
    return CaseReport.model_validate_json((written / "out/report.json").read_bytes())


@pytest.fixture(scope="module")
def html(written):
    return (written / "out/report.html").read_text()


def test_a_report_says_what_the_command_says(report, repository, written, monkeypatch, capsys):
    from app import predict

    monkeypatch.chdir(repository)
    predict.main([str(written / NAME), "--model", JUDGE, "--json"])
    answer = json.loads(capsys.readouterr().out)
    result = json.loads(report.result.model_dump_json())
    for person in result["persons"]:
        ratio = person.pop("likelihood_ratio")
        assert (ratio["log10"] > 0) == (person["p_fake"] > 0.5)
    assert {name: result[name] for name in result if name != "maps"} == {
        name: answer[name] for name in result if name != "maps"
    }
    assert [result["faces"][row]["person"] for row in result["maps"]].count(2) > 0


def test_a_report_names_the_file_the_model_and_the_means(report, written, repository):
    clip = written / NAME
    assert report.file.name == printable(NAME)
    assert report.file.bytes == clip.stat().st_size
    assert report.file.sha256 == hashlib.sha256(clip.read_bytes()).hexdigest()
    assert report.file.probe.streams[0].codec == "h264"
    assert (report.file.probe.streams[0].width, report.file.probe.format) == (
        640,
        "MP4 or QuickTime",
    )
    (member,) = report.model.members
    network = repository / f"models/{JUDGE}/model.keras"
    assert member.network_sha256 == hashlib.sha256(network.read_bytes()).hexdigest()
    assert report.means.versions.keys() >= {"python", "keras", "av"}
    assert report.means.parameters["frames"]["max_frames"] == 4
    assert report.likelihood_ratios.estimated_on[0].fakes == 40


def test_a_report_is_signed_with_its_page(written, capsys):
    report, key = written / "out/report.json", written / "public.pem"
    assert main(["--verify", str(report), "--public-key", str(key)]) == 0
    assert "report.html is the page" in capsys.readouterr().out


def test_a_demonstration_gets_no_likelihood_ratio(inside, items, tmp_path):
    assert main([str(items["face.png"]), "--out", str(tmp_path), "--model", DEMONSTRATION]) == 0
    report = CaseReport.model_validate_json((tmp_path / "report.json").read_bytes())
    assert report.likelihood_ratios is None
    assert report.result.persons[0].likelihood_ratio is None
    assert "embedded sample" in report.no_likelihood_ratios
    assert report.public_key_sha256 == ""
    html = (tmp_path / "report.html").read_text()
    assert report.html_sha256 == hashlib.sha256(html.encode()).hexdigest()
    assert "It is not signed" in html
    assert "Tippett" not in html


@pytest.mark.parametrize("why", ["it knows nothing but the made-up faces", "its AUC may be chance"])
def test_a_model_that_gives_no_verdict_gives_no_ratio(why, tmp_path, monkeypatch):
    from app.report.case import about

    monkeypatch.chdir(tmp_path)
    make_repository(tmp_path, ["vgg16"])
    monkeypatch.setattr("app.report.case.model_sentences", lambda model: [])
    found = about(
        SimpleNamespace(name="net", members=(), demonstration=False, no_verdict=why, threshold=0.5)
    )
    assert found.ratios is None
    assert found.refused == f"No likelihood ratio is given, since {why}."


def test_a_file_that_cannot_be_read_gets_no_report_but_the_reason(inside, items, tmp_path, capsys):
    assert main([str(items["text"]), "--out", str(tmp_path / "out"), "--model", JUDGE]) == 4
    assert items["text"].name in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_file_without_a_face_gets_a_signed_report(inside, items, written, tmp_path, capsys):
    clip, report = items["nobody"], tmp_path / "report.json"
    options = ["--model", JUDGE, "--key", str(written / "key.pem")]
    assert main([str(clip), "--out", str(tmp_path), *options]) == 5
    assert "No face was found: " in capsys.readouterr().out
    assert main(["--verify", str(report), "--public-key", str(written / "public.pem")]) == 0
    found = CaseReport.model_validate_json(report.read_bytes())
    assert found.file.sha256 == hashlib.sha256(clip.read_bytes()).hexdigest()
    assert found.file.probe.streams[0].width == 320
    assert found.credentials.status == "absent"
    assert found.result.reasons[0] == "No face was found in the 4 frames that were looked at."
    assert [frame.p_fake for frame in found.result.frames] == [None] * 4
    assert (found.result.p_fake, found.result.persons, found.result.faces) == (None, [], [])
    assert found.no_likelihood_ratios.endswith("since no face was found.")
    html = report.with_suffix(".html").read_text()
    assert "<p>No face was found</p>" in html
    assert "P(fake)" not in html.partition("<h2>The model</h2>")[0]


@pytest.mark.parametrize(
    ("options", "code"),
    [(["none.mp4", "--out", "out"], 4), (["face", "--out", "out", "--model", "none"], 3)],
)
def test_what_is_wrong_at_first_sight_is_said_before_anything_is_loaded(
    inside, items, monkeypatch, capsys, options, code
):
    monkeypatch.setattr("app.predict.load_one", lambda name: pytest.fail("the model was loaded"))
    assert main([str(items.get(options[0], options[0])), *options[1:]]) == code
    assert capsys.readouterr().err.startswith("error: ")


def rendered():
    from app.clip import NoFace
    from app.report.page import render

    nobody = NoFace("no face was found", "", pd.DataFrame(), [])
    return render(CaseReport.model_validate(made_report()), nobody, [], "").html


def test_texts_of_a_stranger_stay_texts(html):
    for page in (html, rendered()):
        assert "&lt;img src=http:" in page
        assert "<img src=http:" not in page
        assert "{{ 7*7 }}" in page
        assert "\u202e" not in page
        assert "\\u202e" in page


def test_a_page_fetches_nothing(html):
    assert "default-src 'none'" in html
    assert not re.findall(r"<(?:script|link|iframe|object|embed|base|form)\b", html)
    assert all(
        src.startswith("data:image/jpeg;base64,") for src in re.findall(r'src="(.*?)"', html)
    )
    assert "url(" not in html
    assert "@import" not in html


def test_a_page_is_read_on_a_screen_a_phone_and_on_paper(html, written, browser):
    (written / "stub.html").write_text(rendered())
    for name in ("out/report.html", "stub.html"):
        for width in (1280, 390):
            tab = browser.new_page(viewport={"width": width, "height": 850})
            asked = []
            tab.on("request", lambda request, asked=asked: asked.append(request.url))
            tab.on("dialog", lambda dialog: pytest.fail("a script ran"))
            tab.goto((written / name).as_uri())
            assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
            assert tab.evaluate(CONTRASTS) == []
            keep(tab, f"report_{width}")
            tab.emulate_media(media="print")
            tab.wait_for_function(UNFOLDED, timeout=20_000)
            tab.close()
