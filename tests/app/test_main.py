import pytest

from app.__main__ import main, read_auth, require_auth, require_origin
from stages.common.errors import InputError


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
def test_nobody_is_let_in_from_elsewhere_without_a_password(host):
    with pytest.raises(InputError, match="--auth"):
        require_auth(host, None)
    require_auth(host, [("ann", "secret")])


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_loopback_needs_no_password(host):
    require_auth(host, None)


def test_the_command_refuses_before_it_loads_anything(capsys):
    with pytest.raises(SystemExit, match="--auth"):
        main(["--host", "0.0.0.0"])


def test_passwords_are_read_and_their_form_is_checked(tmp_path):
    path = tmp_path / "users"
    path.touch(mode=0o600)
    path.write_text("ann:one:two\n\nbob:three\n")
    assert read_auth(path) == [("ann", "one:two"), ("bob", "three")]
    for text in ("", "ann\n", ":x\n", "ann:\n"):
        path.write_text(text)
        with pytest.raises(InputError, match="name:password"):
            read_auth(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_auth(tmp_path / "missing")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_passwords_that_others_can_read_are_refused(tmp_path, mode):
    path = tmp_path / "users"
    path.write_text("ann:secret\n")
    path.chmod(mode)
    with pytest.raises(InputError, match="chmod 600"):
        read_auth(path)


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
