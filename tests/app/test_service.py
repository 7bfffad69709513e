"""What `app.service` does before its first answer."""

from threading import Event

import pytest

from tests.support.app import JUDGE

pytestmark = pytest.mark.end_to_end


def test_the_first_answer_waits_for_the_warm_up_and_the_page_does_not(inside, items, monkeypatch):
    from app.limits import PageLimits
    from app.service import Service

    go_on, prepare, said = Event(), Service._prepare, []

    def wait(service):
        assert go_on.wait(60)
        prepare(service)

    monkeypatch.setattr(Service, "_prepare", wait)
    service = Service(PageLimits(megabytes=1, duration=60, megapixels=2, seconds=60, waiting=5))
    assert not go_on.is_set()

    def report(share, doing):
        said.append(doing)
        go_on.set()

    assert service.answer(items["face.png"], JUDGE, report).report.json
    assert said[:2] == ["Getting ready", "Looking for faces"]


def test_a_failed_warm_up_is_said_with_its_cause(inside, items, monkeypatch, capsys):
    from app import service

    def fail(model):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(service, "about", fail)
    limits = service.PageLimits(megabytes=1, duration=60, megapixels=2, seconds=60, waiting=5)
    started = service.Service(limits)
    with pytest.raises(service.Refused) as refused:
        started.answer(items["face.png"], JUDGE, lambda share, doing: None)
    assert refused.value.kind == "error"
    assert "No space left on device" in capsys.readouterr().err
