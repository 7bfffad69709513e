"""Gather what a case report holds."""

import hashlib
import platform
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from app.analysis import Analysis
from app.as_json import as_json
from app.batch import sha256_of
from app.clip import NoFace
from app.explain import Face
from app.inputs import printable
from app.models import Member, Model
from app.offline import call_offline
from app.provenance import check_provenance
from app.report import schema
from app.report.credentials import MEANING, read_credentials
from app.report.likelihood import LikelihoodRatios, likelihood_ratios
from app.report.probe import probe
from app.verdict import CANNOT_TELL, model_sentences
from stages.common.decode import Limits
from stages.common.errors import ItemError, TableError
from stages.common.model_paths import card_path, decision_path, network_path
from stages.common.params import PARAMS_FILE, read_yaml
from stages.common.versions import VERSIONS_FILE
from stages.faces.preprocessing import Preprocessing

_SECTIONS = ("backbones", "frames", "detectors", "detect", "faces", "decision", "verdict")
"""Sections of params.yaml that decide scores and verdicts."""


@dataclass(frozen=True)
class About:
    """What all reports by one model have in common.

    Attributes
    ----------
    model : schema.Model
        The model.
    means : schema.Means
        Parameters and versions.
    ratios : LikelihoodRatios or None
        Turns scores into likelihood ratios; None if they are refused.
    refused : str
        Why they are.
    """

    model: schema.Model
    means: schema.Means
    ratios: LikelihoodRatios | None
    refused: str


def about(model: Model) -> About:
    """Gather it, which takes a few seconds: files are read for their digests."""
    ratios, refused = None, ""
    if model.no_verdict:
        refused = f"No likelihood ratio is given, since {model.no_verdict}."
    else:
        try:
            ratios = likelihood_ratios(model)
        except TableError as error:
            refused = f"No likelihood ratio is given: {error}."
    described = schema.Model(
        name=model.name,
        members=[_member(member) for member in model.members],
        demonstration=model.demonstration,
        no_verdict=model.no_verdict,
        threshold=model.threshold,
        tested=model_sentences(model),
        warnings=check_provenance(model.members),
    )
    return About(described, _means(), ratios, refused)


def case_report(
    path: Path,
    name: str,
    found: Analysis | NoFace,
    faces: list[Face],
    preprocessing: Preprocessing,
    common: About,
) -> schema.CaseReport:
    """Gather the report on one file that was looked at.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Its name in the report.
    found : Analysis or NoFace
        Its scores, or that it shows no face.
    faces : list of Face
        Those that are shown with their maps.
    preprocessing : Preprocessing
        Limits on reading the file.
    common : About
        What `about` gathered of the model.
    """
    looked = found if isinstance(found, NoFace) else found.clip
    ratios, refused = common.ratios, common.refused
    if isinstance(found, NoFace):
        ratios, refused = None, "No likelihood ratio is given, since no face was found."
    frames = preprocessing.frames
    limits, seconds = Limits(frames.max_pixels, frames.max_duration), frames.max_seconds
    return schema.CaseReport(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        file=schema.File(
            name=printable(name),
            bytes=path.stat().st_size,
            sha256=looked.sha256,
            probe=_probe(lambda: call_offline(probe, path, limits, seconds=seconds)),
            remarks=looked.remarks,
        ),
        credentials=_credentials(lambda: call_offline(read_credentials, path, seconds=seconds)),
        result=_no_result(found)
        if isinstance(found, NoFace)
        else _result(found, faces, common.ratios),
        likelihood_ratios=ratios and ratios.about,
        no_likelihood_ratios=refused,
        model=common.model,
        means=common.means,
        limits=CANNOT_TELL,
    )


def _probe(read: Callable[[], dict[str, Any]]) -> schema.Probe:
    try:
        return schema.Probe.model_validate(read())
    except ItemError as error:
        return schema.Probe(format="", problem=str(error))


def _credentials(read: Callable[[], dict[str, Any]]) -> schema.Credentials:
    try:
        found = read()
    except ItemError as error:
        found = {"status": "unread", "problems": [{"code": "unread", "explanation": str(error)}]}
    return schema.Credentials(meaning=MEANING[found["status"]], **found)


def _result(
    analysis: Analysis, faces: list[Face], ratios: LikelihoodRatios | None
) -> schema.Result:
    answer = as_json(analysis)
    for person in answer["persons"]:
        person["likelihood_ratio"] = (
            ratios.of(person["p_fake"]) if ratios and not person["lacking"] else None
        )
    known = {name: answer[name] for name in schema.Result.model_fields if name in answer}
    return schema.Result(maps=[face.row for face in faces], **known)


def _no_result(found: NoFace) -> schema.Result:
    said = str(found)
    return schema.Result(
        verdict=None,
        headline="No face was found",
        reasons=[
            f"{said[0].upper()}{said[1:]}.",
            "Faces that are small, turned away or covered are missed. This says nothing about "
            "whether the file is genuine.",
        ],
        scores=[],
        looked_at=[],
        p_fake=None,
        spread=None,
        members={},
        persons=[],
        frames=[
            schema.Frame(frame=frame, time=round(time, 6), p_fake=None)
            for frame, time in zip(found.frames["frame"], found.frames["time"], strict=True)
        ],
        faces=[],
        maps=[],
    )


def _member(member: Member) -> schema.Member:
    card = card_path(member.name)
    return schema.Member(
        name=member.name,
        network_sha256=sha256_of(network_path(member.name)),
        decision_sha256=sha256_of(decision_path(member.name)),
        card=card.read_text(encoding="utf-8") if card.is_file() else "",
        card_sha256=sha256_of(card),
    )


def _means() -> schema.Means:
    params = read_yaml(PARAMS_FILE)
    libraries = [name for group in read_yaml(VERSIONS_FILE).values() for name in group]
    return schema.Means(
        parameters={name: params[name] for name in _SECTIONS if name in params},
        parameters_sha256=hashlib.sha256(PARAMS_FILE.read_bytes()).hexdigest(),
        versions={"python": platform.python_version()}
        | {name: version(name) for name in libraries},
        commit=_commit(),
    )


def _commit() -> str:
    """The commit of this code, as git describes it; empty without git or a repository."""
    command = ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"]
    try:
        found = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return found.stdout.strip()
