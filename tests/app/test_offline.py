import socket

import pytest

from app.offline import call_offline, is_cut_off
from stages.frames.sandbox import call_apart


def reaches(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def test_the_decoding_process_reaches_nothing():
    if not is_cut_off():
        pytest.skip("this system gives no process without a network")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert call_apart(reaches, port, seconds=30)
        assert not call_offline(reaches, port, seconds=30)
