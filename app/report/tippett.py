"""Draw a Tippett plot as SVG."""

from html import escape

from app.report.schema import Ratios

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 420, 240, 44, 18, 44


def tippett(ratios: Ratios, cases: dict[int, float]) -> str:
    """Draw the share of fakes and of reals of test whose ratio is at least so large.

    Parameters
    ----------
    ratios : Ratios
        With the plot's points.
    cases : dict of int to float
        log10 ratios of the persons of this case by their numbers, drawn as vertical lines.

    Returns
    -------
    str
        An SVG element that scales to its parent and takes its text colour.
    """
    plot = ratios.tippett
    start, end = min(plot.log10[0], -0.5), max(plot.log10[-1], 0.5)

    def x(log10: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - 12) * (log10 - start) / (end - start)

    def y(share: float) -> float:
        return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - share)

    parts = []
    for share in (0, 0.5, 1):
        parts.append(_line(_LEFT, _WIDTH - 12, y(share), y(share), "grid"))
        parts.append(_text(_LEFT - 6, y(share) + 4, f"{share:.0%}", "end"))
    for log10 in _ticks(start, end):
        parts.append(_line(x(log10), x(log10), _TOP, y(0), "grid"))
        parts.append(_text(x(log10), y(0) + 16, f"{log10:g}", "middle"))
    for number, log10 in cases.items():
        parts.append(_line(x(log10), x(log10), _TOP, y(0), "case"))
        name = "this case" if len(cases) == 1 else f"person {number}"
        side = "end" if x(log10) > _WIDTH / 2 else "start"
        parts.append(_text(x(log10), _TOP - 6, name, side))
    for name, shares in (("fakes", plot.fakes), ("reals", plot.reals)):
        points = " ".join(
            f"{x(log10):.1f},{y(share):.1f}"
            for log10, share in zip(plot.log10, shares, strict=True)
        )
        parts.append(f'<polyline points="{points}" class="{name}"/>')
    middle = (_LEFT + _WIDTH) / 2
    parts.append(_text(middle, _HEIGHT - 8, "log10 of the likelihood ratio", "middle"))
    said = escape("Tippett plot: shares of the test items with a ratio of at least so much")
    return (
        f'<svg class="tippett" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{said}">'
        f"{''.join(parts)}</svg>"
    )


def _ticks(start: float, end: float) -> list[float]:
    """Whole and half powers of ten, at most some ten of them."""
    step = 0.5 if end - start < 4 else 1
    return [tick * step for tick in range(int(start / step), int(end / step) + 1)]


def _line(x1: float, x2: float, y1: float, y2: float, kind: str) -> str:
    return f'<line x1="{x1:.1f}" x2="{x2:.1f}" y1="{y1:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'
