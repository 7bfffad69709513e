"""Check that params.yaml still holds the values recorded in dvc.lock for the models."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from app.models import Member
from stages.common.errors import InputError
from stages.common.model_paths import MODELS, decision_path
from stages.common.params import PARAMS_FILE, load, read_yaml

LOCK = Path("dvc.lock")

_USED = ("frames", "detectors", "detect", "faces", "decision")
"""Sections of params.yaml that the app reads."""

_NO_SCORE = ("max_pixels", "max_duration", "max_seconds", "max_failed_fraction", "store")
"""They change no score: limits that decide which items are skipped, and where frames are kept."""


def check_provenance(members: Iterable[Member]) -> list[str]:
    """Compare params.yaml with the parameters that the models were trained with.

    Returns
    -------
    list of str
        What could not be checked, one sentence each.

    Raises
    ------
    InputError
        Values differ; the message names each of them.
    """
    if not LOCK.is_file():
        return [f"there is no {LOCK}: {PARAMS_FILE} must be the one the models were made with"]
    ran = read_yaml(LOCK).get("stages", {})
    unknown, differences = [], set()
    for member in members:
        if _evaluated(ran, member.name):
            differences |= set(_differences(ran, member))
        else:
            unknown.append(
                f"{LOCK} is not of the model {member.name} in {MODELS}/: {PARAMS_FILE} must be the "
                "one it was made with"
            )
    if differences:
        raise InputError(
            f"{PARAMS_FILE} is not what the models were made with: "
            f"{'; '.join(sorted(differences))}. Put it back, or run `dvc repro`"
        )
    return unknown


def _evaluated(ran: dict[str, Any], name: str) -> bool:
    """Whether dvc.lock records the decision file that is stored with the model."""
    path = decision_path(name)
    outs = {out["path"]: out["md5"] for out in ran.get(f"evaluate@{name}", {}).get("outs", [])}
    return outs.get(path.as_posix()) == hashlib.md5(path.read_bytes()).hexdigest()


def _differences(ran: dict[str, Any], member: Member) -> Iterator[str]:
    stages = [f"evaluate@{member.name}", "compare"]
    for dataset in member.decision.fitted_on.datasets:
        stages += [f"{stage}@{dataset}" for stage in ("frames", "detect", "faces")]
    for stage in stages:
        provenance = ran.get(stage, {}).get("params", {}).get(PARAMS_FILE.name, {})
        for key, value in provenance.items():
            if key.split(".")[0] in _USED:
                before, now = dict(_values(key, value)), dict(_values(key, load(key, Any)))
                for name in before | now:
                    if before.get(name) != now.get(name) and name.split(".")[-1] not in _NO_SCORE:
                        yield f"{name} is {now.get(name)}, and was {before.get(name)}"


def _values(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Flatten nested values to pairs of dotted key and value."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _values(f"{key}.{name}", part)
    else:
        yield key, value
