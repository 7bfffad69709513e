"""Sign a case report with Ed25519 (RFC 8032), and check a signature.

The signature is that of the JSON file's bytes, 64 bytes in a file of its own beside it, so that
other programs can check it too::

    openssl pkeyutl -verify -pubin -inkey PUBLIC.pem -rawin -in report.json -sigfile report.json.sig

The JSON file names the digest of the HTML file, which is bound by it.
"""

import getpass
import hashlib
import stat
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from pydantic import BaseModel

from stages.common.errors import InputError


class _Signed(BaseModel):
    """What a case report of any version holds, so that earlier ones can be verified too."""

    report: Literal["deepfake-case-report"]
    html_sha256: str


_MAKE_KEY = "`openssl genpkey -algorithm ed25519 -out key.pem` makes one"
_MAKE_PUBLIC = "`openssl pkey -in key.pem -pubout -out public.pem` makes it from the private one"


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Read a private key from a PEM file; one that is encrypted needs its password.

    Raises
    ------
    InputError
        The file holds no such key, cannot be read, or others than its owner may read it.
    """
    content = _read(path, "--key")
    if path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        raise InputError(f"--key {path}: others may read it; run `chmod 600 {path}`")
    encrypted = b"ENCRYPTED" in content
    password = getpass.getpass(f"Password of {path}: ").encode() if encrypted else None
    try:
        key = load_pem_private_key(content, password)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        wrong = " or the password is wrong" if encrypted else ""
        raise InputError(f"--key {path} holds no private key{wrong}; {_MAKE_KEY}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(f"--key {path} holds a key of another kind than Ed25519; {_MAKE_KEY}")
    return key


def read_public_key(path: Path) -> Ed25519PublicKey:
    """Read a public key from a PEM file.

    Raises
    ------
    InputError
        The file holds no such key, or cannot be read.
    """
    try:
        key = load_pem_public_key(_read(path, "--public-key"))
    except (ValueError, UnsupportedAlgorithm):
        raise InputError(f"--public-key {path} holds no public key; {_MAKE_PUBLIC}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise InputError(f"--public-key {path} holds a key of another kind than Ed25519")
    return key


def fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 of a public key in DER, in hexadecimal digits."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def signature_path(report: Path) -> Path:
    """Return where the signature of a report lies."""
    return report.with_name(f"{report.name}.sig")


def verify(report: Path, key: Ed25519PublicKey) -> str:
    """Check the signature of a report, and the HTML file beside it if there is one.

    Returns
    -------
    str
        What was checked.

    Raises
    ------
    InputError
        Something does not fit, or a file is missing.
    """
    content = _read(report, "")
    try:
        key.verify(_read(signature_path(report), ""), content)
    except InvalidSignature:
        raise InputError(
            f"{report} is not what the owner of this key signed: it was changed, or signed with "
            "another key"
        ) from None
    try:
        signed = _Signed.model_validate_json(content)
    except ValueError:
        raise InputError(f"{report} is signed, but is no case report") from None
    page = report.with_suffix(".html")
    if not page.exists():
        return f"{report}: the signature is valid"
    if hashlib.sha256(_read(page, "")).hexdigest() != signed.html_sha256:
        raise InputError(f"{page} is not the page that {report} belongs to")
    return f"{report}: the signature is valid, and {page.name} is the page that belongs to it"


def _read(path: Path, option: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{option} {path} cannot be read: {error.strerror}".lstrip()) from None
