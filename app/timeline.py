"""Plot P(fake) over the time of a clip as SVG."""

from html import escape
from typing import TYPE_CHECKING

from app.drawing import colour

if TYPE_CHECKING:
    from app.analysis import Analysis

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 360, 150, 28, 20  # fits the width of a phone


def timeline(analysis: "Analysis") -> str:
    """Plot the scores of frames over time, with the threshold if there is a verdict.

    Returns
    -------
    str
        An SVG element that scales to its parent and takes its text colour; empty for one frame.
    """
    frames = analysis.clip.frames.set_index("frame")["time"]
    points = [(frames[frame], p_fake) for frame, p_fake in analysis.frames.items()]
    if len(frames) < 2:
        return ""
    end = max(float(frames.max()), 1e-6)

    def x(time: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - 10) * time / end

    def y(p_fake: float) -> float:
        return 8 + (_HEIGHT - _BOTTOM - 8) * (1 - p_fake)

    marks = [
        f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y(p)}" y2="{y(p)}" class="grid"/>'
        f'<text x="{_LEFT - 6}" y="{y(p) + 4}" text-anchor="end">{p:g}</text>'
        for p in (0, 0.5, 1)
    ]
    if not analysis.model.no_verdict:
        level = y(analysis.model.threshold)
        marks.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{level:.1f}" y2="{level:.1f}" '
            'class="threshold"/>'
            f'<text x="{_WIDTH - 4}" y="{level - 4:.1f}" text-anchor="end">threshold</text>'
        )
    path = " ".join(f"{x(time):.1f},{y(p_fake):.1f}" for time, p_fake in points)
    marks.append(f'<polyline points="{path}" class="curve"/>')
    for time, p_fake in points:
        rgb = "#{:02x}{:02x}{:02x}".format(*colour(p_fake))
        marks.append(
            f'<circle cx="{x(time):.1f}" cy="{y(p_fake):.1f}" r="4" fill="{rgb}">'
            f"<title>{time:.2f} s: P(fake) {p_fake:.2f}</title></circle>"
        )
    marks.append(f'<text x="{_LEFT}" y="{_HEIGHT - 4}">0 s</text>')
    marks.append(f'<text x="{_WIDTH - 10}" y="{_HEIGHT - 4}" text-anchor="end">{end:.1f} s</text>')
    said = escape(f"P(fake) of {len(points)} frames over {end:.1f} seconds")
    return (
        f'<svg class="timeline" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{said}">'
        f"{''.join(marks)}</svg>"
    )
