"""Limit what visitors send: the size, number and lifetime of uploads, and wrong passwords."""

import asyncio
import json
import time
from collections import defaultdict
from contextlib import suppress
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.uploads import Uploads

_FORM_OVERHEAD = 1 << 20  # bytes that a multipart form may add to its file
_MAX_REQUEST = 1 << 16  # bytes of a request that carries no file
_SILENCE = 30.0  # seconds without a byte, after which a request is given up
_MOST_OPEN = 500  # requests at once; an open page holds three
_GUESSES = 5  # wrong passwords of an address in `_FORGOTTEN` seconds, after which it must wait
_FORGOTTEN = 60.0


class Gate:
    """ASGI middleware in front of Gradio.

    A request that is too large gets status 413, an upload that does not fit beside the others, or
    one of too many requests at once, 503, and an address that guesses passwords 429. The room of an
    upload is reserved before it is stored. A question's file is removed if the app refuses the
    question, and when its answer is not waited for any more.

    Parameters
    ----------
    app : ASGI application
        The application behind the gate.
    uploads : Uploads
        The folder of uploaded files.
    max_upload : int
        Largest size of one upload, in bytes.
    max_total : int
        Largest total size of all uploads, in bytes: on disk and on their way.
    """

    def __init__(self, app: ASGIApp, uploads: Uploads, max_upload: int, max_total: int) -> None:
        self.app, self.uploads = app, uploads
        self.max_upload, self.max_total = max_upload, max_total
        self.on_their_way = 0  # bytes of uploads that may still be stored or held in memory
        self._open = 0  # requests
        self._wrong: dict[str, list[float]] = defaultdict(list)
        self._asked: dict[str, list[str]] = defaultdict(list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif self._open >= _MOST_OPEN:
            await _busy()(scope, receive, send)
        else:
            self._open += 1
            try:
                await self._handle(scope, _impatient(receive), send)
            finally:
                self._open -= 1

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await self._wait(scope, receive, send)
        elif scope["path"].endswith("/upload"):
            await self._upload(scope, receive, send)
        else:
            await self._request(scope, receive, send)

    async def _wait(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and remove what it waited for when it ends, answered or not."""
        try:
            await self.app(scope, receive, send)
        finally:
            session = Request(scope).query_params.get("session_hash", "")
            for name in (session, scope["path"].rsplit("/", 1)[-1]):
                for path in self._asked.pop(name, []):
                    self.uploads.remove(path)

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = Headers(scope=scope).get("content-length", "")
        if not length.isdigit():
            refusal = PlainTextResponse("The upload must state its length.", 411)
        elif int(length) > self.max_upload + _FORM_OVERHEAD:
            refusal = PlainTextResponse(f"The file is larger than {self.max_upload >> 20} MB.", 413)
        elif self.uploads.held() + self.on_their_way + int(length) > self.max_total:
            refusal = _busy()
        else:
            self.on_their_way += int(length)
            try:
                with suppress(ClientDisconnect):
                    await self.app(scope, receive, send)
            finally:
                self.on_their_way -= int(length)
            return
        refusal.headers["connection"] = "close"
        await refusal(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request that carries no file, but may ask about one, or a password."""
        address = (scope.get("client") or ("",))[0]
        is_login = scope["path"].startswith("/login")
        if is_login and self._guesses(address) >= _GUESSES:
            text = "Too many wrong passwords; try again in a minute."
            await PlainTextResponse(text, 429, {"retry-after": "60"})(scope, receive, send)
            return
        body: bytes = b""
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > _MAX_REQUEST:
                text = "The request is too large."
                await PlainTextResponse(text, 413, {"connection": "close"})(scope, receive, send)
                return
        status, answer = 500, b""
        replayed = False

        async def replay() -> Message:
            nonlocal replayed
            if replayed:
                return await receive()
            replayed = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def watch(message: Message) -> None:
            nonlocal status, answer
            if message["type"] == "http.response.start":
                status = message["status"]
            answer += message.get("body", b"")
            await send(message)

        await self.app(scope, replay, watch)
        if is_login and status == 400:
            self._wrong[address].append(time.monotonic())
        question = _object_in(body)
        paths = _paths_in(question)
        if status >= 400:
            for path in paths:
                self.uploads.remove(path)
        elif name := question.get("session_hash") or _object_in(answer).get("event_id"):
            self._asked[str(name)] += paths
            self.uploads.keep(paths)

    def _guesses(self, address: str) -> int:
        """Forget old wrong passwords and count the others of an address."""
        since = time.monotonic() - _FORGOTTEN
        self._wrong[address] = [one for one in self._wrong[address] if one > since]
        return len(self._wrong[address])


def _busy() -> PlainTextResponse:
    text = "The server is busy; try again in some minutes."
    return PlainTextResponse(text, 503, {"connection": "close"})


def _impatient(receive: Receive) -> Receive:
    """Take a sender as gone who says nothing for too long before all of a request has come."""
    complete = False

    async def wait() -> Message:
        nonlocal complete
        if complete:  # then it is the end of the connection that is waited for
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), _SILENCE)
        except TimeoutError:
            return {"type": "http.disconnect"}
        complete = not message.get("more_body", False)
        return message

    return wait


def _object_in(body: bytes) -> dict[str, Any]:
    """The JSON object that a body is; empty if it is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _paths_in(question: dict[str, Any]) -> list[str]:
    """Paths of the files named in a Gradio request."""
    data = question.get("data")
    return [
        item["path"]
        for item in (data if isinstance(data, list) else [])
        if isinstance(item, dict) and isinstance(item.get("path"), str)
    ]
