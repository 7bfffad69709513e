"""Read content credentials (C2PA), in a process without network; the library opens hostile files.

Nothing is fetched: neither a manifest that lies elsewhere, nor whether a certificate was revoked.
There is no list of trusted signers, so that a valid signature shows that file and credentials are
as they were signed, and not who signed them: anybody can make a certificate in any name.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_OFFLINE = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}

_UNTRUSTED = "signingCredential.untrusted"
"""The check that fails for want of a list of trusted signers."""

_ENTRIES, _LENGTH = 40, 300
"""Most entries of a list, and characters of a text: a file can hold any number."""

MEANING = {
    "valid": (
        "The file holds content credentials, and neither they nor the file have changed since "
        "they were signed. Who signed was not checked against any list of trusted signers: "
        "anybody can make a certificate in any name. They say what the signer claims, not what is "
        "true."
    ),
    "invalid": (
        "The file holds content credentials, but they do not fit it: the file or the credentials "
        "were changed after they were signed, or signed wrongly. Editing and many websites do "
        "this without any intent to deceive."
    ),
    "absent": (
        "The file holds no content credentials. This says nothing: most genuine files have none, "
        "and anybody can remove them."
    ),
    "unread": (
        "Whether the file holds content credentials is unknown: they could not be read. This says "
        "nothing about the file."
    ),
}
"""What each status means, in plain words."""


def read_credentials(path: Path) -> dict[str, Any]:
    """Read the fields of `app.report.schema.Credentials` but for ``meaning``."""
    import c2pa  # 85 ms, and not needed by other files that this process may be asked about

    found: dict[str, Any] = {"status": "absent", "library": f"c2pa-python {c2pa.__version__}"}
    try:
        with path.open("rb") as file, c2pa.Context.from_dict(_OFFLINE) as context:
            reader = c2pa.Reader.try_create(None, file, None, context)
            if reader is None:
                return found
            with reader:
                store = json.loads(reader.json())
    except c2pa.C2paError as error:
        return found | {"status": "unread", "problems": [_problem("unread", str(error))]}
    return found | _summary(store)


def _summary(store: dict[str, Any]) -> dict[str, Any]:
    manifest = store.get("manifests", {}).get(store.get("active_manifest"), {})
    signature = manifest.get("signature_info", {})
    programs = [_named(info) for info in manifest.get("claim_generator_info", [])]
    actions = list(_actions(manifest))
    valid = store.get("validation_state") in ("Valid", "Trusted")
    names = (signature.get(name) for name in ("common_name", "issuer"))
    return {
        "status": "valid" if valid else "invalid",
        "generator": _cut(", ".join(programs) or manifest.get("claim_generator", "")),
        "signer": _cut(", ".join(filter(None, names))),
        "signed_at": _cut(signature.get("time") or ""),
        "actions": _first(action.get("action", "") for action in actions),
        "sources": _first(
            str(source).rsplit("/", 1)[-1]
            for action in actions
            if (source := action.get("digitalSourceType"))
        ),
        "problems": [
            _problem(each.get("code", ""), each.get("explanation") or "")
            for each in store.get("validation_status", [])[:_ENTRIES]
            if each.get("code") != _UNTRUSTED
        ],
    }


def _actions(manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for assertion in manifest.get("assertions", []):
        if str(assertion.get("label", "")).startswith("c2pa.actions"):
            yield from assertion.get("data", {}).get("actions", [])


def _named(info: dict[str, Any]) -> str:
    return " ".join(str(info[key]) for key in ("name", "version") if info.get(key))


def _first(texts: Iterator[str]) -> list[str]:
    return [_cut(text) for text in dict.fromkeys(texts)][:_ENTRIES]


def _problem(code: str, explanation: str) -> dict[str, str]:
    return {"code": _cut(code), "explanation": _cut(explanation)}


def _cut(text: str) -> str:
    return text[:_LENGTH]
