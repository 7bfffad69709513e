"""Keep the answers on many items in a folder, so that a run that was stopped goes on."""

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from app.trained import ENSEMBLE, mean_ensemble
from stages.common.errors import InputError
from stages.common.files import whole_file
from stages.common.model_paths import decision_path, network_path
from stages.common.params import PARAMS_FILE
from stages.compare.ensemble import ENSEMBLES_PATH

LINES, TABLE = "scores.jsonl", "scores.csv"

COLUMNS = ("item", "status", "p_fake", "verdict", "persons", "error", "annotated", "sha256")
"""Columns of the table."""


class Answers:
    """The answers of one run: ``scores.jsonl``, one line an item, and ``scores.csv``.

    Parameters
    ----------
    folder : Path
        Where they are kept.
    run : str
        Digest of what decides the scores, as `run_digest` returns it.

    Raises
    ------
    InputError
        The folder holds answers of another model or other parameters.
    """

    def __init__(self, folder: Path, run: str) -> None:
        self.lines, self.table, self._run = folder / LINES, folder / TABLE, run
        folder.mkdir(parents=True, exist_ok=True)
        self._done: dict[tuple[str, str], str] = {}
        with whole_file(self.lines) as part, part.open("w", encoding="utf-8") as kept:
            for answer in self._read():
                if answer["run"] != run:
                    raise InputError(
                        f"{self.lines} holds scores by another model or other parameters: name "
                        "another folder, or remove it"
                    )
                if not answer.get("again"):
                    kept.write(json.dumps(answer) + "\n")
                    self._done[answer["item"], answer["sha256"]] = answer["status"]

    def has(self, item: Path, sha256: str) -> bool:
        """Whether the item, with this content, has an answer."""
        return (str(item), sha256) in self._done

    def add(self, answer: dict[str, Any], sha256: str) -> None:
        """Append an answer."""
        with self.lines.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(answer | {"sha256": sha256, "run": self._run}) + "\n")

    def of(self, items: Iterable[Path]) -> Iterator[dict[str, Any]]:
        """Yield the stored answers on `items`, one at a time; the last one of each item counts."""
        wanted = {str(item) for item in items}
        last = {answer["item"]: number for number, answer in enumerate(self._read())}
        for number, answer in enumerate(self._read()):
            if answer["item"] in wanted and last[answer["item"]] == number:
                yield answer

    def write_table(self, items: Iterable[Path]) -> None:
        """Write the table of the answers on `items`."""
        with (
            whole_file(self.table) as part,
            part.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file,
        ):
            table = csv.DictWriter(file, COLUMNS, restval="", extrasaction="ignore")
            table.writeheader()
            for answer in self.of(items):
                table.writerow(answer | {"persons": len(answer.get("persons", []))})

    def _read(self) -> Iterator[dict[str, Any]]:
        """Yield the stored answers; a last line that was not finished is none."""
        if self.lines.is_file():
            with self.lines.open(encoding="utf-8") as lines:
                for line in lines:
                    if line.endswith("\n"):
                        yield json.loads(line)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file; empty if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def run_digest(model: str) -> str:
    """Digest of the parameters and of all files of a model: what decides a score."""
    names, files = [model], [PARAMS_FILE]
    ensemble = mean_ensemble()
    if model == ENSEMBLE and ensemble:
        names, files = list(ensemble.weights), [PARAMS_FILE, ENSEMBLES_PATH]
    files += [path for name in names for path in (network_path(name), decision_path(name))]
    return hashlib.sha256("".join(map(sha256_of, files)).encode()).hexdigest()
