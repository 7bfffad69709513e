"""Typed access to params.yaml: a stage checks the values that it declares before anything else."""

import copy
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from stages.common.errors import ParamsError

PARAMS_FILE = Path("params.yaml")
_MAX_VALUE_LENGTH = 60  # characters of a wrong value that a message shows

T = TypeVar("T")


class Section(BaseModel):
    """A mapping of params.yaml: immutable, unknown keys, NaN and silent conversions refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def load(key: str, kind: type[T]) -> T:
    """Read one declared value of params.yaml and check it.

    Parameters
    ----------
    key : str
        Dotted path of the value as the stage's ``params`` in dvc.yaml name it, such as
        ``detect.mtcnn``.
    kind : type
        A `Section`, or any type that pydantic can check, such as ``list[str]``.

    Returns
    -------
    value
        The checked value, an instance of `kind`.

    Raises
    ------
    ParamsError
        The file or the key is missing, a key is unknown, or a value has a wrong type or range.
    """
    return pick(read_yaml(PARAMS_FILE), key, kind, str(PARAMS_FILE))


def pick(values: dict[str, Any], key: str, kind: type[T], where: str) -> T:
    """Check one value of a whole parameter file, as `load` does; `where` names the file."""
    value: Any = values
    walked = []
    for part in key.split("."):
        walked.append(part)
        if not isinstance(value, dict) or part not in value:
            raise ParamsError(
                f"{where}: '{'.'.join(walked)}' is missing; see profiles/default.yaml"
            )
        value = value[part]
    return check(value, kind, f"{where}: {key}")


def merged(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A copy of `values` with `changes`, key by key at any depth; lists are replaced whole."""
    result = copy.deepcopy(values)
    for key, change in changes.items():
        value = result.get(key)
        if isinstance(value, dict) and isinstance(change, dict):
            change = merged(value, change)
        result[key] = change
    return result


def check(value: Any, kind: type[T], where: str) -> T:
    """Return `value` as an instance of `kind`, or raise a `ParamsError` that names each culprit.

    Values are checked by YAML's types: an integer may stand for a float, a string never for a
    number. `where` names the file, and the key of `value` in it.
    """
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        problems = []
        for each in error.errors():
            got = "" if each["type"] == "missing" else f" (got {_shortened(each['input'])})"
            place = "".join(f".{part}" for part in each["loc"])
            problems.append(f"{where}{place}: {each['msg']}{got}".replace(": .", ": "))
        raise ParamsError("\n".join(problems)) from None


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _MAX_VALUE_LENGTH else f"{text[:_MAX_VALUE_LENGTH]}…"


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML mapping; a missing or broken file is a `ParamsError` that names it."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ParamsError(
            f"{path} is missing: run the command from the repository's root"
        ) from None
    except (yaml.YAMLError, ValueError) as error:  # a date of month 13 is a bare ValueError
        raise ParamsError(f"{path} is not valid YAML: {error}") from None
    if not isinstance(content, dict):
        raise ParamsError(f"{path} holds no keys: expected a mapping such as profiles/default.yaml")
    return content
