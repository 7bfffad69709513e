"""Content credentials that are made here, read by `app.report.credentials`."""

import datetime
import io
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import cv2
import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.offline import call_offline
from app.report.credentials import MEANING, read_credentials

c2pa = pytest.importorskip("c2pa", reason="content credentials need c2pa-python")

MADE_BY_AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def named(name):
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Made Cameras"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def certificate(name, key, issuer_key, authority):
    now = datetime.datetime.now(datetime.UTC)
    usage = dict.fromkeys(
        [
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ],
        False,
    )
    usage |= {"digital_signature": not authority}
    usage |= {"key_cert_sign": authority, "crl_sign": authority}
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named("root"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=9))
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if not authority:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(purpose, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


@pytest.fixture(scope="module")
def sign():
    """Signs a file's content as a camera does whose maker nobody knows."""
    root, camera = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    chain = [certificate("camera", camera, root, False), certificate("root", root, root, True)]
    info = c2pa.C2paSignerInfo(
        c2pa.C2paSigningAlg.ES256,
        b"".join(one.public_bytes(Encoding.PEM) for one in chain),
        camera.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        None,
    )

    def sign(content, kind, remote=None, name="camera"):
        actions = [{"action": "c2pa.created", "digitalSourceType": MADE_BY_AI}]
        manifest = {
            "claim_generator_info": [{"name": name, "version": "1"}],
            "assertions": [{"label": "c2pa.actions", "data": {"actions": actions}}],
        }
        signed = io.BytesIO()
        with c2pa.Signer.from_info(info) as signer, c2pa.Builder(manifest) as builder:
            if remote:
                builder.set_no_embed()
                builder.set_remote_url(remote)
            builder.sign(signer, kind, io.BytesIO(content), signed)
        return signed.getvalue()

    return sign


@pytest.fixture(scope="module")
def picture():
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    return cv2.imencode(".jpg", noise)[1].tobytes()


@pytest.fixture
def read(tmp_path):
    """Reads the credentials of a content as the app does."""

    def read(content, name="file.jpg"):
        path = tmp_path / name
        path.write_bytes(content)
        return call_offline(read_credentials, path, seconds=60)

    return read


def test_intact_credentials_are_valid_though_nobody_knows_the_signer(sign, picture, read):
    found = read(sign(picture, "image/jpeg"))
    assert found["status"] == "valid"
    assert found["signer"] == "camera, Made Cameras"
    assert found["generator"] == "camera 1"
    assert found["actions"] == ["c2pa.created"]
    assert found["sources"] == ["trainedAlgorithmicMedia"]
    assert found["problems"] == []
    assert "anybody can make a certificate" in MEANING["valid"]


def test_a_clip_has_credentials_too(sign, items, read):
    signed = sign(items["face"].read_bytes(), "video/mp4")
    assert read(signed, "clip.mp4")["status"] == "valid"


def test_a_changed_file_is_invalid_and_says_why(sign, picture, read):
    changed = bytearray(sign(picture, "image/jpeg"))
    changed[-99] ^= 1
    found = read(bytes(changed))
    assert found["status"] == "invalid"
    assert [each["code"] for each in found["problems"]] == ["assertion.dataHash.mismatch"]


def test_a_file_without_credentials_shows_nothing(picture, read):
    found = read(picture)
    assert found["status"] == "absent"
    assert "says nothing" in MEANING["absent"]
    assert not any("real" in MEANING[status].split() for status in MEANING)


@pytest.mark.parametrize("content", [b"\x1a\x45\xdf\xa3" + bytes(99), b"\xff\xd8\xff\xe0 cut"])
def test_what_cannot_be_read_is_unknown(content, read):
    found = read(content)
    assert found["status"] == "unread"
    assert found["problems"][0]["explanation"]


def test_credentials_that_lie_elsewhere_are_not_fetched(sign, picture, tmp_path):
    asked = []

    class Watch(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

    with HTTPServer(("127.0.0.1", 0), Watch) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/manifest.c2pa"
        path = tmp_path / "file.jpg"
        path.write_bytes(sign(picture, "image/jpeg", remote=address))
        found = read_credentials(path)  # in this process, which has a network
        server.shutdown()
    assert asked == []
    assert found["status"] == "unread"
    assert address in found["problems"][0]["explanation"]


def test_long_texts_are_cut(sign, picture, read):
    assert len(read(sign(picture, "image/jpeg", name="x" * 9000))["generator"]) == 300
