import re
from types import SimpleNamespace

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from app.rules import HEADERS, PUBLIC, ROUTES, Rules

LOCAL = "http://127.0.0.1:7860"


def client(address=LOCAL, origins=(), auth=None):
    rules = Rules(PlainTextResponse("page"), origins)
    gradio = SimpleNamespace(auth=auth, tokens={"known": "ann"}, cookie_id="x")

    async def served(scope, receive, send):
        await rules(scope | {"app": gradio}, receive, send)

    return TestClient(served, base_url=address)


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=http://127.0.0.1:9/x.png",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file/http://127.0.0.1:9/x.png",
        "/gradio_api/proxy=http://127.0.0.1:9/x.png",
        "/gradio_api/vibe-code",
        "/gradio_api/runs",
        "/gradio_api/component_server",
        "/gradio_api//file=x",
        "/assets/x/file=http://a",
        "/monitoring",
        "/docs",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "PUT"])
def test_what_the_page_does_not_need_is_not_found(path, method):
    assert client().request(method, path).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/"), ("GET", "/gradio_api/upload"), ("DELETE", "/config"), ("PUT", "/login")],
)
def test_a_route_has_its_methods_only(method, path):
    assert client().request(method, path).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/assets/index-a1_B.js"),
        ("POST", "/gradio_api/upload?upload_id=3"),
        ("GET", "/gradio_api/call/score/9f"),
    ],
)
def test_what_the_page_needs_is_answered_with_the_headers(method, path):
    answer = client().request(method, path)
    assert answer.text == "page"
    assert HEADERS.items() <= dict(answer.headers).items()


def test_refusals_have_the_headers_too():
    assert HEADERS.items() <= dict(client().get("/docs").headers).items()


@pytest.mark.parametrize("host", ["evil.org", "evil.org:7860", "127.0.0.1.evil.org", "", "["])
def test_a_name_that_was_rebound_to_this_machine_is_refused(host):
    assert client().get("/config", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["localhost:7860", "127.0.0.1:1", "[::1]:7860", "localhost"])
def test_loopback_hosts_are_served(host):
    assert client().get("/config", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.org", "null", "http://127.0.0.1:8000", "https://127.0.0.1:7860"]
)
def test_other_sites_are_refused_and_never_echoed(origin):
    for method in ("GET", "OPTIONS"):
        answer = client().request(method, "/config", headers={"Origin": origin})
        assert answer.status_code == 403
        assert not any(name.startswith("access-control") for name in answer.headers)


def test_a_declared_origin_is_served_and_its_neighbours_are_not():
    ours = "https://fake.example.org"
    served = client(ours, [ours])
    assert served.get("/config", headers={"Origin": ours}).status_code == 200
    for other in ("https://example.org", "http://fake.example.org", "https://x.example.org"):
        assert served.get("/config", headers={"Origin": other}).status_code == 403
    # A proxy that does not keep the Host header
    assert client(LOCAL, [ours]).get("/config", headers={"Origin": ours}).status_code == 200


def test_without_a_login_only_the_login_page_is_answered():
    asked = client(auth=lambda name, password: False)
    for route, methods in ROUTES.items():
        place = re.sub(r"\(([^|)]+)[^)]*\)", r"\1", route).replace("/?", "").replace(r"\w+", "x")
        place = place.split("|")[0].replace("\\", "").replace("[w./@~-]+", "x")
        expected = 200 if route in PUBLIC else 401
        assert asked.request(methods[0], place).status_code == expected, place
        known = {"cookie": "access-token-unsecure-x=known"}
        assert asked.request(methods[0], place, headers=known).status_code == 200, place
    guessed = {"cookie": "access-token-x=guess"}
    assert asked.get("/config", headers=guessed).status_code == 401
