"""Write a case report on a clip or picture, or check the signature of one.

Command
    ``python -m app.report FILE --out FOLDER [--model NAME] [--key PRIVATE.pem]``
    ``python -m app.report --verify REPORT.json --public-key PUBLIC.pem``
Reads
    the file; ``params.yaml``; ``models/``; ``metrics/scores/``, for likelihood ratios;
    ``metrics/cards/``; ``metrics/ensembles.json``; ``dvc.lock``
Writes
    ``report.html`` and ``report.json`` (docs/case-report.schema.json) to the folder, with ``--key``
    also the signature ``report.json.sig``

Exit codes
    0  the report was written, or the signature is valid
    1  something cannot be used, or the signature is not valid
    2  the command line is wrong
    3  no model is trained yet, or not the requested one
    4  the file cannot be read
    5  it shows no face, and the report says so
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.predict import NO_FACE, NO_MODEL, SCORED, UNREADABLE
from stages.common.errors import InputError, ItemError, PipelineError
from stages.common.quiet import quiet_libraries

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

REPORT = "report.json"


def main(args: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = _parser()
    options = parser.parse_args(args)
    if options.verify:
        if options.public_key is None:
            parser.error("--verify needs --public-key")
        return _verify(options.verify, options.public_key)
    if options.file is None or options.out is None:
        parser.error("name a FILE and --out, or a report to --verify")
    quiet_libraries()
    from app.inputs import printable
    from app.trained import NoModel

    try:
        return _write(options)
    except ItemError as error:
        print(printable(f"error: {options.file} {error}"), file=sys.stderr)
        return UNREADABLE
    except NoModel as error:
        print(f"error: {error}", file=sys.stderr)
        return NO_MODEL
    except PipelineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _verify(report: Path, public_key: Path) -> int:
    from app.report.signature import read_public_key, verify

    try:
        print(f"valid: {verify(report, read_public_key(public_key))}")
    except InputError as error:
        print(f"invalid: {error}", file=sys.stderr)
        return 1
    return 0


def _write(options: argparse.Namespace) -> int:
    from app.inputs import check_kind, named_in_utf8
    from app.report.signature import read_private_key
    from app.trained import check_trained, trained

    check_kind(options.file)
    check_trained(options.model)
    key = read_private_key(options.key) if options.key else None
    if (options.out / REPORT).exists():
        raise InputError(f"{options.out} holds a case report already: name another folder")
    with named_in_utf8(options.file) as readable:
        return _report(readable, options, options.model or trained()[-1], key)


def _report(
    path: Path, options: argparse.Namespace, model_name: str, key: "Ed25519PrivateKey | None"
) -> int:
    from app.analysis import Analysis, analyse
    from app.clip import NoFace
    from app.explain import Explainer
    from app.predict import load_one
    from app.report.case import about, case_report
    from app.report.page import render
    from app.report.signature import signature_path
    from stages.common.files import write_whole
    from stages.explain.gradcam import grad_cam

    model, preprocessing = load_one(model_name)
    name, common = options.file.name, about(model)
    found: Analysis | NoFace
    faces, about_maps = [], ""
    try:
        found = analyse(path, model, preprocessing)
    except NoFace as no_face:
        found = no_face
    else:
        maps = Explainer({member.name: grad_cam(member.network) for member in model.members})
        faces, about_maps = maps.faces(found), maps.about
    report = case_report(path, name, found, faces, preprocessing, common)
    rendered = render(report, found, faces, about_maps, key)
    written = options.out / REPORT
    write_whole(written.with_suffix(".html"), rendered.html)
    write_whole(written, rendered.json)
    if rendered.signature:
        write_whole(signature_path(written), rendered.signature)
    signed = f", signed as {signature_path(written).name}" if rendered.signature else ""
    print(f"{report.result.headline}: {written.with_suffix('.html')} and {written.name}{signed}")
    return SCORED if report.result.persons else NO_FACE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m app.report",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="clip or picture")
    parser.add_argument("--out", metavar="FOLDER", type=Path, help="where the report is written")
    parser.add_argument("--model", metavar="NAME", help="a backbone, or ensemble (the default)")
    parser.add_argument(
        "--key", metavar="PEM", type=Path, help="private Ed25519 key that signs the report"
    )
    parser.add_argument("--verify", metavar="REPORT", type=Path, help="check the signature of one")
    parser.add_argument("--public-key", metavar="PEM", type=Path, help="the signer's public key")
    return parser


if __name__ == "__main__":
    sys.exit(main())
