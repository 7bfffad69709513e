import pytest

from app.__main__ import main, read_auth, require_auth
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
    path.write_text("ann:one:two\n\nbob:three\n")
    assert read_auth(path) == [("ann", "one:two"), ("bob", "three")]
    for text in ("", "ann\n", ":x\n", "ann:\n"):
        path.write_text(text)
        with pytest.raises(InputError, match="name:password"):
            read_auth(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_auth(tmp_path / "missing")
