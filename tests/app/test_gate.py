import asyncio
import json
import os
import time

import pytest

from app.gate import Gate, Uploads


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
    for entry in (old.parent, uploads.root / "half"):
        os.utime(entry, (time.time() - 100, time.time() - 100))
    uploads.sweep(50)
    assert [path.name for path in uploads.root.iterdir()] == ["new"]
    assert new.exists()


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
    assert gate.reserved == 0
