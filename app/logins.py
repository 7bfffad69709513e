"""Who may use the web page: a file of names and passwords, plain or hashed."""

import hashlib
import hmac
import os
import stat
from pathlib import Path

from stages.common.errors import InputError

_HASHED = "scrypt$"
_SCRYPT = {"n": 2**14, "r": 8, "p": 1}


def hashed(password: str, salt: bytes = b"") -> str:
    """Hash a password by scrypt (RFC 7914) for a file of logins.

    Parameters
    ----------
    password : str
        The password.
    salt : bytes
        A random one, unless given.
    """
    salt = salt or os.urandom(16)
    key = hashlib.scrypt(password.encode(), salt=salt, **_SCRYPT)
    return f"{_HASHED}{salt.hex()}${key.hex()}"


class Logins:
    """Names with their passwords; called with both, says whether they belong together.

    Parameters
    ----------
    passwords : dict of str to str
        By name, plain or as `hashed` gives them.
    """

    def __init__(self, passwords: dict[str, str]) -> None:
        self._hashed = {
            name: password if password.startswith(_HASHED) else hashed(password)
            for name, password in passwords.items()
        }
        self._nobody = hashed(os.urandom(16).hex())

    def __call__(self, name: str, password: str) -> bool:
        """Compare in the same time whether or not there is such a name."""
        expected = self._hashed.get(name, self._nobody)
        salt = bytes.fromhex(expected.split("$")[1])
        return hmac.compare_digest(hashed(password, salt), expected) and name in self._hashed


def read_logins(path: Path) -> Logins:
    """Read a file with one ``name:password`` per line; passwords may be hashed.

    Raises
    ------
    InputError
        The file cannot be read, others than its owner may read it, or a line has another form.
    """
    try:
        if path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            raise InputError(f"--auth {path}: others may read it; run `chmod 600 {path}`")
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(f"--auth {path} cannot be read: {error.strerror}") from None
    parts = (line.partition(":") for line in lines if line.strip())
    pairs = [(name, password) for name, _, password in parts]
    if not pairs or not all(all(pair) for pair in pairs):
        raise InputError(f"--auth {path}: expected lines of the form name:password")
    for name, password in pairs:
        if password.startswith(_HASHED) and not _is_hash(password):
            raise InputError(
                f"--auth {path}: the hash of {name} is not one that "
                "`python -m app --hash-password` prints"
            )
    return Logins(dict(pairs))


def _is_hash(password: str) -> bool:
    try:
        salt, key = password.removeprefix(_HASHED).split("$")
        return bool(bytes.fromhex(salt)) and len(bytes.fromhex(key)) == 64
    except ValueError:
        return False
