import pytest

from app.logins import hashed, read_logins
from stages.common.errors import InputError


def write(path, text):
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_passwords_are_plain_or_hashed(tmp_path):
    secret = hashed("three")
    assert "three" not in secret
    assert hashed("three") != secret
    logins = read_logins(write(tmp_path / "users", f"ann:one:two\n\nbob:{secret}\n"))
    assert logins("ann", "one:two")
    assert logins("bob", "three")
    for name, password in (("ann", "three"), ("bob", secret), ("eve", "three"), ("ann", "")):
        assert not logins(name, password)


@pytest.mark.parametrize("text", ["", "ann\n", ":x\n", "ann:\n"])
def test_a_line_of_another_form_is_refused(tmp_path, text):
    with pytest.raises(InputError, match="expected lines of the form name:password"):
        read_logins(write(tmp_path / "users", text))


@pytest.mark.parametrize("rest", ["", "00$zz", "00$00", "00"])
def test_a_hash_that_is_none_is_refused(tmp_path, rest):
    with pytest.raises(InputError, match="the hash of ann is not one"):
        read_logins(write(tmp_path / "users", f"ann:scrypt${rest}\n"))


def test_a_file_that_others_may_read_is_refused(tmp_path):
    path = write(tmp_path / "users", "ann:secret\n")
    for mode in (0o640, 0o604):
        path.chmod(mode)
        with pytest.raises(InputError, match="run `chmod 600"):
            read_logins(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_logins(tmp_path / "missing")
