"""Render an answer as self-contained HTML that fetches no other resource."""

from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING

from app.drawing import colour, ink_on
from app.inputs import printable
from app.service import Answer, Refused
from app.timeline import timeline
from app.verdict import CANNOT_TELL, model_sentences, score_sentences, words_of

if TYPE_CHECKING:
    from app.explain import Face
    from app.report.page import Rendered

CSS = """
.answer {font-size: 1rem; line-height: 1.5; overflow-wrap: anywhere;}
.answer .verdict {border-left: .5rem solid; border-radius: .4rem; padding: .7rem 1rem;
  background: var(--background-fill-secondary);}
.answer .verdict h2 {margin: 0 0 .3rem; font-size: 1.35rem;}
.answer .verdict p {margin: .2rem 0;}
.answer .fake {border-color: #d83426;} .answer .real {border-color: #266ed6;}
.answer .undecided {border-color: #f0c43c;}
.answer .too-little, .answer .no-verdict, .answer .refused {border-color: #888;}
.answer .file, .answer .cannot {font-size: .9rem;}
.answer h3 {margin: 1.2rem 0 .4rem; font-size: 1.1rem;}
.answer summary {margin: 1.2rem 0 .4rem; font-size: 1.1rem; font-weight: 600; cursor: pointer;}
.answer video, .answer .picture {width: 100%; max-height: 70vh; object-fit: contain;
  background: #000; border-radius: .4rem;}
.answer .timeline {width: 100%; max-width: 36rem; height: auto; font-size: 11px;}
.answer .timeline text {fill: currentColor;}
.answer .timeline .grid {stroke: currentColor; opacity: .2;}
.answer .timeline .threshold {stroke: currentColor; stroke-dasharray: 6 4;}
.answer .timeline .curve {fill: none; stroke: currentColor; opacity: .6; stroke-width: 2;}
.answer .person {display: flex; gap: .8rem; align-items: center; margin: .4rem 0;}
.answer .person img {width: 4.5rem; aspect-ratio: 1; object-fit: cover; border-radius: .4rem;}
.answer .faces {display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr));
  gap: .8rem;}
.answer figure {margin: 0;} .answer figure div {display: flex;}
.answer figure img {width: 50%; aspect-ratio: 1; object-fit: cover;}
.answer figcaption {font-size: .85rem;}
.answer .downloads {display: flex; flex-wrap: wrap; gap: .6rem;}
.answer .download {border: 1px solid currentColor; border-radius: .4rem; padding: .3rem .8rem;
  color: var(--body-text-color); text-decoration: none;}
.preview {max-width: 100%; max-height: 40vh; border-radius: .4rem;}
.answer .chip {display: inline-block; padding: 0 .4rem; border-radius: .3rem;}
"""

# The visitor's own file, from their disk: nothing is asked of the server
SHOW_FILE = """
const preview = (file) => {
  const before = element.querySelector('[src]');
  if (before) URL.revokeObjectURL(before.src);
  element.replaceChildren();
  if (!file) return;
  const picture = file.type.startsWith('image/');
  const shown = document.createElement(picture ? 'img' : 'video');
  shown.className = 'preview';
  if (picture) shown.alt = 'Preview of ' + file.name; else shown.controls = true;
  shown.onerror = () => element.replaceChildren(
    'This browser cannot show ' + file.name + '; it can be checked all the same.');
  shown.src = URL.createObjectURL(file);
  element.append(shown);
};
const chosen = (event, files) => {
  if (event.target.closest?.('#upload') && files?.length) preview(files[0]);
};
document.addEventListener('change', (event) => chosen(event, event.target.files), true);
document.addEventListener('drop', (event) => chosen(event, event.dataTransfer.files), true);
window.preview = preview;
"""

# What can be downloaded is embedded once, as base64 text, and becomes a blob, from which the copy
# is shown too: not every browser plays a video of a data: URL
SHOW_COPY = """
const show = () => element.querySelectorAll('[data-content]').forEach((shown) => {
  const {content, type} = shown.dataset;
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const url = URL.createObjectURL(new Blob([bytes], {type}));
  shown.removeAttribute('data-content');
  if (shown.tagName !== 'A') shown.src = url;
  (shown.tagName === 'A' ? shown : shown.parentElement.querySelector('a')).href = url;
});
watch('value', show);
show();
"""


def answer_html(answer: Answer) -> str:
    """Render an answer as HTML for the page: words first, the numbers folded away."""
    analysis = answer.analysis
    words, clip = words_of(analysis), analysis.clip
    return "".join(
        [
            '<div class="answer">',
            f'<section class="verdict {words.kind}" role="status">'
            f"<h2>{escape(words.headline)}</h2>"
            f'<p class="file">{escape(printable(clip.name))}</p></section>',
            f"<h3>How sure</h3>{_paragraphs(words.sure)}",
            f'<p class="cannot">{escape(CANNOT_TELL)}</p>',
            f"<h3>What was looked at</h3>{_persons(answer, words.looked_at)}",
            _annotated(answer),
            f"<details><summary>The numbers</summary>{_numbers(answer)}</details>",
            _report(answer.report),
            "</div>",
        ]
    )


def _paragraphs(sentences: list[str]) -> str:
    return "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)


def _persons(answer: Answer, sentences: list[str]) -> str:
    """Each person with a face of theirs, if there is one among the chosen faces."""
    shown = {face.person: face.crop for face in reversed(answer.faces)}
    return "".join(
        f'<div class="person">{_picture(shown[person.number], f"person {person.number}")}'
        f"<span>{escape(sentence)}</span></div>"
        if person.number in shown
        else f"<p>{escape(sentence)}</p>"
        for person, sentence in zip(answer.analysis.persons, sentences, strict=True)
    )


def _numbers(answer: Answer) -> str:
    analysis, drawing = answer.analysis, timeline(answer.analysis)
    figures = "".join(_figure(face, bool(drawing)) for face in answer.faces)
    return "".join(
        [
            f'<p class="file">SHA-256 of the file: {analysis.clip.sha256}</p>',
            _paragraphs(score_sentences(analysis)),
            "".join(
                f"<p>Person {person.number}: P(fake) {_chip(person.p_fake)}, sharpness "
                f"{person.evidence.sharpness:.2f}</p>"
                for person in analysis.persons
            ),
            f"<h3>P(fake) over the clip</h3>{drawing}" if drawing else "",
            f"<h3>The model</h3>{_paragraphs(model_sentences(analysis.model))}",
            "<h3>Faces</h3><p>Each face, and beside it the regions that made the model score it "
            "as fake (Grad-CAM; brighter means more).</p>"
            f'<p class="cannot">{escape(answer.about_maps)}</p><div class="faces">{figures}</div>',
        ]
    )


def _report(report: "Rendered") -> str:
    links = "".join(
        f'<a class="download" download="report.{kind}" data-type="{mime}" '
        f'data-content="{b64encode(content).decode()}">{label}</a>'
        for kind, mime, label, content in (
            ("html", "text/html", "Report (HTML)", report.html.encode()),
            ("json", "application/json", "Data (JSON)", report.json.encode()),
            ("json.sig", "application/octet-stream", "Signature", report.signature),
        )
        if content
    )
    return (
        "<h3>Case report</h3><p>All of this as a document, with how strong it is as evidence, the "
        f'file\'s content credentials, and how it was made.</p><p class="downloads">{links}</p>'
    )


def refusal_html(refused: Refused) -> str:
    """Render the reason for a refusal as HTML for the page."""
    report = _report(refused.report) if refused.report else ""
    return (
        f'<div class="answer"><section class="verdict refused" role="alert">'
        f"<h2>No scores</h2><p>{escape(str(refused))}</p></section>{report}</div>"
    )


def _annotated(answer: Answer) -> str:
    remarks = "".join(f"<p>The file {escape(text)}.</p>" for text in answer.analysis.clip.remarks)
    return remarks + _marked(answer)


def _marked(answer: Answer) -> str:
    if answer.content is None:
        return f"<p>{escape(answer.unmarked)}</p>"
    content = b64encode(answer.content).decode()
    if answer.suffix == ".jpg":
        return (
            '<h3>Annotated picture</h3><div><img class="picture" alt="faces with P(fake)" '
            f'data-content="{content}" data-type="image/jpeg">'
            '<p><a download="annotated.jpg">Download</a></p></div>'
        )
    return (
        '<h3>Annotated clip</h3><div><video controls playsinline preload="auto" '
        f'data-content="{content}" data-type="video/mp4"></video>'
        '<p><a download="annotated.mp4">Download</a></p></div>'
    )


def _figure(face: "Face", in_clip: bool) -> str:
    pictures = _picture(face.crop, "face") + _picture(face.explained, "Grad-CAM map")
    time = f", {face.time:.2f} s" if in_clip else ""
    return (
        f"<figure><div>{pictures}</div><figcaption>Person {face.person}{time} "
        f"{_chip(face.p_fake)}</figcaption></figure>"
    )


def _picture(jpeg: bytes, alt: str) -> str:
    return f'<img alt="{alt}" src="data:image/jpeg;base64,{b64encode(jpeg).decode()}">'


def _chip(p_fake: float) -> str:
    paper, ink = colour(p_fake), ink_on(colour(p_fake))
    return (
        f'<span class="chip" style="background:{_css(paper)};color:{_css(ink)}">{p_fake:.2f}</span>'
    )


def _css(rgb: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)
