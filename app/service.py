"""The work behind the web page: models are loaded once, then items are scored on request."""

import sys
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import numpy as np

from app.analysis import Analysis, score
from app.annotate import annotated
from app.clip import NoFace, read_clip
from app.explain import Explainer, Face
from app.limits import PageLimits
from app.models import load_models
from app.report.case import About, about, case_report
from app.report.page import Rendered, render
from stages.common.errors import ItemError
from stages.common.picture import encode_png
from stages.explain.gradcam import grad_cam
from stages.faces.preprocessing import load_preprocessing

Report = Callable[[float, str], None]
"""Progress callback: called with the fraction done, in [0, 1], and the current step."""

ERROR = "The server had an internal error. Its administrator can find the reason in the log."


class Refused(Exception):
    """An item cannot be scored; the message tells the visitor why."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


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

    analysis: Analysis
    content: bytes | None
    suffix: str
    unmarked: str
    faces: list[Face]
    about_maps: str
    report: Rendered


class Service:
    """Loaded models, and the limits on items.

    Parameters
    ----------
    limits : PageLimits
        Limits on the items.

    Raises
    ------
    PipelineError
        No model is trained, or params.yaml cannot be used.
    """

    def __init__(self, limits: PageLimits) -> None:
        self.limits = limits
        self.preprocessing = limits.on(load_preprocessing())
        self.models = load_models()
        self.members = {
            member.name: member for model in self.models.values() for member in model.members
        }
        maps = {name: grad_cam(member.network) for name, member in self.members.items()}
        self._explainers = {
            name: Explainer({member.name: maps[member.name] for member in model.members})
            for name, model in self.models.items()
        }
        self._about: Future[dict[str, About]] = Future()
        Thread(target=self._prepare, daemon=True).start()

    def _prepare(self) -> None:
        """Do what the first answer needs, while visitors can open the page already.

        Keras builds its graphs, a minute's work for a deep network. What reports say of the models
        is gathered now, as their files may change while the server runs.
        """
        try:
            about_models = {name: about(model) for name, model in self.models.items()}
            blank = encode_png(np.zeros((8, 8, 3), np.uint8))
            name, last = next(reversed(self.models.items()))  # the ensemble has all members
            last.score_faces([blank])
            self._explainers[name].pictures([blank])
        except Exception as error:
            self._about.set_exception(error)
        else:
            self._about.set_result(about_models)

    def scores(self, path: Path, model: str, report: Report) -> Analysis:
        """Score an item.

        Raises
        ------
        Refused
            It shows no face, cannot be read, is beyond a limit, the model is unknown, or the
            server has an error.
        """
        if model not in list(self.models):  # a list, as a visitor may send what has no hash
            raise Refused(
                "unknown_model",
                f"There is no such model; expected one of {', '.join(self.models)}.",
            )
        report(0, "Getting ready")
        try:
            self._about.result()
            if path.stat().st_size > self.limits.bytes:
                raise ItemError(f"is larger than {self.limits.megabytes} MB")
            report(0.05, "Looking for faces")
            clip = read_clip(path, self.preprocessing)
            report(0.5, "Scoring faces")
            return score(clip, self.models[model])
        except NoFace:
            raise Refused(
                "no_face",
                "No face was found. Faces must be large enough and not turned away from the "
                "camera.",
            ) from None
        except ItemError as error:
            raise Refused(
                "unreadable", f"This file cannot be used: it {_verb(error, path)}"
            ) from None
        except Exception:
            traceback.print_exc(file=sys.stderr)
            raise Refused("error", ERROR) from None

    def answer(self, path: Path, model: str, report: Report) -> Answer:
        """Score an item, annotate it, and explain its faces; raises the errors of `scores`."""
        analysis = self.scores(path, model, report)
        try:
            report(0.6, "Drawing on every frame")
            content, suffix, unmarked = None, "", ""
            try:
                content, suffix = annotated(
                    path, analysis, self.preprocessing.frames, self.limits.bytes
                )
            except ItemError as error:
                unmarked = f"There is no annotated copy: the file {_verb(error, path)}"
            report(0.95, "Explaining")
            maps = self._explainers[model]
            faces = maps.faces(analysis)
            case = self._report(path, analysis, faces, maps.about)
            return Answer(analysis, content, suffix, unmarked, faces, maps.about, case)
        except Exception:
            traceback.print_exc(file=sys.stderr)
            raise Refused("error", ERROR) from None

    def _report(
        self, path: Path, analysis: Analysis, faces: list[Face], about_maps: str
    ) -> Rendered:
        common = self._about.result()[analysis.model.name]
        report = case_report(path, path.name, analysis, faces, self.preprocessing, common)
        return render(report, analysis, faces, about_maps)


def _verb(error: ItemError, path: Path) -> str:
    """Phrase an error to follow "it": most messages begin with a verb, some with a subject."""
    message = str(error).replace(str(path), "it")
    first = message.split(" ", 1)[0]
    if first in ("its", "the", "frame") or not first.islower():
        return f"cannot be decoded ({message})."
    return message.rstrip(".") + "."
