"""What the web page answers: routes, hosts and origins, and the headers of every answer."""

import ipaddress
import re
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_READ, _WRITE = ("GET", "HEAD"), ("POST",)

# What is in neither table gets status 404. Gradio's `file=`, `file/` and `proxy=` are left out on
# purpose: they fetch any URL and hand the answer on as if it came from the page's own origin.
PUBLIC = {
    r"/": _READ,
    r"/theme\.css|/favicon\.ico|/manifest\.json|/robots\.txt": _READ,
    r"/(assets|static|svelte)/[\w./@~-]+": _READ,
    r"/login/?": _WRITE,
    r"/gradio_api/startup-events": _READ,
}
"""What the login page asks for, and Gradio when it starts: methods by regular expression of the
path."""

ROUTES = PUBLIC | {
    r"/config/?": _READ,
    r"/logout": _READ,
    r"/gradio_api/(theme\.css|info/?|upload_progress|queue/data)": _READ,
    r"/gradio_api/heartbeat/\w+": _READ,
    r"/gradio_api/call/score/\w+": _READ,
    r"/gradio_api/(upload|queue/join|call/score|cancel|reset/?)": _WRITE,
}
"""What the page and its API ask for, once somebody has logged in."""

# Gradio's page holds inline scripts and compiles the handlers that run in the browser, hence the
# two "unsafe" sources; nothing may be loaded from or sent to another site
HEADERS = {
    "content-security-policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "media-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; "
        "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
}


class Rules:
    """ASGI middleware that lets through only what the page needs.

    A request gets status 400 if its ``Host`` is not one of ours, 403 if its ``Origin`` is
    another site's, 404 if its route or method is not in `ROUTES`, and 401 if it needs a login and
    has none. Every answer carries `HEADERS`.

    Parameters
    ----------
    app : ASGI application
        The application behind the rules.
    origins : collection of str
        Origins under which the page is served, such as ``https://example.org``. Loopback
        addresses are always allowed.
    """

    def __init__(self, app: ASGIApp, origins: Collection[str] = ()) -> None:
        self.app, self.origins = app, frozenset(origins)
        self.hosts = {urlsplit(origin).netloc for origin in origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refusal = self._refusal(scope)
        answer = self.app if refusal is None else refusal
        await answer(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        local = is_loopback(_hostname(host))
        if not local and host not in self.hosts:
            return PlainTextResponse("This host is not served; see --origin.", 400)
        own = self.origins | ({f"http://{host}"} if local else set())
        if origin is not None and origin not in own:
            return PlainTextResponse("Requests from other sites are refused.", 403)
        if not _is_in(ROUTES, scope):
            return PlainTextResponse("Not found.", 404)
        if not _is_in(PUBLIC, scope) and not _has_logged_in(scope):
            return PlainTextResponse("Log in first.", 401)
        return None


def _is_in(routes: Mapping[str, Collection[str]], scope: Scope) -> bool:
    return any(
        scope.get("method") in methods and re.fullmatch(route, scope["path"])
        for route, methods in routes.items()
    )


def _has_logged_in(scope: Scope) -> bool:
    """Whether somebody has logged in, or nobody needs to; Gradio asks on some routes alone."""
    served = scope["app"]
    if served.auth is None:
        return True
    cookies = Request(scope).cookies
    names = (f"access-token{kind}-{served.cookie_id}" for kind in ("", "-unsecure"))
    return any(cookies.get(name) in served.tokens for name in names)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
