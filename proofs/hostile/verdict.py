"""Evaluate a run over mutated items."""

import re
from collections import Counter

from proofs.hostile.cases import Run
from stages.common.sandbox import MEMORY
from stages.frames.params import FramesParams

_GRACE = 10.0  # seconds past the time limit within which a case must be stopped
_MIB = 2**20
_COMMON = 12
_COLUMNS = ["item", "frame", "time", "width", "height"]
"""Of the frames that were stored; without any, their table has none."""


def problems_of(run: Run, params: FramesParams) -> list[str]:
    """One sentence for each violation in a run.

    Parameters
    ----------
    run : Run
        The cases and their outcome.
    params : FramesParams
        The limits that applied to them.
    """
    rows, failures = run.outcome.rows, run.outcome.failures
    known = set(rows["item"]) | set(failures["item"])
    problems = [f"{case}: was lost" for case in run.cases if case not in known]
    problems += [f"{case}: no reason" for case in failures.loc[failures["error"] == "", "item"]]
    dead = failures.loc[failures["error"].str.startswith("killed each worker"), "item"]
    problems += [f"{case}: took its worker with it" for case in dead]
    problems += [
        f"{row.item}: an error of the code, {row.error}"
        for row in failures.itertuples()
        if re.match(
            r"[A-Z]\w*: ", row.error
        )  # reasons are sentences; this matches the name of an exception class
    ]
    slow = run.notes[run.notes["seconds"] > params.max_seconds + _GRACE]
    problems += [f"{note.case}: ended after {note.seconds:.0f} s" for note in slow.itertuples()]
    large = run.notes.loc[run.notes["decoder"] > MEMORY, "case"]
    problems += [f"{case}: more memory than its bound" for case in large]
    return problems + [
        f"{case}: {error}"
        for case, stored in rows.reindex(columns=_COLUMNS).sort_values("frame").groupby("item")
        for error, broken in {
            "more frames than asked for": len(stored) > params.max_frames * params.clip.frames,
            "a frame beyond the limit": (stored["width"] * stored["height"]).max()
            > params.max_pixels,
            "times that do not rise from 0 on": not stored["time"].is_monotonic_increasing
            or stored["time"].min() < 0,
            "a time beyond the limit": stored["time"].max() > params.max_duration,
        }.items()
        if broken
    ]


def summary(run: Run, limit: float) -> str:
    """Format counts by outcome, the longest time and the peak memory."""
    failures, notes = run.outcome.failures, run.notes
    kinds = Counter(map(_kind, failures["error"]))
    reasons = kinds.most_common(_COMMON)
    rest = len(failures) - sum(count for _, count in reasons)
    lines = [
        f"{run.outcome.rows['item'].nunique():7} processed",
        f"{len(failures):7} skipped:",
        *(f"{count:9}   {reason}" for reason, count in reasons),
        *([f"{rest:9}   other reasons"] if rest else []),
    ]
    slowest = notes.loc[notes["seconds"].idxmax()]
    largest = notes.loc[notes["decoder"].idxmax()]
    return "\n".join(
        [
            *lines,
            f"worst time: {slowest['seconds']:.1f} s of {limit:g} ({slowest['case']})",
            f"worst memory of a decoder: {largest['decoder'] / _MIB:.0f} MiB of "
            f"{MEMORY / _MIB:.0f} ({largest['case']})",
            f"worst memory of a worker: {notes['worker'].max() / _MIB:.0f} MiB",
        ]
    )


def _kind(reason: str) -> str:
    """Reduce a reason to its kind, without numbers and details."""
    return re.sub(r"\b\d[\d.×]*\b", "…", reason.partition("\n")[0])[:100]
