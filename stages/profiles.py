"""Write params.yaml: the defaults, with the changes of one or more profiles.

Command
    ``scripts/profile NAME [NAME …] [--force]``
Reads
    ``profiles/default.yaml``, then ``profiles/NAME.yaml`` in the order of the names
Writes
    ``params.yaml``, with the comments of ``profiles/default.yaml``; its first line names the
    profiles and contains a digest of the other lines, which reveals changes made by hand

Mappings are merged key by key; lists are replaced. ``datasets``, whose keys are user-defined, is
replaced as well. Each of ``backbones`` gets an entry in ``models``, empty if it changes nothing.
"""

import argparse
import hashlib
import io
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.representer import RoundTripRepresenter

from stages.common.code import variant_names
from stages.common.errors import ParamsError
from stages.common.params import PARAMS_FILE, check, merged

PROFILES = Path("profiles")
DEFAULT = "default"

_OPEN = re.compile(r"datasets|scores|models\.[^.]+")
"""Mappings whose keys may differ from the default's; `stages.__main__` checks them."""


_ANY_BACKBONE: dict[str, Any] = {
    "models": {name: {} for name in variant_names("train", Path(__file__).parents[1])}
}


def params_text(names: Sequence[str], root: Path = Path()) -> str:
    """Return the text of params.yaml for the given profiles.

    Parameters
    ----------
    names : sequence of str
        Files in profiles/, without suffix; each one overrides those before it.
    root : Path
        The repository.

    Raises
    ------
    ParamsError
        A profile does not exist or is not valid YAML, or it names a parameter that the default
        does not have.
    """
    values = _read(DEFAULT, root)
    for name in names:
        changes = _read(name, root)
        if unknown := list(_unknown(changes, merged(_ANY_BACKBONE, values))):
            raise ParamsError(
                f"{PROFILES}/{name}.yaml: {', '.join(unknown)}: no such parameter; "
                f"{PROFILES}/{DEFAULT}.yaml has all"
            )
        if "datasets" in changes:
            values["datasets"].clear()
        values = merged(values, changes)
    for backbone in values.get("backbones", []):
        values["models"].setdefault(backbone, {})
    stream = io.StringIO()
    _yaml().dump(values, stream)
    text = re.sub(r"\A(#.*\n)+", "", stream.getvalue())  # the default's own header
    text = re.sub(
        r" +$", "", text, flags=re.MULTILINE
    )  # ruamel leaves spaces where it breaks lines
    command = f"scripts/profile {' '.join(names)}"
    return f"# Written by {command}; what you change belongs in profiles/ ({_digest(text)})\n{text}"


def profile(*names: str, root: Path = Path()) -> dict[str, Any]:
    """Return the values of params.yaml for the given profiles; see `params_text`."""
    return yaml.safe_load(params_text(names, root))


def write_params(names: Sequence[str], root: Path = Path(), force: bool = False) -> None:
    """Write params.yaml; see `params_text`.

    Raises
    ------
    ParamsError
        As in `params_text`, or params.yaml has changes made by hand and `force` is not set.
    """
    path = root / PARAMS_FILE
    text = params_text(names, root)
    if not force and path.is_file() and _edited(path.read_text(encoding="utf-8")):
        raise ParamsError(
            f"{PARAMS_FILE} holds changes made by hand: put them in a profile of yours, "
            f"{PROFILES}/mine.yaml, and run `scripts/profile {' '.join(names)} mine --force`; "
            "--force overwrites them"
        )
    path.write_text(text, encoding="utf-8")


def _read(name: str, root: Path) -> dict[str, Any]:
    path = PROFILES / f"{name}.yaml"
    try:
        values = _yaml().load((root / path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = sorted(found.stem for found in (root / PROFILES).glob("*.yaml"))
        raise ParamsError(f"{path} is missing; there are {', '.join(known)}") from None
    except (YAMLError, ValueError) as error:
        raise ParamsError(f"{path} is not valid YAML: {error}") from None
    if not isinstance(values, dict | None):
        raise ParamsError(f"{path} holds no keys: expected a mapping, as in {PROFILES}/tiny.yaml")
    return values or {}


def _unknown(changes: dict[str, Any], values: dict[str, Any], above: str = "") -> Iterator[str]:
    """Yield the dotted names of the keys in `changes` that `values` does not have."""
    for key, change in changes.items():
        name = f"{above}{key}"
        if key not in values:
            yield name
        elif not _OPEN.fullmatch(name) and isinstance(change, dict):
            value = values[key]
            yield from _unknown(change, value if isinstance(value, dict) else {}, f"{name}.")


def _edited(text: str) -> bool:
    first, _, rest = text.partition("\n")
    return not first.endswith(f"({_digest(rest)})")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class _Representer(RoundTripRepresenter):
    """A representer that writes None as ``null`` instead of an empty value."""


_Representer.add_representer(
    type(None), lambda self, _: self.represent_scalar("tag:yaml.org,2002:null", "null")
)


def _yaml() -> YAML:
    parser = YAML()
    parser.Representer = _Representer
    parser.width = 118
    parser.preserve_quotes = True
    return parser


def main() -> None:
    """Write params.yaml for the profiles named on the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/profile",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="+", metavar="NAME")
    parser.add_argument("--force", action="store_true", help="overwrite changes made by hand")
    args = parser.parse_args()
    from stages.__main__ import Pipeline  # slow: imports every stage's parameters

    try:
        check(profile(*args.names), Pipeline, f"profiles {' '.join(args.names)}: ")
        write_params(args.names, force=args.force)
    except ParamsError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
