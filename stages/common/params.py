"""Typed access to params.yaml: a stage first checks the values that it declares."""

import copy
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from stages.common.errors import ParamsError

PARAMS_FILE = Path("params.yaml")
_MAX_VALUE_LENGTH = 60  # characters of an invalid value shown in a message

T = TypeVar("T")


class Section(BaseModel):
    """An immutable mapping in params.yaml; unknown keys, NaN and type coercion are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def load(key: str, kind: type[T]) -> T:
    """Read and check one value of params.yaml.

    Parameters
    ----------
    key : str
        Dotted path of the value, as in the stage's ``params`` in dvc.yaml, such as
        ``detect.mtcnn``.
    kind : type
        A `Section`, or any other type that pydantic can check, such as ``list[str]``.

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
    """Check one value of a loaded parameter file, like `load`; `where` is the file's name."""
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
    """Return a copy of `values` with `changes` merged in at any depth; lists are replaced."""
    result = copy.deepcopy(values)
    for key, change in changes.items():
        value = result.get(key)
        if isinstance(value, dict) and isinstance(change, dict):
            change = merged(value, change)
        result[key] = change
    return result


def check(value: Any, kind: type[T], where: str) -> T:
    """Return `value` as an instance of `kind`, or raise a `ParamsError` that lists all errors.

    Types are checked strictly: an integer is accepted as a float, but a string never as a number.
    `where` is the prefix of each error: the file, and the key of `value` in it.
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
    """Read a YAML mapping; a missing or invalid file raises a `ParamsError` that names it."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ParamsError(
            f"{path} is missing: run the command from the repository's root"
        ) from None
    except (
        yaml.YAMLError,
        ValueError,
    ) as error:  # PyYAML raises a ValueError for a date with month 13
        raise ParamsError(f"{path} is not valid YAML: {error}") from None
    if not isinstance(content, dict):
        raise ParamsError(f"{path} holds no keys: expected a mapping such as profiles/default.yaml")
    return content
