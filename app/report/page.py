"""Render a case report as one HTML file that fetches nothing, and the JSON file that binds it."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape
from markupsafe import Markup

from app.analysis import Analysis
from app.clip import NoFace
from app.drawing import colour, ink_on
from app.explain import Face
from app.inputs import printable
from app.report.schema import CaseReport
from app.report.signature import fingerprint
from app.report.tippett import tippett
from app.timeline import timeline
from app.verdict import words_of


@dataclass(frozen=True)
class Rendered:
    """The files of a case report.

    Attributes
    ----------
    html : str
        For people.
    json : str
        For programs; it names the digest of `html`.
    signature : bytes
        Signature of `json`, in UTF-8; empty without a key.
    """

    html: str
    json: str
    signature: bytes


def render(
    report: CaseReport,
    found: Analysis | NoFace,
    faces: list[Face],
    about_maps: str,
    key: Ed25519PrivateKey | None = None,
) -> Rendered:
    """Render a report, and sign it if there is a key.

    Parameters
    ----------
    report : CaseReport
        What it says.
    found : Analysis or NoFace
        What it is about, as in `app.report.case.case_report`.
    faces : list of Face
        Those that are shown with their maps.
    about_maps : str
        Description of the resolution of the maps.
    key : Ed25519PrivateKey, optional
        Signs it.
    """
    signer = fingerprint(key.public_key()) if key else ""
    report = report.model_copy(update={"public_key_sha256": signer})
    shown = {face.person: face.crop for face in reversed(faces)}
    html = _template().render(
        report=report,
        kind="no-face" if isinstance(found, NoFace) else words_of(found).kind,
        shown=shown,
        faces=faces,
        about_maps=about_maps,
        timeline=Markup("" if isinstance(found, NoFace) else timeline(found)),
        tippett=_tippett(report),
    )
    digest = hashlib.sha256(html.encode()).hexdigest()
    bound = report.model_copy(update={"html_sha256": digest})
    content = bound.model_dump_json(indent=2) + "\n"
    return Rendered(html, content, key.sign(content.encode()) if key else b"")


def _tippett(report: CaseReport) -> Markup:
    if report.likelihood_ratios is None:
        return Markup()
    cases = {
        person.person: person.likelihood_ratio.log10
        for person in report.result.persons
        if person.likelihood_ratio
    }
    return Markup(tippett(report.likelihood_ratios, cases))


def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("app.report"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        finalize=lambda value: printable(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"picture": _picture, "chip": _chip, "yaml": _yaml}
    return environment.get_template("report.html")


def _picture(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{b64encode(jpeg).decode()}"


def _chip(p_fake: float) -> Markup:
    paper = colour(p_fake)
    background, ink = ("#{:02x}{:02x}{:02x}".format(*rgb) for rgb in (paper, ink_on(paper)))
    return Markup('<span class="chip" style="background:{};color:{}">{:.2f}</span>').format(
        background, ink, p_fake
    )


def _yaml(values: object) -> str:
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
