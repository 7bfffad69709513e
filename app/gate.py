"""Limit the size, number and lifetime of the web page's uploads."""

import json
import os
import shutil
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_FORM_OVERHEAD = 1 << 20  # bytes that a multipart form may add to its file
_MAX_REQUEST = 1 << 16  # bytes of a request that carries no file


class Uploads:
    """The folder in which Gradio stores uploads, one subfolder per upload.

    Parameters
    ----------
    root : Path
        It must contain nothing else.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def remove(self, path: str | Path) -> None:
        """Remove one upload with its subfolder; ignore paths outside the upload folder."""
        resolved = Path(path).resolve()
        if resolved.is_relative_to(self.root) and resolved != self.root:
            shutil.rmtree(self.root / resolved.relative_to(self.root).parts[0], ignore_errors=True)

    def sweep(self, age: float) -> None:
        """Remove uploads older than `age` seconds that were never scored."""
        for entry in self.root.iterdir():
            try:
                if time.time() - entry.stat().st_mtime > age:
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
            except FileNotFoundError:  # it was answered and removed meanwhile
                continue

    def keep_swept(self, age: float) -> None:
        """Sweep periodically in a background thread."""

        def run() -> None:
            while True:
                time.sleep(min(age, 60))
                self.sweep(age)

        threading.Thread(target=run, daemon=True).start()

    def held(self) -> int:
        """Total size of all uploads, in bytes."""
        total = 0
        for folder, _, names in os.walk(self.root):
            for name in names:
                try:
                    total += (Path(folder) / name).stat().st_size
                except FileNotFoundError:
                    continue
        return total


class Gate:
    """ASGI middleware in front of Gradio.

    Requests that are too large get status 413, and uploads beyond the capacity of the queue get
    503. If the app rejects a request because it is invalid or the queue is full, the request's
    file is removed.

    Parameters
    ----------
    app : ASGI application
        The application behind the gate.
    uploads : Uploads
        The folder of uploaded files.
    max_upload : int
        Largest size of one upload, in bytes.
    max_total : int
        Largest total size of all waiting uploads, in bytes.
    """

    def __init__(
        self, app: Callable[..., Any], uploads: Uploads, max_upload: int, max_total: int
    ) -> None:
        self.app, self.uploads = app, uploads
        self.max_upload, self.max_total = max_upload, max_total
        self.reserved = 0  # bytes that the uploads in progress may still store or hold in memory

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
        elif scope["path"].endswith("/upload"):
            await self._upload(scope, receive, send)
        else:
            await self._request(scope, receive, send)

    async def _upload(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"")
        if not length.isdigit():
            await _refuse(send, 411, "The upload must state its length.")
        elif int(length) > self.max_upload + _FORM_OVERHEAD:
            await _refuse(send, 413, f"The file is larger than {self.max_upload >> 20} MB.")
        elif self.uploads.held() + self.reserved + int(length) > self.max_total:
            await _refuse(send, 503, "The server is busy; try again in some minutes.")
        else:
            self.reserved += int(length)
            try:
                await self.app(scope, receive, send)
            finally:
                self.reserved -= int(length)

    async def _request(self, scope: Message, receive: Receive, send: Send) -> None:
        body: bytes = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > _MAX_REQUEST:
                await _refuse(send, 413, "The request is too large.")
                return
        statuses = []
        replayed = False

        async def replay() -> Message:
            nonlocal replayed
            if replayed:
                return await receive()
            replayed = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            await send(message)

        paths = _paths_in(body)
        await self.app(scope, replay, watch)
        if statuses and statuses[0] >= 400:
            for path in paths:
                self.uploads.remove(path)


def _paths_in(body: bytes) -> list[str]:
    """Paths of the files named in the body of a Gradio request."""
    try:
        data = json.loads(body)["data"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    return [
        item["path"]
        for item in (data if isinstance(data, list) else [])
        if isinstance(item, dict) and isinstance(item.get("path"), str)
    ]


async def _refuse(send: Send, status: int, message: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": message.encode()})
