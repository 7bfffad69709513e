"""Record CPU seconds by part of the work, in the process that does it."""

import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from stages.common import decode
from stages.frames import stored
from stages.frames.params import FramesParams

T = TypeVar("T")


class Clock:
    """CPU seconds of this process by part; the time of a nested part counts for that part only."""

    def __init__(self) -> None:
        self.parts: dict[str, float] = defaultdict(float)
        self._inner = 0.0

    def counted(self, part: str, function: Callable[..., T]) -> Callable[..., T]:
        """Wrap `function` so that its time is added to a part."""

        def run(*arguments: Any, **named: Any) -> T:
            outer, self._inner = self._inner, 0.0
            start = time.process_time()
            try:
                return function(*arguments, **named)
            finally:
                seconds = time.process_time() - start
                self.parts[part] += seconds - self._inner
                self._inner = outer + seconds

        return run


def timed_frames(path: Path, params: FramesParams) -> list[Any]:
    """Run `stored_frames` in the decoding process and return the time of its parts, too."""
    clock = Clock()
    decode.to_rgb = clock.counted("conversion to RGB", decode.to_rgb)
    stored.encode = clock.counted("encoding of pictures", stored.encode)
    rows, pictures, _ = clock.counted("decoding", stored.stored_frames)(path, params)
    clock.parts["process of its own"] = time.process_time() - sum(clock.parts.values())
    return [rows, pictures, dict(clock.parts)]
