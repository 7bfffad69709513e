import shutil
import socket
import subprocess

import pytest

from app.offline import call_offline, is_cut_off
from stages.common.sandbox import call_apart


def granted():
    """Whether the system grants a network namespace, asked without the app."""
    command = shutil.which("unshare")
    if command is None:
        return False
    done = subprocess.run([command, "-U", "-n", "true"], capture_output=True, check=False)
    return done.returncode == 0


def reaches(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not granted(), reason="this system grants no process without a network")
def test_the_decoding_process_reaches_nothing():
    assert is_cut_off()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert call_apart(reaches, port, seconds=30)
        assert not call_offline(reaches, port, seconds=30)
