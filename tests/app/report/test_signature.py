"""Signatures of case reports (`app.report.signature`)."""

import hashlib
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from app.report.__main__ import main
from app.report.schema import CaseReport
from app.report.signature import fingerprint, read_private_key, signature_path, verify
from stages.common.errors import InputError
from tests.support.case import made_report

KEY = ed25519.Ed25519PrivateKey.generate()
PAGE = "<!doctype html><p>page"


def pem(key, password=None):
    kind = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, kind)


def public_pem(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def write(path, content):
    path.write_bytes(content)
    path.chmod(0o600)
    return path


@pytest.fixture
def signed(tmp_path):
    """A signed report with its page, and the public key."""
    digest = hashlib.sha256(PAGE.encode()).hexdigest()
    report = CaseReport.model_validate(made_report() | {"html_sha256": digest})
    path = write(tmp_path / "report.json", report.model_dump_json().encode())
    write(signature_path(path), KEY.sign(path.read_bytes()))
    write(tmp_path / "report.html", PAGE.encode())
    write(tmp_path / "public.pem", public_pem(KEY))
    return path


def checked(report, capsys, key="public.pem"):
    code = main(["--verify", str(report), "--public-key", str(report.with_name(key))])
    said = capsys.readouterr()
    return code, said.out or said.err


def test_what_was_signed_is_valid_in_one_line(signed, capsys):
    code, said = checked(signed, capsys)
    assert (code, said.count("\n")) == (0, 1)
    assert said.startswith("valid: ")
    assert "report.html is the page that belongs to it" in said
    signed.with_name("report.html").unlink()
    assert checked(signed, capsys) == (0, f"valid: {signed}: the signature is valid\n")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("report.json", b"{}", "not what the owner of this key signed"),
        ("report.json.sig", b"x" * 64, "not what the owner of this key signed"),
        ("report.json.sig", b"", "not what the owner of this key signed"),
        ("report.html", b"another page", "is not the page"),
        ("public.pem", public_pem(ed25519.Ed25519PrivateKey.generate()), "another key"),
        ("public.pem", public_pem(rsa.generate_private_key(65537, 1024)), "another kind"),
        ("public.pem", b"no key", "holds no public key"),
    ],
)
def test_what_was_changed_is_invalid_in_one_line(signed, capsys, name, content, message):
    signed.with_name(name).write_bytes(content)
    code, said = checked(signed, capsys)
    assert (code, said.count("\n")) == (1, 1)
    assert said.startswith("invalid: ")
    assert message in said


@pytest.mark.parametrize("name", ["report.json", "report.json.sig", "public.pem"])
def test_what_is_missing_is_named(signed, capsys, name):
    signed.with_name(name).unlink()
    code, said = checked(signed, capsys)
    assert code == 1
    assert f"{signed.with_name(name)} cannot be read" in said


def test_a_signed_file_that_is_no_report_is_refused(tmp_path):
    path = write(tmp_path / "report.json", b"{}")
    write(signature_path(path), KEY.sign(b"{}"))
    with pytest.raises(InputError, match="no case report"):
        verify(path, KEY.public_key())


def test_a_report_of_another_version_is_verified_too(signed):
    content = signed.read_text().replace('"version":"2.0"', '"version":"1.0"')
    write(signature_path(signed), KEY.sign(content.encode()))
    write(signed, content.encode())
    assert "the signature is valid" in verify(signed, KEY.public_key())


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_checks_a_signature_too(signed):
    names = ["report.json", "report.json.sig", "public.pem"]
    report, signature, key = (str(signed.with_name(name)) for name in names)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin"]
    subprocess.run([*command, "-in", report, "-sigfile", signature], check=True)


def test_a_private_key_is_read_with_its_password(tmp_path, monkeypatch):
    path = write(tmp_path / "key.pem", pem(KEY, b"long password"))
    monkeypatch.setattr("getpass.getpass", lambda asked: "long password")
    assert fingerprint(read_private_key(path).public_key()) == fingerprint(KEY.public_key())
    monkeypatch.setattr("getpass.getpass", lambda asked: "another")
    with pytest.raises(InputError, match="password is wrong"):
        read_private_key(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no key", "holds no private key"),
        (pem(rsa.generate_private_key(65537, 1024)), "another kind than Ed25519"),
        (public_pem(KEY), "holds no private key"),
    ],
)
def test_another_private_key_is_refused_with_the_command_that_makes_one(tmp_path, content, message):
    with pytest.raises(InputError, match=message) as refused:
        read_private_key(write(tmp_path / "key.pem", content))
    assert "openssl genpkey -algorithm ed25519" in str(refused.value)


def test_a_key_that_others_may_read_is_refused(tmp_path):
    path = write(tmp_path / "key.pem", pem(KEY))
    path.chmod(0o644)
    with pytest.raises(InputError, match="chmod 600"):
        read_private_key(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_private_key(tmp_path / "none.pem")
