"""What `app.service` does before its first answer."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.support.app import JUDGE
from tests.support.paths import ROOT

pytestmark = pytest.mark.end_to_end

KEY = Ed25519PrivateKey.generate()


@pytest.fixture
def service(inside):
    from app.limits import PageLimits
    from app.service import Service

    limits = PageLimits(megabytes=1, duration=60, megapixels=2, seconds=60, waiting=5)
    return Service(limits, KEY)


def test_an_answer_waits_until_the_models_are_loaded(service, items):
    asked, said = Event(), []

    def report(share, doing):
        said.append(doing)
        asked.set()

    assert JUDGE in service.names
    with ThreadPoolExecutor(1) as visitor:
        answer = visitor.submit(service.answer, items["face.png"], JUDGE, report)
        assert asked.wait(60)
        assert said == ["Getting ready"]
        service.load()
        report = answer.result(600).report
    assert said[:2] == ["Getting ready", "Looking for faces"]
    KEY.public_key().verify(report.signature, report.json.encode())


def test_an_item_without_a_face_gets_a_signed_report_too(service, items):
    from app.answer import refusal_html
    from app.service import Refused

    service.load()
    with pytest.raises(Refused) as refused:
        service.answer(items["nobody"], JUDGE, lambda share, doing: None)
    assert refused.value.kind == "no_face"
    report = refused.value.report
    KEY.public_key().verify(report.signature, report.json.encode())
    assert json.loads(report.json)["result"]["headline"] == "No face was found"
    html = refusal_html(refused.value)
    for kind in ("html", "json", "json.sig"):
        assert f'download="report.{kind}"' in html


def test_a_failure_to_load_is_said_with_its_cause(service, items, monkeypatch, capsys):
    from app import loaded
    from app.service import Refused

    def fail(model):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(loaded, "about", fail)
    with pytest.raises(OSError, match="No space left on device"):
        service.load()
    with pytest.raises(Refused) as refused:
        service.answer(items["face.png"], JUDGE, lambda share, doing: None)
    assert refused.value.kind == "error"
    assert "No space left on device" in capsys.readouterr().err


def test_the_page_opens_before_keras_is_imported():
    command = "import sys, app.page, app.service; print({'keras', 'tensorflow'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
