"""Read what a file says of itself, in the process that its decoder runs in."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from stages.common.container import format_of
from stages.common.decode import Limits, open_stream
from stages.common.errors import ItemError
from stages.common.stills import MOVING, header_of

_STREAMS, _TAGS, _LENGTH = 16, 40, 300
"""Most streams, metadata entries and characters of an entry: a file can hold any number."""


def probe(path: Path, limits: Limits) -> dict[str, Any]:
    """Read the fields of `app.report.schema.Probe`.

    Raises
    ------
    ItemError
        The file cannot be opened, or is beyond the limits.
    """
    form = format_of(path)
    kind = form.reader
    known: dict[str, Any] = {"format": form.name}
    header = header_of(path, kind)
    if header.by_pillow or kind == "libheif":
        width, height = header.size
        return known | {
            "streams": [{"kind": "video", "codec": kind, "width": width, "height": height}]
        }
    reader = MOVING.get(kind, kind) if header.pictures > 1 else kind
    try:
        with open_stream(path, limits, reader) as chosen:
            opened = chosen.container
            tags = dict(opened.metadata) | dict(chosen.metadata)
            return known | {
                "duration": _seconds(opened.duration, Fraction(1, av.time_base)),
                "bit_rate": opened.bit_rate or None,
                "streams": [_stream(stream) for stream in list(opened.streams)[:_STREAMS]],
                "tags": {
                    name[:_LENGTH]: value[:_LENGTH] for name, value in list(tags.items())[:_TAGS]
                },
            }
    except av.FFmpegError as error:
        raise ItemError(f"is damaged: {error.strerror}") from None


def _stream(stream: av.stream.Stream) -> dict[str, Any]:
    context = stream.codec_context
    found = {
        "kind": stream.type or "unknown",
        "codec": context.name if context else "unknown",
        "duration": _seconds(stream.duration, stream.time_base),
    }
    if stream.type != "video" or not context:
        return found
    rate = stream.average_rate
    return found | {
        "width": context.width,
        "height": context.height,
        "pixel_format": context.pix_fmt,
        "frame_rate": round(float(rate), 6) if rate else None,
    }


def _seconds(ticks: int | None, base: Fraction | None) -> float | None:
    return round(float(ticks * base), 6) if ticks and base and ticks > 0 else None
