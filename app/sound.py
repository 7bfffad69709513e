"""Copy the sound of a clip into its annotated copy."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import av
from av.stream import Discard, Disposition

from stages.common.container import format_of
from stages.common.decode import CODECS
from stages.common.formats import FORMATS

COPIED_CODECS = ("aac", "mp3")
"""Codecs that mp4 files hold and browsers play; sound in others is re-encoded as AAC."""

SOUND_CODECS = (
    *COPIED_CODECS,
    *("mp3float", "mp2float", "opus", "libopus", "vorbis", "flac", "alac", "ac3", "eac3"),
    *("pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_u8"),
)


@dataclass
class Sound:
    """The sound of a clip, to be written to another container.

    Attributes
    ----------
    source : InputContainer or None
        The clip; only its sound is read. None for an animation.
    stream : AudioStream or None
        The first stream with an allowed codec; None for a silent clip.
    picture_start, start : float
        Start times of picture and sound in the clip, in seconds.
    """

    source: av.container.InputContainer | None
    stream: av.AudioStream | None
    picture_start: float
    start: float
    _packets: list[av.Packet] = field(default_factory=list)

    @property
    def origin(self) -> float:
        """Time in the clip at which the copy starts, so that no stream starts before 0."""
        return min(self.picture_start, self.start)

    def add_to(self, output: av.container.OutputContainer) -> None:
        """Add a sound stream to `output` and prepare its packets."""
        if self.stream is None or self.source is None:
            return
        name = self.stream.codec_context.name
        if name in COPIED_CODECS:
            target = output.add_stream_from_template(self.stream)
            demuxed = self.source.demux(self.stream)
            packets: Iterator[av.Packet] = (packet for packet in demuxed if packet.size)
        else:
            target = output.add_stream("aac", rate=self.stream.codec_context.sample_rate)
            target.codec_context.layout = "stereo" if self.stream.channels > 1 else "mono"
            packets = self._encoded(target)
        for packet in packets:
            shift = round(self.origin / packet.time_base)
            packet.pts -= shift
            packet.dts -= shift
            packet.stream = target
            self._packets.append(packet)
        self._packets.reverse()

    def until(self, time: float) -> Iterator[av.Packet]:
        """Yield, in order and only once, the packets due by `time` seconds in the copy."""
        while self._packets and self._packets[-1].pts * self._packets[-1].time_base <= time:
            yield self._packets.pop()

    def _encoded(self, target: av.AudioStream) -> Iterator[av.Packet]:
        assert self.source is not None  # as in add_to
        for decoded in self.source.decode(self.stream):
            yield from target.encode(decoded)
        yield from target.encode()


@contextmanager
def sound_of(path: Path) -> Iterator[Sound]:
    """Open the sound of a clip; streams with codecs that are not allowed are ignored."""
    reader = format_of(path).reader
    if any(form.kind == "image" for form in FORMATS if form.reader == reader):
        yield Sound(None, None, 0.0, 0.0)
        return
    options = {
        "codec_whitelist": ",".join([*CODECS, *SOUND_CODECS]),
        "protocol_whitelist": "file",
    }
    with av.open(
        f"file:{path}", format=reader, options=options, metadata_errors="replace"
    ) as source:
        pictures = [
            stream
            for stream in source.streams.video
            if not stream.disposition & Disposition.attached_pic
        ]
        picture = max(pictures, key=lambda stream: stream.width * stream.height)
        allowed = [
            stream
            for stream in source.streams.audio
            if stream.codec_context is not None and stream.codec_context.name in SOUND_CODECS
        ]
        chosen = allowed[0] if allowed else None
        for stream in source.streams:
            if stream is not chosen:
                stream.discard = Discard.all
        start = _start(picture)
        yield Sound(source, chosen, start, _start(chosen) if chosen else start)


def _start(stream: av.stream.Stream) -> float:
    return float((stream.start_time or 0) * stream.time_base)
