"""Score clips and pictures, and draw the scores on their faces.

Command
    ``python -m app.predict CLIP… [--model NAME] [--annotate OUT] [--json | --out FOLDER]``
Reads
    the items (files, folders, patterns); ``params.yaml``; ``models/``;
    ``metrics/ensembles.json``; ``dvc.lock``, for the parameters that the models were trained with
Writes
    scores to standard output, or with ``--out`` to ``scores.jsonl`` and ``scores.csv``; the same
    command then goes on where it was stopped. With ``--annotate``, a video or picture with the
    faces marked

Exit codes
    0  every item was scored, and each shows one person
    1  params.yaml or a file of the model cannot be used, or they do not belong together
    2  the command line is wrong
    3  no model is trained yet, or not the requested one
    4  an item cannot be read
    5  an item shows no face
    6  every item was scored, and at least one shows several persons: see the score of each person
    7  every item was scored, and an annotated copy could not be made

If several of 4 to 7 apply, the lowest is returned. The remaining items are scored in any case.
"""

# Slow imports are deferred to the functions that need them, because the process that decodes an
# item imports this module first
import argparse
import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stages.common.errors import ItemError, MachineFailure, PipelineError
from stages.common.quiet import quiet_libraries

if TYPE_CHECKING:
    from app.analysis import Analysis
    from app.models import Model
    from stages.faces.preprocessing import Preprocessing

SCORED, NO_MODEL, UNREADABLE, NO_FACE, SEVERAL_PERSONS, NOT_ANNOTATED = 0, 3, 4, 5, 6, 7

_MOST_URGENT = (UNREADABLE, NO_FACE, SEVERAL_PERSONS, NOT_ANNOTATED)


def main(args: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(args)
    quiet_libraries()
    from app.inputs import items_named
    from app.trained import NoModel

    items = items_named(options.paths)
    if options.annotate and len(items) > 1 and options.annotate.suffix:
        _parser().error(f"--annotate {options.annotate}: name a folder for {len(items)} items")
    try:
        return _predict(items, options)
    except NoModel as error:
        print(f"error: {error}", file=sys.stderr)
        return NO_MODEL
    except PipelineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _predict(items: list[Path], options: argparse.Namespace) -> int:
    from app.batch import Answers, run_digest, sha256_of
    from app.inputs import check_kind, printable
    from app.trained import check_trained, trained
    from stages.common.progress import progress

    check_trained(options.model)
    name = options.model or trained()[-1]
    stored = Answers(options.out, run_digest(name)) if options.out else None
    loaded, codes = None, []
    with progress("score", len(items)) if len(items) > 1 else nullcontext() as bar:
        for path in items:
            sha256 = sha256_of(path) if stored else ""
            if not stored or not stored.has(path, sha256):
                try:
                    check_kind(path)
                    loaded = loaded or load_one(name)
                    answer = _answer(path, *loaded, options.annotate)
                except ItemError as error:
                    answer = _unreadable(path, error)
                if stored:
                    stored.add(answer, sha256)
                else:
                    codes.append(_code(answer))
                    said = json.dumps(answer) if options.json else _as_text(answer)
                    print(printable(said), flush=True)
            if bar is not None:
                bar.update()
    if stored:
        stored.write_table(items)
        codes = [_code(answer) for answer in stored.of(items)]
        print(f"{len(codes)} items: {stored.lines} and {stored.table}")
    return next((code for code in _MOST_URGENT if code in codes), SCORED)


def load_one(name: str) -> tuple["Model", "Preprocessing"]:
    """Load one model and the preprocessing; takes up to a minute."""
    print("Loading the model", file=sys.stderr, flush=True)
    from app.models import load_models
    from app.provenance import check_provenance
    from stages.faces.preprocessing import load_preprocessing

    preprocessing = load_preprocessing()
    (model,) = load_models(name).values()
    for unknown in check_provenance(model.members):
        print(f"warning: {unknown}", file=sys.stderr)
    return model, preprocessing


def _unreadable(path: Path, error: ItemError) -> dict[str, Any]:
    answer = {"item": str(path), "status": "unreadable", "error": str(error)}
    # The next run with the same --out tries again what the machine, not the file, is to blame for
    return answer | ({"again": True} if isinstance(error, MachineFailure) else {})


def _code(answer: dict[str, Any]) -> int:
    """Exit code of one answer."""
    if answer["status"] != "scored":
        return NO_FACE if answer["status"] == "no_face" else UNREADABLE
    if len(answer["persons"]) > 1:
        return SEVERAL_PERSONS
    return NOT_ANNOTATED if "not_annotated" in answer else SCORED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m app.predict",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="+", metavar="CLIP", help="file, folder or 'pattern'")
    parser.add_argument("--model", metavar="NAME", help="a backbone, or ensemble (the default)")
    parser.add_argument(
        "--annotate",
        metavar="OUT",
        type=Path,
        help="output file for the annotated item; a folder if there are several items",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object per item")
    form.add_argument(
        "--out", metavar="FOLDER", type=Path, help="write scores.jsonl and scores.csv; resumes"
    )
    return parser


def _answer(
    path: Path, model: "Model", preprocessing: "Preprocessing", annotate: Path | None
) -> dict[str, Any]:
    """Score one item and return the answer; a copy that cannot be made costs no score."""
    from app.analysis import analyse
    from app.as_json import as_json
    from app.clip import NoFace
    from app.inputs import named_in_utf8

    with named_in_utf8(path) as readable:
        try:
            analysis = analyse(readable, model, preprocessing)
        except NoFace as error:
            return {"item": str(path), "status": "no_face", "error": str(error)}
        except ItemError as error:
            return _unreadable(path, error)
        answer = {"item": str(path), "status": "scored"} | as_json(analysis)
        answer["file"] = path.name  # and not that of the link
        if annotate:
            try:
                copy = _write_annotated(readable, path.name, analysis, preprocessing, annotate)
                answer["annotated"] = str(copy)
            except ItemError as error:
                answer["not_annotated"] = str(error)
            except OSError as error:
                answer["not_annotated"] = f"cannot be written: {error.strerror}"
    return answer


def _write_annotated(
    path: Path, name: str, analysis: "Analysis", preprocessing: "Preprocessing", out: Path
) -> Path:
    from app.annotate import annotated
    from stages.common.files import write_whole
    from stages.common.sandbox import ANSWER

    content, suffix = annotated(path, analysis, preprocessing.frames, ANSWER)
    target = out.with_suffix(suffix) if out.suffix else out / f"{name}.annotated{suffix}"
    write_whole(target, content)
    return target


def _as_text(answer: dict[str, Any]) -> str:
    if "error" in answer:
        return f"{answer['item']}: {answer['error']}"
    lines = [f"{answer['item']}: {answer['headline']}"]
    lines += [f"  {sentence}" for sentence in [*answer["reasons"], *answer["scores"]]]
    lines += [f"  note: the file {remark}" for remark in answer["remarks"]]
    if len(answer["persons"]) > 1:
        lines.append(f"  {len(answer['persons'])} persons, each with a verdict and score")
    for person, looked_at in zip(answer["persons"], answer["looked_at"], strict=True):
        lines.append(f"  {looked_at}; P(fake) {person['p_fake']:.3f}")
        lines += [
            f"    {face['time']:8.3f} s  frame {face['frame']:6d}  {face['p_fake']:.3f}"
            for face in answer["faces"]
            if face["person"] == person["person"]
        ]
    if "not_annotated" in answer:
        lines.append(f"  not annotated: the file {answer['not_annotated']}")
    lines.append(f"  SHA-256 {answer['sha256']}")
    if "annotated" in answer:
        lines.append(f"  annotated: {answer['annotated']}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
