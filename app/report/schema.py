"""The case report as data: what its JSON file holds.

Command
    ``python -m app.report.schema > docs/case-report.schema.json``
Writes
    the JSON Schema (draft 2020-12) of a case report to standard output
"""

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

VERSION: Literal["2.0"] = "2.0"
"""The first number changes where a reader of the old form would fail or be misled."""

SCHEMA_ID = "https://json-schema.org/draft/2020-12/schema"


class Part(BaseModel):
    """A part of a case report."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


class Stream(Part):
    """A stream of the file."""

    kind: str
    """``video``, ``audio`` or another of FFmpeg's kinds."""
    codec: str
    """FFmpeg's name of its codec."""
    width: int | None = None
    """In pixels, as stored."""
    height: int | None = None
    """In pixels, as stored."""
    pixel_format: str | None = None
    """FFmpeg's name of its pixel format."""
    frame_rate: float | None = None
    """Mean number of frames a second."""
    duration: float | None = None
    """In seconds, as the file says."""


class Probe(Part):
    """What the file says of itself; anybody can write these."""

    format: str
    """Format, recognised by the file's first bytes."""
    duration: float | None = None
    """In seconds, as the file says."""
    bit_rate: int | None = None
    """Bits a second."""
    streams: list[Stream] = []
    """The first 16 streams."""
    tags: dict[str, str] = {}
    """The first 40 metadata entries, each cut to 300 characters."""
    problem: str = ""
    """Why the file could not be probed; empty if it could."""


class File(Part):
    """The file that the report is about."""

    name: str
    """Its name; of an upload, as the visitor's browser sent it."""
    bytes: int
    """Its size."""
    sha256: str
    """SHA-256 of its content."""
    probe: Probe
    """What it says of itself."""
    remarks: list[str]
    """What a person must know of how it was read; each begins with a verb."""


class Problem(Part):
    """A check of content credentials that failed."""

    code: str
    """Code of the C2PA specification."""
    explanation: str
    """In words."""


class Credentials(Part):
    """Content credentials (C2PA) inside the file."""

    status: Literal["valid", "invalid", "absent", "unread"]
    """``valid``: intact since they were signed, by a signer who was not checked against any list;
    ``invalid``: a check failed; ``absent``: the file holds none; ``unread``: they could not be
    read. The last two say nothing about the file."""
    meaning: str
    """The status in plain words."""
    generator: str = ""
    """Program or device that made the credentials, as it says."""
    signer: str = ""
    """Name in the certificate that signed them; not checked against any list."""
    signed_at: str = ""
    """When they were signed, if a time stamp says so."""
    actions: list[str] = []
    """What was done to the file, as the credentials say."""
    sources: list[str] = []
    """IPTC's digital source types that they declare, such as ``trainedAlgorithmicMedia``."""
    problems: list[Problem] = []
    """Checks that failed."""
    library: str = ""
    """Library that read them."""


class Member(Part):
    """A network of the model."""

    name: str
    """Name of its backbone."""
    network_sha256: str
    """SHA-256 of its ``model.keras``."""
    decision_sha256: str
    """SHA-256 of its ``decision.json``: calibration and threshold."""
    card: str
    """Its model card, Markdown; empty if there is none."""
    card_sha256: str
    """SHA-256 of the card; empty if there is none."""


class Model(Part):
    """The model that scored the file."""

    name: str
    """Name of a backbone, or ``ensemble``."""
    members: list[Member]
    """Its networks."""
    demonstration: bool
    """Whether it knows nothing but the embedded sample."""
    no_verdict: str
    """Why it gives scores but no verdicts; empty if it gives verdicts."""
    threshold: float
    """P(fake) from which on it may call an item fake, chosen on val."""
    tested: list[str]
    """Its data and how it did on test, in sentences."""
    warnings: list[str]
    """What could not be checked about parameters and model belonging together."""


class Means(Part):
    """By what means the report was made."""

    parameters: dict[str, Any]
    """Sections of ``params.yaml`` that decide scores and verdicts."""
    parameters_sha256: str
    """SHA-256 of ``params.yaml``."""
    versions: dict[str, str]
    """Installed versions of Python and of the libraries that change results."""
    commit: str
    """Git commit of the code, with ``-dirty`` after local changes; empty if unknown."""


class LikelihoodRatio(Part):
    """How much more probable a person's score is among fakes than among reals."""

    log10: float
    """Logarithm to base 10 of the ratio, within the bounds; above 0, it supports "fake"."""
    log10_unbounded: float
    """What the calibration alone gives: extrapolated where it lies beyond the bounds."""
    sentence: str
    """The ratio in words."""


class Person(Part):
    """The result on one person."""

    person: int
    """Number of the person, from 1."""
    verdict: Literal["fake", "real", "undecided"] | None
    """None if too little was seen, or the model gives no verdicts."""
    p_fake: float
    """Calibrated probability that the person's faces are fake, at the prior of the model."""
    frames: int
    """Frames in which the person was found."""
    looked_at: int
    """Frames in which faces were looked for."""
    width: float
    """Median width of the face, in pixels of the file's frames."""
    sharpness: float
    """Median sharpness of the face."""
    lacking: list[str]
    """What falls short of the evidence that a verdict needs."""
    likelihood_ratio: LikelihoodRatio | None
    """None if too little was seen, or the model gives none."""


class Frame(Part):
    """A frame that was looked at."""

    frame: int
    """Index in presentation order, from 0."""
    time: float
    """Seconds from the first frame."""
    p_fake: float | None
    """Of its faces alone; None if no face was scored in it."""


class Face(Part):
    """A face that was scored."""

    person: int
    """Number of the person, from 1."""
    frame: int
    """Index of its frame."""
    time: float
    """Seconds from the first frame."""
    box: tuple[float, float, float, float]
    """Left, top, width, height in pixels of the file's frame."""
    confidence: float
    """Of the detector that found it."""
    p_fake: float
    """Of this face alone."""


class Result(Part):
    """What was found."""

    verdict: Literal["fake", "real", "undecided"] | None
    """That on the most suspicious person; None if nobody is judged or was found."""
    headline: str
    """The verdict in words."""
    reasons: list[str]
    """Why, and how sure it is."""
    scores: list[str]
    """P(fake) of the file, in sentences."""
    looked_at: list[str]
    """What was seen of each person, in sentences."""
    p_fake: float | None
    """P(fake) of the file as a whole; None if no face was found."""
    spread: tuple[float, float] | None
    """First and last decile of the scores of single frames; None if no face was found."""
    members: dict[str, float]
    """P(fake) of the file by each network; empty if no face was found."""
    persons: list[Person]
    """Each person; empty if no face was found."""
    frames: list[Frame]
    """Each frame that was looked at."""
    faces: list[Face]
    """Each face that was scored."""
    maps: list[int]
    """Indices, in ``faces``, of those that the HTML file shows with their Grad-CAM maps."""


class Population(Part):
    """Items of one dataset in one split."""

    dataset: str
    """Name of the dataset."""
    reals: int
    """Genuine items with a face."""
    fakes: int
    """Manipulated items with a face."""
    groups: int
    """Groups of items that share source material."""
    methods: list[str]
    """How the fakes were made."""


class Estimate(Part):
    """A figure with its interval."""

    value: float
    """The figure."""
    low: float | None
    """Lower bound, None if there are too few independent items."""
    high: float | None
    """Upper bound."""


class Tippett(Part):
    """Tippett plot: the share of test items whose log10 ratio is at least so large."""

    log10: list[float]
    """Logarithms to base 10 of likelihood ratios, rising."""
    fakes: list[float]
    """Share of the fakes at or above each."""
    reals: list[float]
    """Share of the reals at or above each."""


class Ratios(Part):
    """What the likelihood ratios rest on."""

    question: str
    """The two propositions that a ratio compares."""
    method: str
    """How a score becomes a ratio."""
    estimated_on: list[Population]
    """Val: calibration and bounds were fitted on it."""
    tested_on: list[Population]
    """Test: the figures below are of it."""
    relevance: str
    """What a reader must know of the population."""
    log10_low: float
    """Lower bound (ELUB) on the log10 ratio that the size of val allows."""
    log10_high: float
    """Upper bound."""
    bounds_method: str
    """Source of the bounds."""
    cllr: Estimate
    """Log-likelihood-ratio cost on test, within the bounds: 0 perfect, 1 no information."""
    min_cllr: Estimate
    """What the order of the same scores alone costs; the rest is calibration."""
    misleading_fakes: int
    """Fakes of test with a ratio below 1."""
    misleading_reals: int
    """Reals of test with a ratio above 1."""
    tippett: Tippett
    """Distribution on test, within the bounds."""


class CaseReport(Part):
    """A case report."""

    report: Literal["deepfake-case-report"] = "deepfake-case-report"
    """Kind of the document."""
    version: Literal["2.0"] = VERSION
    """Version of this schema."""
    created: str
    """When the report was made, UTC, ISO 8601."""
    file: File
    """The file."""
    credentials: Credentials
    """Its content credentials."""
    result: Result
    """What was found."""
    likelihood_ratios: Ratios | None
    """What the likelihood ratios rest on; None if they are refused."""
    no_likelihood_ratios: str
    """Why they are refused; empty if they are given."""
    model: Model
    """The model."""
    means: Means
    """By what means the report was made."""
    limits: str
    """What the report cannot tell."""
    html_sha256: str = Field(default="", pattern="^([0-9a-f]{64})?$")
    """SHA-256 of the HTML file that belongs to this one."""
    public_key_sha256: str = Field(default="", pattern="^([0-9a-f]{64})?$")
    """SHA-256 of the public key (SubjectPublicKeyInfo, DER) whose owner signed this file; empty if
    it is not signed."""


def json_schema() -> str:
    """Return the JSON Schema of a case report as text."""
    schema = CaseReport.model_json_schema(mode="serialization")
    return json.dumps({"$schema": SCHEMA_ID} | schema, indent=2) + "\n"


if __name__ == "__main__":
    print(json_schema(), end="")
