"""What the web page accepts from strangers."""

from dataclasses import dataclass

from app.clip import Preprocessing


@dataclass(frozen=True)
class PageLimits:
    """Bounds of one request and of all together.

    Attributes
    ----------
    megabytes : int
        Size of a file.
    duration : float
        Seconds of play.
    megapixels : float
        Millions of pixels of a frame.
    seconds : float
        Work on one item: for the choice of frames, and again for the annotated copy.
    waiting : int
        Requests in the queue.
    """

    megabytes: int
    duration: float
    megapixels: float
    seconds: float
    waiting: int

    @property
    def bytes(self) -> int:
        """Size of a file in bytes."""
        return self.megabytes * 2**20

    def on(self, preprocessing: Preprocessing) -> Preprocessing:
        """`preprocessing` with the stricter of its own bounds and these; they change no score."""
        frames = preprocessing.frames
        strict = frames.model_copy(
            update={
                "max_duration": min(frames.max_duration, self.duration),
                "max_pixels": min(frames.max_pixels, int(self.megapixels * 1e6)),
                "max_seconds": min(frames.max_seconds, self.seconds),
            }
        )
        return Preprocessing(strict, preprocessing.detectors, preprocessing.faces)
