"""Score clips and pictures, and draw the scores on their faces.

Command
    ``python -m app.predict CLIP… [--model NAME] [--annotate OUT] [--json]``
Reads
    the items (files, folders, patterns); ``params.yaml``; ``models/``;
    ``metrics/ensembles.json``; ``dvc.lock``, for the parameters that the models were trained with
Writes
    scores to standard output; with ``--annotate``, a video or picture with the faces marked

Exit codes
    0  every item was scored, and each shows one person
    1  params.yaml or a file of the model cannot be used, or they do not belong together
    2  the command line is wrong
    3  no model is trained yet, or not the requested one
    4  an item cannot be read
    5  an item shows no face
    6  every item was scored, and at least one shows several persons: see the score of each person

If several of 4, 5 and 6 apply, the lowest is returned. The remaining items are scored in any case.
"""

# Slow imports are deferred to the functions that need them, because the process that decodes an
# item imports this module first
import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stages.common.errors import ItemError, PipelineError

if TYPE_CHECKING:
    from app.analysis import Analysis
    from app.clip import Preprocessing
    from app.models import Model

SCORED, NO_MODEL, UNREADABLE, NO_FACE, SEVERAL_PERSONS = 0, 3, 4, 5, 6

_STATUS = {
    SCORED: "scored",
    SEVERAL_PERSONS: "scored",
    NO_FACE: "no_face",
    UNREADABLE: "unreadable",
}


def main(args: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(args)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from app.clip import load_preprocessing
    from app.inputs import items_named
    from app.models import NoModel, load_models, trained
    from app.provenance import check_provenance

    items = items_named(options.paths)
    if options.annotate and len(items) > 1 and options.annotate.suffix:
        _parser().error(f"--annotate {options.annotate}: name a folder for {len(items)} items")
    try:
        preprocessing = load_preprocessing()
        name = options.model or next(reversed(trained()), None)
        (model,) = load_models(name).values()
        for unknown in check_provenance(model.members):
            print(f"warning: {unknown}", file=sys.stderr)
    except NoModel as error:
        print(f"error: {error}", file=sys.stderr)
        return NO_MODEL
    except PipelineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    codes = []
    for path in items:
        code, answer = _answer(path, model, preprocessing, options.annotate)
        codes.append(code)
        print(json.dumps(answer) if options.json else _as_text(answer), flush=True)
    return next((code for code in (UNREADABLE, NO_FACE, SEVERAL_PERSONS) if code in codes), SCORED)


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
    parser.add_argument("--json", action="store_true", help="print one JSON object per item")
    return parser


def _answer(
    path: Path, model: "Model", preprocessing: "Preprocessing", annotate: Path | None
) -> tuple[int, dict[str, Any]]:
    """Score one item; return its exit code and the answer to print."""
    from app.analysis import analyse
    from app.as_json import as_json
    from app.clip import NoFace

    try:
        analysis = analyse(path, model, preprocessing)
        answer = as_json(analysis)
        if annotate:
            answer["annotated"] = str(_write_annotated(path, analysis, preprocessing, annotate))
    except NoFace as error:
        code, answer = NO_FACE, {"error": str(error)}
    except ItemError as error:
        code, answer = UNREADABLE, {"error": str(error)}
    else:
        code = SEVERAL_PERSONS if len(analysis.persons) > 1 else SCORED
    return code, {"item": str(path), "status": _STATUS[code]} | answer


def _write_annotated(
    path: Path, analysis: "Analysis", preprocessing: "Preprocessing", out: Path
) -> Path:
    from app.annotate import annotated
    from stages.common.files import write_whole
    from stages.common.sandbox import ANSWER

    content, suffix = annotated(path, analysis, preprocessing.frames, ANSWER)
    target = out.with_suffix(suffix) if out.suffix else out / f"{path.name}.annotated{suffix}"
    write_whole(target, content)
    return target


def _as_text(answer: dict[str, Any]) -> str:
    if "error" in answer:
        return f"{answer['item']}: {answer['error']}"
    lines = [f"{answer['item']}: {answer['headline']}"]
    lines += [f"  {sentence}" for sentence in [*answer["reasons"], *answer["scores"]]]
    if len(answer["persons"]) > 1:
        lines.append(f"  {len(answer['persons'])} persons, each with a verdict and score")
    for person, looked_at in zip(answer["persons"], answer["looked_at"], strict=True):
        lines.append(f"  {looked_at}; P(fake) {person['p_fake']:.3f}")
        lines += [
            f"    {face['time']:8.3f} s  frame {face['frame']:6d}  {face['p_fake']:.3f}"
            for face in answer["faces"]
            if face["person"] == person["person"]
        ]
    lines.append(f"  SHA-256 {answer['sha256']}")
    if "annotated" in answer:
        lines.append(f"  annotated: {answer['annotated']}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
