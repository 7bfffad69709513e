"""The web page as strangers use it: over HTTP, with what they should not send."""

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from app.logins import Logins
from app.report.schema import CaseReport
from app.upload_folder import PREFIX
from tests.support.app import DEMONSTRATION, JUDGE
from tests.support.browser import CONTRASTS, keep
from tests.support.paths import ROOT

pytestmark = pytest.mark.end_to_end

pytest.importorskip("gradio", minversion="6", reason="the page needs gradio 6")
WAITING = 5


@pytest.fixture(scope="module")
def serve(repository, items, tmp_path_factory):
    """Starts a page, for those who are let in: gives its address and the folder of its uploads."""
    folder = tmp_path_factory.mktemp("uploads")
    with pytest.MonkeyPatch.context() as patch, ExitStack() as opened:
        patch.chdir(repository)
        patch.setenv("GRADIO_TEMP_DIR", str(folder))
        patch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
        from app.limits import PageLimits
        from app.page import launch, make_page
        from app.service import Service
        from app.uploads import Uploads

        limits = PageLimits(megabytes=1, duration=60, megapixels=2, seconds=60, waiting=WAITING)
        service, uploads = Service(limits), Uploads(folder)
        service.load()

        def start(auth):
            blocks = make_page(service, uploads, {"A made clip": items["face"]})
            opened.callback(blocks.close)
            with socket.create_server(("127.0.0.1", 0)) as probe:
                port = probe.getsockname()[1]
            address = launch(blocks, service, uploads, "127.0.0.1", port, auth)
            return address.rstrip("/"), folder

        yield start


@pytest.fixture(scope="module")
def page(serve):
    return serve(None)


def post(address, content, kind):
    request = urllib.request.Request(address, content, {"Content-Type": kind})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


def upload(address, path, name="clip.mp4"):
    head = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    form = head.encode() + Path(path).read_bytes() + b"\r\n--x--\r\n"
    return post(f"{address}/gradio_api/upload", form, "multipart/form-data; boundary=x")[0]


def ask(address, path, model=JUDGE):
    """What the API answers about an uploaded file, and every word of it."""
    return answer(address, join(address, path, model))


def join(address, path, model=JUDGE):
    """Take a place in the queue."""
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    body = json.dumps({"data": [file, model]}).encode()
    return post(f"{address}/gradio_api/call/score", body, "application/json")["event_id"]


def answer(address, event):
    with urllib.request.urlopen(f"{address}/gradio_api/call/score/{event}", timeout=300) as stream:
        text = stream.read().decode()
    data = re.findall(r"^data: (.*)$", text, re.MULTILINE)[-1]
    return json.loads(data), text


def left(folder):
    """Files on disk once the last answer is out of the server's hands."""
    for _ in range(50):
        if not any(path.is_file() for path in folder.rglob("*")):
            return []
        time.sleep(0.1)
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_clip_is_scored_over_http_as_by_the_command(page, inside, items, capsys):
    from app.predict import main

    address, folder = page
    (answer,), _ = ask(address, upload(address, items["face"]))
    main([str(items["face"]), "--model", JUDGE, "--json"])
    expected = json.loads(capsys.readouterr().out)
    expected["file"] = "clip.mp4"  # as it was uploaded
    assert answer == {key: value for key, value in expected.items() if key != "item"}
    assert left(folder) == []


@pytest.mark.parametrize(
    ("name", "status", "message"),
    [
        ("text", "unreadable", "known kind"),
        ("bomb.png", "unreadable", "pixels"),
        ("hour", "unreadable", "longer than"),
        ("nobody", "no_face", "No face was found"),
    ],
)
def test_bad_uploads_get_their_message_and_leave_nothing(page, items, name, status, message):
    address, folder = page
    path = upload(address, items[name], "../../../tmp/evil;rm -rf.mp4")
    assert Path(path).is_relative_to(folder)
    (answer,), text = ask(address, path)
    assert answer["status"] == status
    assert message in answer["error"]
    assert str(folder) not in text
    assert "Traceback" not in text
    assert left(folder) == []


def test_a_huge_upload_is_refused_before_it_is_stored(page, tmp_path):
    address, folder = page
    huge = tmp_path / "huge.mp4"
    huge.write_bytes(bytes(3_000_000))
    with pytest.raises((urllib.error.HTTPError, ConnectionError, urllib.error.URLError)):
        upload(address, huge)
    assert left(folder) == []


@pytest.mark.parametrize("path", ["/etc/passwd", "http://127.0.0.1:9/a.mp4", "params.yaml"])
def test_what_was_not_uploaded_is_not_read(page, path, capsys):
    address, folder = page
    answer, text = ask(address, path)
    assert answer is None or "error" in str(answer)
    assert "root:" not in text
    assert "Traceback" not in text
    assert "Traceback" not in capsys.readouterr().err  # the log
    assert left(folder) == []


@pytest.mark.parametrize("model", ["no_such", None, ["vgg16"], {"a": 1}, 3])
def test_a_question_with_an_unknown_model_is_answered_and_leaves_nothing(page, items, model):
    address, folder = page
    (answer,), _ = ask(address, upload(address, items["face.png"]), model)
    assert answer["status"] == "unknown_model"
    assert JUDGE in answer["error"]
    assert left(folder) == []


@pytest.mark.parametrize("route", ["file=", "file/", "proxy="])
def test_the_server_fetches_nothing_for_a_visitor(page, route):
    address, _ = page
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0.5)
        url = f"http://127.0.0.1:{other.getsockname()[1]}/x.png"
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{address}/gradio_api/{route}{url}", timeout=30)
        refused.value.close()
        assert refused.value.code == 404
        with pytest.raises(TimeoutError):
            other.accept()


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
@pytest.mark.parametrize(
    ("header", "value", "status"), [("Host", "evil.org", 400), ("Origin", "https://evil.org", 403)]
)
def test_another_site_reads_nothing(page, method, header, value, status):
    preflight = {"Access-Control-Request-Method": "GET"}
    request = urllib.request.Request(
        f"{page[0]}/config", headers={header: value} | preflight, method=method
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)
    refused.value.close()
    assert refused.value.code == status
    assert not any(name.lower().startswith("access-control") for name in refused.value.headers)


def test_equal_files_of_two_visitors_are_two_files(page, items):
    address, folder = page
    first, second = (upload(address, items["face"]) for _ in range(2))
    assert first != second
    ask(address, first)
    (answer,), _ = ask(address, second)
    assert answer["status"] == "scored"
    assert left(folder) == []


def memory():
    """Bytes that the server and the processes that decode for it hold."""
    total = 0
    for process in (server := psutil.Process(os.getpid()), *server.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            total += process.memory_info().rss
    return total


def test_fifty_at_once_are_answered_in_order_or_refused_and_leave_nothing(page, items):
    address, folder = page
    before, peak = memory(), []
    done, one_joins = threading.Event(), threading.Lock()
    joined, answered = [], []

    def watch():
        while not done.wait(0.1):
            peak.append(memory())

    def visit(_):
        try:
            path = upload(address, items["face.png"])
            # The order in which they join is known; all else happens at once
            with one_joins:
                event = join(address, path)
                joined.append(event)
        except urllib.error.HTTPError as error:
            return error.code
        (found,), _ = answer(address, event)
        answered.append(event)
        return found["status"]

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(50) as pool:
        outcomes = Counter(pool.map(visit, range(50)))
    done.set()
    watcher.join()
    assert set(outcomes) == {"scored", 503}
    assert outcomes.total() == 50
    assert outcomes["scored"] >= WAITING
    assert answered == joined
    assert max(peak) - before < 500 * 2**20
    assert left(folder) == []


def visit(browser, address, width, clip=None, model=None):
    """The page after its answer."""
    tab = browser.new_page(viewport={"width": width, "height": 850})
    tab.asked, tab.missing = [], []
    tab.on("request", lambda request: tab.asked.append(request.url))
    tab.on("response", lambda got: tab.missing.append(got.url) if got.status >= 400 else None)
    tab.goto(address)
    if model:
        tab.click("#model input")
        tab.get_by_role("option", name=model, exact=True).click()
    if clip:
        check(tab, clip)
    return tab


def put_in(tab, clip):
    tab.set_input_files("#upload input[type=file]", clip)
    tab.wait_for_selector("#upload :text('B'):visible, #upload .file-preview", timeout=30_000)


def check(tab, clip):
    put_in(tab, clip)
    tab.click("#check")
    tab.wait_for_selector("#answer .verdict", timeout=120_000)


@pytest.mark.parametrize(("width", "name"), [(1280, "desktop"), (390, "phone")])
def test_a_visitor_gets_a_verdict_and_the_clip(page, browser, items, width, name):
    address, folder = page
    tab = visit(browser, address, width, items["face"], JUDGE)
    said = tab.inner_text("#answer .verdict")
    assert re.search("Judged to be|Undecided", said)
    assert "face.mp4" in said
    assert "What this cannot tell" in tab.inner_text("#answer")
    assert "On its test clips this model called" in tab.inner_text("#answer")
    assert "Person 1: face in 4 of 4 frames" in tab.inner_text("#answer .person")
    assert tab.locator("#answer .person img").count() == 1
    assert not tab.locator("#answer .timeline").is_visible()
    keep(tab, f"{name}_folded")
    tab.focus("#answer summary")
    tab.keyboard.press("Enter")
    assert hashlib.sha256(items["face"].read_bytes()).hexdigest() in tab.inner_text("#answer")
    tab.wait_for_function("document.querySelector('#answer video').readyState >= 2", timeout=30_000)
    length, width_shown, error = tab.evaluate(
        "(({duration, videoWidth, error}) => [duration, videoWidth, error])"
        "(document.querySelector('#answer video'))"
    )
    assert error is None
    assert width_shown == 320
    assert length == pytest.approx(1.2, abs=0.1)
    assert tab.locator("#answer .timeline circle").count() == 4
    assert tab.locator("#answer figure img").count() >= 4
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    keep(tab, name)
    assert all(url.startswith((address, "blob:", "data:")) for url in tab.asked)
    assert tab.missing == []  # no route that the page asks for is refused
    assert left(folder) == []
    tab.close()


def test_a_file_is_shown_before_it_is_checked(page, browser, items):
    address, folder = page
    tab = visit(browser, address, 390)
    put_in(tab, items["face"])
    tab.wait_for_function("document.querySelector('#preview video')?.readyState >= 2")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    keep(tab, "preview")
    asked = len(tab.asked)
    put_in_next(tab, items["face.png"])
    tab.wait_for_function("document.querySelector('#preview img')?.naturalWidth === 320")
    assert tab.locator("#preview video").count() == 0
    put_in_next(tab, items["text"])
    tab.wait_for_selector("#preview :text('cannot show text.mp4')")
    assert not any(url.endswith(("mp4", "png")) for url in tab.asked[asked:])
    tab.click("#check")
    tab.wait_for_selector("#answer .verdict", timeout=120_000)
    assert tab.inner_text("#preview") == ""
    tab.close()
    for upload in folder.iterdir():  # the two that nobody asked about are swept minutes later
        shutil.rmtree(upload)


def put_in_next(tab, clip):
    tab.click("#upload [aria-label='Clear'], #upload [aria-label='Remove this file']")
    tab.wait_for_selector("#preview .preview", state="detached")
    put_in(tab, clip)


def test_a_demonstration_says_so(page, browser, items):
    tab = visit(browser, page[0], 1280, items["face.png"], DEMONSTRATION)
    assert "demonstration" in tab.inner_text("#answer .verdict").lower()
    assert tab.locator("#answer img.picture").count() == 1
    keep(tab, "demonstration")
    tab.close()


def test_the_page_goes_on_after_bad_uploads(page, browser, items):
    tab = visit(browser, page[0], 390, items["text"], JUDGE)
    assert "known kind" in tab.inner_text("#answer .refused")
    keep(tab, "refused")
    tab.evaluate("document.querySelector('#answer .verdict').remove()")
    check(tab, items["face"])
    assert re.search("Judged to be|Undecided", tab.inner_text("#answer .verdict"))
    tab.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast(page, browser, items, scheme):
    address, _ = page
    tab = browser.new_page(viewport={"width": 1280, "height": 850}, color_scheme=scheme)
    tab.goto(address)
    tab.wait_for_selector("#check")
    assert tab.evaluate(CONTRASTS) == []
    check(tab, items["face.png"])
    tab.click("#answer summary")
    keep(tab, f"contrast_{scheme}")
    assert tab.evaluate(CONTRASTS) == []
    tab.close()


def test_an_answer_offers_its_case_report(page, browser, items):
    tab = visit(browser, page[0], 390, clip=items["face"], model=JUDGE)

    def downloaded(name):
        with tab.expect_download() as waited:
            tab.click(f"#answer a[download='{name}']")
        return Path(waited.value.path()).read_bytes()

    report = CaseReport.model_validate_json(downloaded("report.json"))
    assert report.html_sha256 == hashlib.sha256(downloaded("report.html")).hexdigest()
    assert report.file.name == "face.mp4"
    assert report.file.sha256 == hashlib.sha256(items["face"].read_bytes()).hexdigest()
    assert report.likelihood_ratios is not None
    tab.close()


def test_an_example_needs_no_upload(page, browser):
    tab = visit(browser, page[0], 1280, model=JUDGE)
    tab.click("#example input")
    tab.get_by_role("option", name="A made clip").click()
    tab.click("#check")
    tab.wait_for_selector("#answer .verdict", timeout=120_000)
    assert "face.mp4" in tab.inner_text("#answer .verdict")
    tab.close()


def test_an_answer_names_its_file_and_goes_when_another_is_put_in(page, browser, items):
    tab = visit(browser, page[0], 1280, model=JUDGE)
    tab.click("#example input")
    tab.get_by_role("option", name="A made clip").click()
    tab.click("#check")
    tab.wait_for_selector("#answer .verdict", timeout=120_000)
    put_in(tab, items["two"])
    tab.wait_for_selector("#answer .verdict", state="detached")
    assert tab.input_value("#example input") == ""
    for _ in range(2):  # the second press has no file, and not the example of before
        tab.click("#check")
        tab.wait_for_selector("#answer .verdict", timeout=120_000)
        said = tab.inner_text("#answer .verdict")
        tab.evaluate("document.querySelector('#answer .verdict').remove()")
        assert "face.mp4" not in said
    assert "Drop a clip or a picture first" in said
    tab.close()


def test_a_late_answer_is_not_shown_beside_the_next_file(page, browser, items):
    address, folder = page
    tab = visit(browser, address, 1280, model=JUDGE)
    put_in(tab, items["two"])
    events = [join(address, upload(address, items["face"])) for _ in range(2)]
    tab.click("#check")
    tab.wait_for_selector("text=/queue: \\d\\/\\d/", timeout=60_000)
    tab.click("#upload [aria-label='Clear'], #upload [aria-label='Remove this file']")
    put_in(tab, items["face.png"])
    for event in events:
        answer(address, event)
    while any(path.name == items["two"].name for path in folder.rglob("*")):
        tab.wait_for_timeout(100)
    tab.wait_for_timeout(3000)
    assert tab.locator("#answer .verdict").count() == 0
    assert "face.png" in tab.inner_text("#upload").replace("\n", "")
    tab.click("#check")  # so that its upload goes
    tab.wait_for_selector("#answer .verdict", timeout=120_000)
    tab.close()


def test_who_waits_is_told_their_place(page, browser, items):
    address, folder = page
    tab = visit(browser, address, 390)
    put_in(tab, items["face.png"])
    events = [join(address, upload(address, items["face"])) for _ in range(4)]
    tab.click("#check")
    tab.wait_for_selector("text=/queue: \\d\\/\\d/", timeout=60_000)
    keep(tab, "queue")
    tab.wait_for_selector("#answer .verdict", timeout=120_000)
    assert [answer(address, event)[0][0]["status"] for event in events] == ["scored"] * 4
    assert left(folder) == []
    tab.close()


def test_nobody_comes_in_without_their_password(serve, browser, items):
    address, folder = serve(Logins({"ann": "a long password"}))
    for ask_in in (lambda: upload(address, items["face.png"]), lambda: join(address, "x")):
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask_in()
        assert refused.value.code == 401
    assert left(folder) == []
    tab = browser.new_page(viewport={"width": 390, "height": 850})
    tab.goto(address)
    enter(tab, "ann", "a guess")
    tab.wait_for_selector("text=Incorrect")
    keep(tab, "login")
    assert tab.locator("#check").count() == 0
    enter(tab, "ann", "a long password")
    tab.wait_for_selector("#check")
    check(tab, items["face.png"])
    assert "face.png" in tab.inner_text("#answer .verdict")
    assert left(folder) == []
    tab.close()


def enter(tab, name, password):
    tab.wait_for_selector("input[type=password]")
    tab.get_by_label("username").fill(name)
    tab.get_by_label("password").fill(password)
    tab.get_by_role("button", name="Login").click()


@pytest.mark.slow
def test_a_killed_or_stopped_server_leaves_nothing(repository, items, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    environment |= {"HTTP_PROXY": "http://127.0.0.1:9", "all_proxy": "socks5://127.0.0.1:9"}
    environment.pop("GRADIO_TEMP_DIR", None)

    @contextmanager
    def server(until):
        with subprocess.Popen(
            [sys.executable, "-m", "app", "--port", str(port)],
            cwd=repository,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                assert any(line.startswith(until) for line in process.stdout)
                yield process
            finally:
                process.kill()

    with server("Ready"):
        ask(f"http://127.0.0.1:{port}", upload(f"http://127.0.0.1:{port}", items["face.png"]))
        upload(f"http://127.0.0.1:{port}", items["face"])
        (killed,) = tmp_path.glob(f"{PREFIX}*")
        assert list(killed.rglob("*.mp4"))
        before = set(tmp_path.iterdir())
    for moment in ("Ready", "Open "):  # and while the models are loaded
        with server(moment) as process:
            assert not before & set(tmp_path.iterdir())
            process.terminate()
            assert process.wait(3) == 0
        assert list(tmp_path.iterdir()) == []
