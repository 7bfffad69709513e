"""The work behind the web page: models are loaded once, then items are scored on request."""

# Keras and the models take most of the server's start: what needs them is imported when it is used,
# so that the page opens before
import sys
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.limits import PageLimits
from app.trained import check_trained, trained
from stages.common.errors import ItemError
from stages.faces.preprocessing import load_preprocessing

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from app.analysis import Analysis
    from app.clip import NoFace
    from app.explain import Face
    from app.loaded import Loaded
    from app.report.page import Rendered

Report = Callable[[float, str], None]
"""Progress callback: called with the fraction done, in [0, 1], and the current step."""

ERROR = "The server had an internal error. Its administrator can find the reason in the log."


class Refused(Exception):
    """An item cannot be scored; the message tells the visitor why.

    Parameters
    ----------
    kind : str
        The status in the API's answer.
    message : str
        What the visitor reads.
    found : NoFace, optional
        What was looked at, if no face was found.
    report : Rendered, optional
        The case report on that.
    """

    def __init__(
        self,
        kind: str,
        message: str,
        found: "NoFace | None" = None,
        report: "Rendered | None" = None,
    ) -> None:
        super().__init__(message)
        self.kind, self.found, self.report = kind, found, report


@dataclass(frozen=True)
class Answer:
    """The content of the page's answer.

    Attributes
    ----------
    analysis : Analysis
        The scores.
    content : bytes or None
        The annotated item; None if it could not be created.
    suffix : str
        ``.mp4`` or ``.jpg``.
    unmarked : str
        Why there is no annotated item; empty if there is one.
    faces : list of Face
        A selection of the faces, spread over persons and time.
    about_maps : str
        Description of the resolution of the maps.
    report : Rendered
        The case report.
    """

    analysis: "Analysis"
    content: bytes | None
    suffix: str
    unmarked: str
    faces: list["Face"]
    about_maps: str
    report: "Rendered"


class Service:
    """The trained models, and the limits on items.

    Parameters
    ----------
    limits : PageLimits
        Limits on the items.
    key : Ed25519PrivateKey, optional
        Signs the case reports.

    Attributes
    ----------
    names : list of str
        Names of the models; the ensemble, if any, is the last.

    Raises
    ------
    PipelineError
        No model is trained, or params.yaml cannot be used.
    """

    def __init__(self, limits: PageLimits, key: "Ed25519PrivateKey | None" = None) -> None:
        check_trained(None)
        self.limits, self.names, self._key = limits, trained(), key
        self._preprocessing = limits.on(load_preprocessing())
        self._loaded: Future[Loaded] = Future()

    def load(self) -> "Loaded":
        """Load the models, while visitors can open the page already; answers wait for it.

        Raises
        ------
        PipelineError
            A model is damaged, was written by another version of this project, or was made with
            other parameters than those of params.yaml.
        """
        from app.loaded import load_all

        try:
            loaded = load_all()
        except Exception as error:
            self._loaded.set_exception(error)
            raise
        self._loaded.set_result(loaded)
        return loaded

    def scores(self, path: Path, model: str, report: Report) -> "Analysis":
        """Score an item.

        Raises
        ------
        Refused
            It shows no face, cannot be read, is beyond a limit, the model is unknown, or the
            server has an error.
        """
        if model not in self.names:  # a list, as a visitor may send what has no hash
            raise Refused(
                "unknown_model",
                f"There is no such model; expected one of {', '.join(self.names)}.",
            )
        report(0, "Getting ready")
        loaded = self._when_loaded()
        from app.analysis import score
        from app.clip import NoFace, read_clip

        with _errors_logged():
            try:
                if path.stat().st_size > self.limits.bytes:
                    raise ItemError(f"is larger than {self.limits.megabytes} MB")
                report(0.05, "Looking for faces")
                clip = read_clip(path, self._preprocessing)
                report(0.5, "Scoring faces")
                return score(clip, loaded.models[model])
            except NoFace as found:
                raise Refused(
                    "no_face",
                    "No face was found. Faces must be large enough and not turned away from the "
                    "camera.",
                    found,
                ) from None
            except ItemError as error:
                raise Refused(
                    "unreadable", f"This file cannot be used: it {_verb(error, path)}"
                ) from None

    def _when_loaded(self) -> "Loaded":
        with _errors_logged():
            return self._loaded.result()

    def answer(self, path: Path, model: str, report: Report) -> Answer:
        """Score an item, annotate it, and explain its faces; raises the errors of `scores`.

        A refusal for want of a face holds the case report on that.
        """
        try:
            analysis = self.scores(path, model, report)
        except Refused as refused:
            if refused.found is None:
                raise
            with _errors_logged():
                case = self._report(path, model, refused.found, [], "")
            raise Refused(refused.kind, str(refused), refused.found, case) from None
        from app.annotate import annotated

        with _errors_logged():
            report(0.6, "Drawing on every frame")
            content, suffix, unmarked = None, "", ""
            try:
                content, suffix = annotated(
                    path, analysis, self._preprocessing.frames, self.limits.bytes
                )
            except ItemError as error:
                unmarked = f"There is no annotated copy: the file {_verb(error, path)}"
            report(0.95, "Explaining")
            maps = self._loaded.result().explainers[model]
            faces = maps.faces(analysis)
            case = self._report(path, model, analysis, faces, maps.about)
            return Answer(analysis, content, suffix, unmarked, faces, maps.about, case)

    def _report(
        self,
        path: Path,
        model: str,
        found: "Analysis | NoFace",
        faces: list["Face"],
        about_maps: str,
    ) -> "Rendered":
        from app.report.case import case_report
        from app.report.page import render

        common = self._loaded.result().about[model]
        report = case_report(path, path.name, found, faces, self._preprocessing, common)
        return render(report, found, faces, about_maps, self._key)


@contextmanager
def _errors_logged() -> Iterator[None]:
    """Write an error of the server into the log, and tell the visitor no more than that."""
    try:
        yield
    except Refused:
        raise
    except Exception:
        traceback.print_exc(file=sys.stderr)
        raise Refused("error", ERROR) from None


def _verb(error: ItemError, path: Path) -> str:
    """Phrase an error to follow "it": most messages begin with a verb, some with a subject."""
    message = str(error).replace(str(path), "it")
    first = message.split(" ", 1)[0]
    if first in ("its", "the", "frame") or not first.islower():
        return f"cannot be decoded ({message})."
    return message.rstrip(".") + "."
