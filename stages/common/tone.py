"""Map high dynamic range to what networks and screens expect, with FFmpeg's own filter."""

from fractions import Fraction

import av
from av.filter import Graph

_PQ, _HLG = 16, 18
"""Transfer functions SMPTE ST 2084 and ARIB STD-B67 of ITU-T H.273, table 3."""

_TO_BT709 = "intent=perceptual:out_transfer=bt709:out_primaries=bt709:out_range=pc:threads=1"


def is_hdr(shown: av.VideoFrame | av.VideoCodecContext) -> bool:
    """Whether the values of a frame, or of a stream, are of PQ or HLG."""
    return int(shown.color_trc) in (_PQ, _HLG)


class ToneMap:
    """FFmpeg's `scale`, which compresses brightness and gamut perceptually into BT.709.

    It builds a table for the first frame, some seconds of work, that serves the others.

    Parameters
    ----------
    like : VideoFrame
        A frame of the size and format of all.
    """

    def __init__(self, like: av.VideoFrame) -> None:
        self._graph = Graph()
        self._graph.link_nodes(
            self._graph.add_buffer(
                width=like.width, height=like.height, format=like.format, time_base=Fraction(1)
            ),
            self._graph.add("scale", _TO_BT709),
            self._graph.add("format", "rgb24"),
            self._graph.add("buffersink"),
        ).configure()

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Map one frame to RGB, 8 bits, full range."""
        self._graph.push(frame)
        return self._graph.pull()
