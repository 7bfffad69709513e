import socket

import pytest

from app.__main__ import main, require_auth, require_origin
from app.logins import Logins
from stages.common.errors import InputError


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
def test_nobody_is_let_in_from_elsewhere_without_a_password(host):
    with pytest.raises(InputError, match="--auth"):
        require_auth(host, None)
    require_auth(host, Logins({"ann": "secret"}))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_loopback_needs_no_password(host):
    require_auth(host, None)


def test_the_command_refuses_before_it_loads_anything(capsys):
    with pytest.raises(SystemExit, match="--auth"):
        main(["--host", "0.0.0.0"])


@pytest.mark.parametrize("origin", ["fake.org", "https://fake.org/", "ftp://fake.org", "*"])
def test_origins_are_checked(origin):
    with pytest.raises(InputError, match="expected the form"):
        require_origin("127.0.0.1", [origin])


def test_other_machines_need_an_origin():
    with pytest.raises(InputError, match="--origin"):
        require_origin("0.0.0.0", [])
    require_origin("0.0.0.0", ["https://fake.org"])
    require_origin("127.0.0.1", [])


@pytest.mark.parametrize("port", ["99999", "0", "-1", "x"])
def test_a_wrong_port_is_one_clear_line(capsys, port):
    with pytest.raises(SystemExit):
        main([f"--port={port}"])
    assert "--port" in capsys.readouterr().err.splitlines()[-1]


def test_a_port_in_use_is_named_before_the_models_are_loaded():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SystemExit, match=f"--port {port}: Address already in use"):
            main([f"--port={port}"])


def test_a_key_that_cannot_sign_is_refused_before_the_models_are_loaded(tmp_path):
    with pytest.raises(SystemExit, match="cannot be read"):
        main(["--port=7866", f"--key={tmp_path / 'no_such.pem'}"])


def test_a_hash_is_printed_for_a_password(monkeypatch, capsys):
    monkeypatch.setattr("getpass.getpass", lambda prompt: "a secret")
    main(["--hash-password"])
    assert Logins({"ann": capsys.readouterr().out.strip()})("ann", "a secret")
