"""Make the pictures of the README again.

Command
    ``python -m docs.pictures pipeline|review|page``
Makes
    ``pipeline``: the drawing of the stages in README.md, from dvc.yaml as ``dvc dag`` reads it;
    ``review``: docs/pictures/review.png and review-phone.png, of ``python -m review BASE HEAD``
    (``--commits BASE HEAD``; by default two commits of this repository);
    ``page``: docs/pictures/page.png, of ``python -m app`` with the models of this clone and the
    fake clip of the embedded sample
Needs
    ``requirements-dev.txt`` and ``requirements-app.txt``; chromium for pictures of pages
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import networkx as nx
import yaml
from dvc.repo import Repo
from dvc.stage import PipelineStage
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from app.examples import examples

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs/pictures"
README = ROOT / "README.md"
BEGIN, END = "```mermaid\n", "```\n"
DESKTOP, PHONE = (1280, 800), (390, 844)
_COMMITS = ["3f79af4", "b2198a4"]
_START_SECONDS = 300.0
_PORT = 7999


def pipeline(root: Path = ROOT) -> str:
    """Draw the stages of dvc.yaml as a Mermaid flowchart.

    Stages that run for each dataset or each backbone stand in a box, whose edges to others are one.
    Edges that follow from others are left out, and so is the stage ``code``, on which all depend.
    """
    declared = yaml.safe_load((root / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    order = {name: place for place, name in enumerate(declared)}
    boxes = {name: _each(entry) for name, entry in declared.items()}
    edges = sorted(_edges(root), key=lambda edge: (order[edge[0]], order[edge[1]]))
    lines = ["flowchart TD"]
    for box in filter(None, dict.fromkeys(boxes.values())):
        within = [edge for edge in edges if {boxes[name] for name in edge} == {box}]
        lines += [f'  subgraph {box}["each {box}"]', "    direction LR"]
        lines += [f"    {start} --> {end}" for start, end in within]
        lines += ["  end"]
    outer = dict.fromkeys(tuple(boxes[name] or name for name in edge) for edge in edges)
    lines += [f"  {start} --> {end}" for start, end in outer if start != end]
    return "\n".join([*lines, ""])


def _edges(root: Path) -> list[tuple[str, str]]:
    """Each stage with those that read its outs, its items as one, without what follows."""
    with Repo(str(root)) as repo:
        edges = {
            tuple(stage.name.partition("@")[0] for stage in (dep, reader))
            for reader, dep in repo.index.graph.edges
            if isinstance(reader, PipelineStage) and isinstance(dep, PipelineStage)
        }
    graph: nx.DiGraph[str] = nx.DiGraph(edge for edge in edges if "code" not in edge)
    return list(nx.transitive_reduction(graph).edges)


def _each(entry: dict[str, Any]) -> str:
    """What a stage runs for each of: "dataset" or "backbone"; empty if it runs once."""
    matrix = entry.get("matrix") or ({"dataset": ""} if "foreach" in entry else {})
    return next(iter(matrix), "")


def draw_pipeline() -> None:
    """Replace the Mermaid block of README.md."""
    text = README.read_text(encoding="utf-8")
    start = text.index(BEGIN) + len(BEGIN)
    end = text.index(END, start)
    README.write_text(text[:start] + pipeline() + text[end:], encoding="utf-8")
    print(README.relative_to(ROOT))


def picture_review(base: str, head: str) -> None:
    """Take the review of two commits, at the width of a desktop and of a phone."""
    with tempfile.TemporaryDirectory() as folder, _browser() as browser:
        command = [sys.executable, "-m", "review", base, head, "--out", folder]
        subprocess.run(command, cwd=ROOT, check=True)
        address = (Path(folder) / "report.html").as_uri()
        for name, size in {"review": DESKTOP, "review-phone": PHONE}.items():
            tab = _tab(browser, size)
            tab.goto(address)
            _keep(tab, name)


def picture_page() -> None:
    """Take the page with its answer to the embedded sample's fake clip."""
    try:
        *_, clip = examples().values()
    except ValueError:
        sys.exit("error: there is no clip of the embedded sample: run `dvc repro` first")
    command = [sys.executable, "-m", "app", "--port", str(_PORT)]
    address = f"http://127.0.0.1:{_PORT}"
    server = subprocess.Popen(command, cwd=ROOT)
    try:
        _wait_for(address, server)
        with _browser() as browser:
            tab = _tab(browser, DESKTOP)
            tab.goto(address)
            tab.set_input_files("#upload input[type=file]", clip)
            tab.wait_for_selector("#upload .file-preview", timeout=30_000)
            tab.click("#check")
            tab.wait_for_selector("#answer .verdict", timeout=300_000)
            tab.wait_for_timeout(1000)  # until the maps are drawn
            _keep(tab, "page")
    finally:
        server.terminate()
        server.wait()


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    end = monotonic() + _START_SECONDS
    while monotonic() < end:
        if server.poll() is not None:
            sys.exit("error: the page did not start; see above")
        with suppress(OSError):
            urllib.request.urlopen(address, timeout=5).close()
            return
        sleep(1)
    sys.exit(f"error: no page at {address} after {_START_SECONDS:.0f} s")


@contextmanager
def _browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("error: chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


def _tab(browser: Browser, size: tuple[int, int]) -> Page:
    return browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme="light")


def _keep(tab: Page, name: str) -> None:
    """Store the whole page, in 256 colours, since pictures in git stay for ever."""
    path = PICTURES / f"{name}.png"
    tab.screenshot(path=path, full_page=True)
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(256).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


def main() -> None:
    """Make one picture."""
    parser = argparse.ArgumentParser(
        prog="python -m docs.pictures",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("picture", choices=["pipeline", "review", "page"])
    parser.add_argument("--commits", nargs=2, metavar=("BASE", "HEAD"), default=_COMMITS)
    args = parser.parse_args()
    if args.picture == "pipeline":
        draw_pipeline()
    elif args.picture == "review":
        picture_review(*args.commits)
    else:
        picture_page()


if __name__ == "__main__":
    main()
