import asyncio
import json
import os
import time

import pytest
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect

from app.gate import Gate
from app.uploads import BoundedForm, Uploads


@pytest.fixture
def uploads(tmp_path):
    (tmp_path / "root").mkdir()
    return Uploads(tmp_path / "root")


def put(uploads, folder, size=10):
    path = uploads.root / folder / "clip.mp4"
    path.parent.mkdir()
    path.write_bytes(bytes(size))
    return path


def ask(uploads, path, body=b"", status=200, length=None, max_upload=1000, max_total=2**31):
    """Status that a request through the gate gets, and the body that the app behind it saw."""
    seen, sent = [], []

    async def behind(scope, receive, send):
        seen.append((await receive())["body"])
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    halves = [body[: len(body) // 2], body[len(body) // 2 :]]

    async def receive():
        return {"type": "http.request", "body": halves.pop(0), "more_body": bool(halves)}

    async def send(message):
        sent.append(message)

    length = len(body) if length is None else length
    scope = {"type": "http", "method": "POST", "path": path}
    scope["headers"] = [(b"content-length", str(length).encode())] if length >= 0 else []
    asyncio.run(Gate(behind, uploads, max_upload, max_total)(scope, receive, send))
    return sent[0]["status"], seen


def test_uploads_beyond_the_bounds_never_reach_the_app(uploads):
    put(uploads, "a", 500)
    assert ask(uploads, "/gradio_api/upload", length=-1) == (411, [])
    assert ask(uploads, "/gradio_api/upload", length=3_000_000) == (413, [])
    assert ask(uploads, "/gradio_api/upload", length=600, max_total=1000) == (503, [])
    assert ask(uploads, "/gradio_api/upload", length=400, max_total=1000)[0] == 200


def test_the_file_of_a_refused_question_is_removed(uploads):
    path = put(uploads, "a")
    body = json.dumps({"data": [{"path": str(path)}, None, "vgg16"]}).encode()
    assert ask(uploads, "/gradio_api/queue/join", body) == (200, [body])
    assert path.exists()
    assert ask(uploads, "/gradio_api/queue/join", body, status=503) == (503, [body])
    assert not path.parent.exists()


def test_a_question_cannot_be_huge_and_names_no_file_elsewhere(uploads, tmp_path):
    mine = tmp_path / "mine"
    mine.write_text("mine")
    for path in (mine, uploads.root, uploads.root / ".." / "mine", uploads.root / "none" / "x"):
        body = json.dumps({"data": [{"path": str(path)}]}).encode()
        ask(uploads, "/gradio_api/queue/join", body, status=400)
    assert mine.exists()
    assert uploads.root.exists()
    assert ask(uploads, "/gradio_api/queue/join", bytes(70_000)) == (413, [])
    for body in (b"[1, {", b"[" * 65_000, b"\xff\xfe", b'{"data": {"path": 3}}', b"3"):
        assert ask(uploads, "/gradio_api/queue/join", body, status=400)[0] == 400


def test_what_nobody_asks_about_is_swept(uploads):
    old, new = put(uploads, "old"), put(uploads, "new")
    (uploads.root / "half").write_bytes(b"x")
    waiting = put(uploads, "waiting")
    uploads.keep([str(waiting), "/elsewhere"])
    for entry in (old.parent, waiting.parent, uploads.root / "half"):
        os.utime(entry, (time.time() - 100, time.time() - 100))
    uploads.sweep(50)
    assert {path.name for path in uploads.root.iterdir()} == {"new", "waiting"}
    assert new.exists()
    uploads.remove(waiting)
    assert not waiting.exists()


def test_uploads_side_by_side_reserve_their_bytes_before_they_are_stored(uploads):
    statuses = []

    async def behind(scope, receive, send):
        await asyncio.sleep(0)  # the others arrive before this one is stored
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def upload_all(gate):
        scope = {"type": "http", "method": "POST", "path": "/gradio_api/upload"}
        scope["headers"] = [(b"content-length", b"400")]
        await asyncio.gather(*(gate(scope, None, send) for _ in range(20)))

    gate = Gate(behind, uploads, max_upload=1000, max_total=1000)
    asyncio.run(upload_all(gate))
    assert sorted(statuses) == [200] * 2 + [503] * 18
    assert gate.on_their_way == 0


def test_an_answer_that_nobody_waits_for_leaves_no_file(uploads):
    path = put(uploads, "a")

    async def behind(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"event_id": "e1"}'})

    gate = Gate(behind, uploads, 1000, 1000)
    body = json.dumps({"data": [{"path": str(path)}, None, "vgg16"]}).encode()

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        pass

    def call(method, place):
        scope = {"type": "http", "method": method, "path": f"/gradio_api/call/score{place}"}
        scope |= {"headers": [], "query_string": b""}
        asyncio.run(gate(scope, receive, send))

    call("POST", "")
    call("GET", "/e2")
    assert path.exists()
    call("GET", "/e1")
    assert not path.parent.exists()


def test_a_stream_that_ends_in_an_error_leaves_no_file(uploads):
    path = put(uploads, "a")

    async def behind(scope, receive, send):
        if scope["method"] == "GET":
            raise OSError("the other end is gone")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"event_id": "e1"}'})

    gate = Gate(behind, uploads, 1000, 1000)
    body = json.dumps({"data": [{"path": str(path)}], "session_hash": "s1"}).encode()

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        pass

    scope = {"type": "http", "headers": [], "query_string": b"session_hash=s1"}
    asyncio.run(gate(scope | {"method": "POST", "path": "/gradio_api/queue/join"}, receive, send))
    with pytest.raises(OSError, match="gone"):
        asyncio.run(
            gate(scope | {"method": "GET", "path": "/gradio_api/queue/data"}, receive, send)
        )
    assert not path.parent.exists()


def test_passwords_cannot_be_guessed_fast(uploads):
    statuses = []

    async def behind(scope, receive, send):
        await send({"type": "http.response.start", "status": 400, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive():
        return {"type": "http.request", "body": b"username=ann", "more_body": False}

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    gate = Gate(behind, uploads, 1000, 1000)

    def guess(address):
        scope = {"type": "http", "method": "POST", "path": "/login", "headers": []}
        asyncio.run(gate(scope | {"client": (address, 5)}, receive, send))

    for _ in range(6):
        guess("1.2.3.4")
    guess("1.2.3.5")
    assert statuses == [400] * 5 + [429, 400]


def form(uploads, *pieces):
    """Read a form that arrives in pieces; the last may be an exception of the sender."""

    async def sender():
        for piece in pieces:
            if isinstance(piece, Exception):
                assert list(uploads.root.iterdir())
                raise piece
            yield piece

    headers = Headers({"content-type": "multipart/form-data; boundary=x"})
    return BoundedForm(headers, sender(), upload_dir=uploads.root, max_file_size=10**6)


FILE = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nabc'
FIELD = b'\r\n--x\r\nContent-Disposition: form-data; name="note"\r\n\r\n'


def test_a_field_that_is_no_file_is_short(uploads):
    asyncio.run(form(uploads, FILE, FIELD, bytes(60_000), b"\r\n--x--\r\n").parse())
    assert len(list(uploads.root.iterdir())) == 1
    with pytest.raises(MultiPartException, match="no file is too long"):
        asyncio.run(form(uploads, FILE, FIELD, *[bytes(60_000)] * 2).parse())
    assert len(list(uploads.root.iterdir())) == 1


def test_an_upload_that_is_broken_off_leaves_nothing(uploads):
    with pytest.raises(ClientDisconnect):
        asyncio.run(form(uploads, FILE, ClientDisconnect()).parse())
    assert list(uploads.root.iterdir()) == []


def test_a_sender_who_is_silent_is_taken_as_gone(uploads, monkeypatch):
    monkeypatch.setattr("app.gate._SILENCE", 0.05)
    seen = []

    async def behind(scope, receive, send):
        seen.append((await receive())["type"])
        raise ClientDisconnect  # as Starlette does

    async def receive():
        await asyncio.sleep(60)

    gate = Gate(behind, uploads, 1000, 1000)
    scope = {"type": "http", "method": "POST", "path": "/gradio_api/upload"}
    asyncio.run(gate(scope | {"headers": [(b"content-length", b"400")]}, receive, None))
    assert seen == ["http.disconnect"]
    assert gate.on_their_way == 0
    question = {"type": "http", "method": "POST", "path": "/gradio_api/queue/join", "headers": []}
    asyncio.run(gate(question, receive, None))
    assert seen == ["http.disconnect"], "half a question never reaches the app"


def test_who_waits_for_an_answer_may_be_silent(uploads, monkeypatch):
    monkeypatch.setattr("app.gate._SILENCE", 0.05)
    coming = [{"type": "http.request", "body": b"", "more_body": False}]
    seen = []

    async def behind(scope, receive, send):
        await receive()
        with pytest.raises(TimeoutError):
            seen.append(await asyncio.wait_for(receive(), 0.3))

    async def receive():
        return coming.pop() if coming else await asyncio.sleep(60)

    scope = {"type": "http", "method": "GET", "path": "/gradio_api/queue/data", "query_string": b""}
    asyncio.run(Gate(behind, uploads, 1000, 1000)(scope, receive, None))
    assert seen == []


def test_too_many_requests_at_once_are_refused(uploads, monkeypatch):
    monkeypatch.setattr("app.gate._MOST_OPEN", 3)
    statuses = []

    async def behind(scope, receive, send):
        await asyncio.sleep(0.01)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def ask_all(gate, count):
        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
        await asyncio.gather(*(gate(scope, None, send) for _ in range(count)))

    gate = Gate(behind, uploads, 1000, 1000)
    asyncio.run(ask_all(gate, 5))
    assert sorted(statuses) == [200, 200, 200, 503, 503]
    asyncio.run(ask_all(gate, 3))
    assert statuses[5:] == [200, 200, 200], "those that have ended count no more"
