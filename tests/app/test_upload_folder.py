import os
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.util import get_temp_dir

import pytest

from app.upload_folder import PREFIX, upload_folder
from tests.support.paths import ROOT


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    get_temp_dir()  # of this process, where it is
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_it_is_gone_afterwards(temporary):
    with upload_folder() as folder:
        (folder / "clip.mp4").touch()
    assert not list(temporary.iterdir())


def test_servers_that_start_at_once_leave_each_other_their_folders(temporary):
    many = 8
    started = threading.Barrier(many)

    def serve():
        with upload_folder() as folder:
            started.wait(timeout=60)
            assert folder.is_dir()
            started.wait(timeout=60)

    for _ in range(20):
        with ThreadPoolExecutor(many) as pool:
            for server in [pool.submit(serve) for _ in range(many)]:
                server.result()
    assert not list(temporary.iterdir())


def test_what_a_killed_server_left_is_removed_by_the_next_and_nothing_else(temporary):
    mine = temporary / "clips-of-mine"
    mine.mkdir()
    program = (
        "from app.upload_folder import upload_folder\n"
        "with upload_folder() as folder:\n"
        "    (folder / 'clip.mp4').touch(); print(folder, flush=True); input()"
    )
    environment = os.environ | {"TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    try:
        killed, living = (
            temporary / os.fsdecode(server.stdout.readline().strip()) for server in servers
        )
        servers[0].kill()
        servers[0].wait()
        assert killed.exists()
        with upload_folder() as folder:
            assert {*temporary.glob(f"{PREFIX}*")} == {living, folder}
            assert (living / "clip.mp4").exists()
    finally:
        for server in servers:
            server.kill()
            server.communicate()
    assert mine.exists()
