"""Guard the web page's uploads: their size, number and lifetime."""

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

_SLACK = 1 << 20  # what a form adds to its file
_QUESTION = 1 << 16  # bytes of a request that carries no file


class Uploads:
    """The folder that Gradio puts uploads into, one subfolder each.

    Parameters
    ----------
    root : Path
        Nothing else lies in it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def remove(self, path: str | Path) -> None:
        """Remove one upload with its subfolder; any other path is left alone."""
        resolved = Path(path).resolve()
        if resolved.is_relative_to(self.root) and resolved != self.root:
            shutil.rmtree(self.root / resolved.relative_to(self.root).parts[0], ignore_errors=True)

    def sweep(self, age: float) -> None:
        """Remove what was uploaded more than `age` seconds ago and never asked about."""
        for entry in self.root.iterdir():
            try:
                if time.time() - entry.stat().st_mtime > age:
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
            except FileNotFoundError:  # its answer was given meanwhile
                continue

    def keep_swept(self, age: float) -> None:
        """Sweep again and again, as long as the process lives."""

        def run() -> None:
            while True:
                time.sleep(min(age, 60))
                self.sweep(age)

        threading.Thread(target=run, daemon=True).start()

    def held(self) -> int:
        """Bytes on disk."""
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

    Requests that are too large end with 413, uploads beyond what the queue can hold with 503;
    the file of a question that was refused, because the queue is full or the question is wrong,
    is removed.

    Parameters
    ----------
    app : ASGI application
        What is guarded.
    uploads : Uploads
        Where the files are.
    largest : int
        Bytes of one upload.
    most : int
        Bytes of all uploads that wait.
    """

    def __init__(self, app: Callable[..., Any], uploads: Uploads, largest: int, most: int) -> None:
        self.app, self.uploads = app, uploads
        self.largest, self.most = largest, most

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
        elif scope["path"].endswith("/upload"):
            await self._upload(scope, receive, send)
        else:
            await self._question(scope, receive, send)

    async def _upload(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"")
        if not length.isdigit():
            await _refuse(send, 411, "The upload must say its length.")
        elif int(length) > self.largest + _SLACK:
            await _refuse(send, 413, f"The file is larger than {self.largest >> 20} MB.")
        elif self.uploads.held() + int(length) > self.most:
            await _refuse(send, 503, "The server is busy; try again in some minutes.")
        else:
            await self.app(scope, receive, send)

    async def _question(self, scope: Message, receive: Receive, send: Send) -> None:
        body: bytes = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > _QUESTION:
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
    """Paths of the files that a question to Gradio names."""
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
