"""Limits on what the web page accepts from visitors."""

from dataclasses import dataclass, replace

from stages.faces.preprocessing import Preprocessing


@dataclass(frozen=True)
class PageLimits:
    """Limits on one request and on the queue.

    Attributes
    ----------
    megabytes : int
        Largest size of a file, in MB.
    duration : float
        Longest duration of a clip, in seconds.
    megapixels : float
        Largest frame, in millions of pixels.
    seconds : float
        Time for decoding one item; it applies to reading the scored frames, and again to the
        annotated copy.
    waiting : int
        Largest number of requests in the queue.
    """

    megabytes: int
    duration: float
    megapixels: float
    seconds: float
    waiting: int

    @property
    def bytes(self) -> int:
        """Largest size of a file in bytes."""
        return self.megabytes * 2**20

    def on(self, preprocessing: Preprocessing) -> Preprocessing:
        """Apply the stricter of both limits to `preprocessing`; this changes no score."""
        frames = preprocessing.frames
        strict = frames.model_copy(
            update={
                "max_duration": min(frames.max_duration, self.duration),
                "max_pixels": min(frames.max_pixels, int(self.megapixels * 1e6)),
                "max_seconds": min(frames.max_seconds, self.seconds),
            }
        )
        return replace(preprocessing, frames=strict)
