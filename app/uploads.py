"""The files that visitors send, until they are answered."""

import os
import shutil
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gradio import route_utils

_MAX_FIELD = 1 << 16  # bytes of a field of a form that is no file


class Uploads:
    """The folder in which Gradio stores uploads, one subfolder per upload.

    Parameters
    ----------
    root : Path
        It must contain nothing else.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._kept: set[Path] = set()

    def remove(self, path: str | Path) -> None:
        """Remove one upload with its subfolder; ignore paths outside the upload folder."""
        if folder := self._folder_of(path):
            self._kept.discard(folder)
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self, paths: Iterable[str]) -> None:
        """Spare uploads that wait for an answer when the others are swept."""
        self._kept.update(folder for path in paths if (folder := self._folder_of(path)))

    def sweep(self, age: float) -> None:
        """Remove uploads older than `age` seconds that nobody asked about."""
        for entry in self.root.iterdir():
            if entry in self._kept:
                continue
            try:
                if time.time() - entry.stat().st_mtime > age:
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
            except FileNotFoundError:  # it was answered and removed meanwhile
                continue

    def keep_swept(self, age: float) -> None:
        """Sweep periodically in a background thread."""

        def run() -> None:
            while True:
                time.sleep(min(age, 60))
                self.sweep(age)

        threading.Thread(target=run, daemon=True).start()

    def held(self) -> int:
        """Total size of all uploads, in bytes."""
        total = 0
        for folder, _, names in os.walk(self.root):
            for name in names:
                try:
                    total += (Path(folder) / name).stat().st_size
                except FileNotFoundError:
                    continue
        return total

    def _folder_of(self, path: str | Path) -> Path | None:
        resolved = Path(path).resolve()
        if not resolved.is_relative_to(self.root) or resolved == self.root:
            return None
        return self.root / resolved.relative_to(self.root).parts[0]


class PrivateUpload(route_utils.GradioUploadFile):
    """An upload whose folder name cannot be guessed.

    Gradio names the folder by the content's hash alone. Two visitors who upload the same clip
    would share one file, and answering the first would remove the file of the second.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.sha.update(os.urandom(16))


class BoundedForm(route_utils.GradioMultiPartParser):
    """A form of which only the file may be large, and whose file goes if the sender does.

    Gradio collects a field that is no file in memory, however long it is.
    """

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        """Take a piece of a field or a file."""
        part = self._current_part
        if part.file is None and len(part.data) + end - start > _MAX_FIELD:
            raise route_utils.MultiPartException("A field that is no file is too long.")
        super().on_part_data(data, start, end)

    async def parse(self) -> Any:
        """Read the form."""
        try:
            return await super().parse()
        except BaseException:
            for file in self._files_to_close_on_error:
                file.close()
                Path(file.name).unlink(missing_ok=True)
            raise


def take_uploads_safely() -> None:
    """Have Gradio use the two classes above."""
    route_utils.GradioUploadFile = PrivateUpload
    route_utils.GradioMultiPartParser = BoundedForm
