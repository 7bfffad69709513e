"""Render an answer as self-contained HTML that fetches no other resource."""

from base64 import b64encode
from html import escape

from app.drawing import colour
from app.service import Answer, Face, Refused
from app.timeline import timeline
from app.verdict import CANNOT_TELL, verdict_of

CSS = """
.answer {font-size: 1rem; line-height: 1.5; overflow-wrap: anywhere;}
.answer .verdict {border-left: .5rem solid; border-radius: .4rem; padding: .7rem 1rem;
  background: var(--background-fill-secondary);}
.answer .verdict h2 {margin: 0 0 .3rem; font-size: 1.35rem;}
.answer .verdict p {margin: .2rem 0;}
.answer .fake {border-color: #d83426;} .answer .real {border-color: #266ed6;}
.answer .unsure {border-color: #f0c43c;}
.answer .demonstration, .answer .refused {border-color: #888;}
.answer .cannot {font-size: .9rem; opacity: .85;}
.answer h3 {margin: 1.2rem 0 .4rem; font-size: 1.1rem;}
.answer video, .answer .picture {width: 100%; max-height: 70vh; object-fit: contain;
  background: #000; border-radius: .4rem;}
.answer .timeline {width: 100%; max-width: 36rem; height: auto; font-size: 11px;}
.answer .timeline text {fill: currentColor;}
.answer .timeline .grid {stroke: currentColor; opacity: .2;}
.answer .timeline .threshold {stroke: currentColor; stroke-dasharray: 6 4;}
.answer .timeline .curve {fill: none; stroke: currentColor; opacity: .6; stroke-width: 2;}
.answer .faces {display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr));
  gap: .8rem;}
.answer figure {margin: 0;} .answer figure div {display: flex;}
.answer figure img {width: 50%; aspect-ratio: 1; object-fit: cover;}
.answer figcaption {font-size: .85rem;}
.answer .chip {display: inline-block; padding: 0 .4rem; border-radius: .3rem; color: #fff;
  text-shadow: 0 0 2px #000, 0 0 2px #000;}
"""

# The copy is embedded once, as base64 text, and shown and downloaded as one blob; not every browser
# plays a video of a data: URL
SHOW_COPY = """
const show = () => element.querySelectorAll('[data-content]').forEach((shown) => {
  const {content, type} = shown.dataset;
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  shown.removeAttribute('data-content');
  shown.src = URL.createObjectURL(new Blob([bytes], {type}));
  shown.parentElement.querySelector('a').href = shown.src;
});
watch('value', show);
show();
"""


def answer_html(answer: Answer) -> str:
    """Render an answer as HTML for the page."""
    analysis = answer.analysis
    verdict = verdict_of(analysis)
    details = "".join(f"<p>{escape(sentence)}</p>" for sentence in verdict.details)
    parts = [
        f'<section class="verdict {verdict.kind}" role="status">'
        f"<h2>{escape(verdict.headline)}</h2>{details}</section>",
        f'<p class="cannot">{escape(CANNOT_TELL)}</p>',
        _annotated(answer),
    ]
    drawing = timeline(analysis)
    if drawing:
        parts.append(f"<h3>P(fake) over the clip</h3>{drawing}")
    persons = "".join(
        f"<p>Person {person.track}: {_chip(person.p_fake)} over {person.faces} "
        f"{'frame' if person.faces == 1 else 'frames'}</p>"
        for person in analysis.persons
    )
    parts.append(
        f"<h3>Faces</h3>{persons}<p>Each face, and beside it the regions that made the model "
        "score it as fake (Grad-CAM; brighter means more).</p>"
        f'<p class="cannot">{escape(answer.about_maps)} Scores of single faces are calibrated '
        "per face, those of persons and of the clip over all their frames.</p>"
        f'<div class="faces">{"".join(_figure(face, bool(drawing)) for face in answer.faces)}</div>'
    )
    return f'<div class="answer">{"".join(parts)}</div>'


def refusal_html(refused: Refused) -> str:
    """Render the reason for a refusal as HTML for the page."""
    return (
        f'<div class="answer"><section class="verdict refused" role="alert">'
        f"<h2>No scores</h2><p>{escape(str(refused))}</p></section></div>"
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


def _figure(face: Face, in_clip: bool) -> str:
    pictures = "".join(
        f'<img alt="{alt}" src="data:image/jpeg;base64,{b64encode(picture).decode()}">'
        for alt, picture in (("face", face.crop), ("Grad-CAM map", face.explained))
    )
    time = f", {face.time:.2f} s" if in_clip else ""
    return (
        f"<figure><div>{pictures}</div><figcaption>Person {face.track}{time} "
        f"{_chip(face.p_fake)}</figcaption></figure>"
    )


def _chip(p_fake: float) -> str:
    rgb = "#{:02x}{:02x}{:02x}".format(*colour(p_fake))
    return f'<span class="chip" style="background:{rgb}">{p_fake:.2f}</span>'
