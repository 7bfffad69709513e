"""The small repository and the clips that the tests of the app share."""

import shutil

import numpy as np
import pytest

from tests.support.app import (
    DEMONSTRATION,
    JUDGE,
    made_scores,
    make_ensemble,
    make_model,
    make_repository,
    write_bomb,
    write_clip,
    write_item_scores,
)


@pytest.fixture(scope="session")
def repository(tmp_path_factory):
    """A folder with one model of the sample, and one of other data."""
    folder = tmp_path_factory.mktemp("repository")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        make_repository(folder, [DEMONSTRATION, JUDGE])
        make_model(DEMONSTRATION, ["sample"], bias=0.5)
        make_model(JUDGE, ["own", "sample"], bias=2.0)
        make_ensemble()
        for name in (DEMONSTRATION, JUDGE):
            write_item_scores(name, made_scores())
        write_item_scores("baseline", made_scores(sharp=0, seed=1))
    return folder


@pytest.fixture
def inside(repository, monkeypatch):
    """The working directory is that repository."""
    monkeypatch.chdir(repository)
    return repository


@pytest.fixture(scope="session")
def faces():
    """Frames of a rendered face that moves: uint8, RGB."""
    from stages.sample.cast import Cast
    from stages.sample.group import render_group
    from stages.sample.params import SampleParams

    sample = SampleParams(
        seed=3, groups=1, unseen_groups=1, frames=12, fps=10, width=320, height=320
    )
    return render_group([3, 0, 0], Cast(("swap",)), sample).fakes[0].frames


@pytest.fixture(scope="session")
def items(tmp_path_factory, faces):
    """Made items by name."""
    import cv2

    folder = tmp_path_factory.mktemp("item")
    write_clip(folder / "face.mp4", faces, sound="aac")
    write_clip(folder / "two.mp4", np.concatenate([faces, faces[:, :, ::-1]], axis=2))
    grey = np.full((12, 240, 320, 3), 90, np.uint8)
    write_clip(folder / "nobody.mp4", grey)
    cv2.imwrite(str(folder / "face.png"), faces[0][..., ::-1])
    (folder / "text.mp4").write_text("not a clip at all, whatever its name says\n" * 9)
    write_clip(folder / "hour.mp4", grey[:3], times=[0, 1800, 3700])
    write_bomb(folder / "bomb.png")
    return {path.stem if path.suffix != ".png" else path.name: path for path in folder.iterdir()}


@pytest.fixture(scope="module")
def browser():
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()
