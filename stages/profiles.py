"""Write params.yaml: the defaults, with what one profile or several change.

Command
    ``scripts/profile NAME [NAME …] [--force]``
Reads
    ``profiles/default.yaml``, then ``profiles/NAME.yaml`` in the order of the names
Writes
    ``params.yaml``, with the comments of ``profiles/default.yaml``; its first line names the
    profiles, and holds a digest of the other lines, by which changes made by hand are seen

Mappings are merged key by key, lists are replaced. ``datasets``, whose keys are yours, is replaced
as well.
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

from stages.common.errors import ParamsError
from stages.common.params import PARAMS_FILE, check, merged

PROFILES = Path("profiles")
DEFAULT = "default"

_OPEN = re.compile(r"datasets|models\.[^.]+")
"""Mappings with other keys than the default's; `stages.__main__` checks them."""


def params_text(names: Sequence[str], root: Path = Path()) -> str:
    """The text of params.yaml in some profiles.

    Parameters
    ----------
    names : sequence of str
        Files in profiles/, without their suffix; each changes what those before it give.
    root : Path
        The repository.

    Raises
    ------
    ParamsError
        There is no such profile, it is no YAML, or it names a parameter that the default does not
        have.
    """
    values = _read(DEFAULT, root)
    for name in names:
        changes = _read(name, root)
        if unknown := list(_unknown(changes, values)):
            raise ParamsError(
                f"{PROFILES}/{name}.yaml: {', '.join(unknown)}: no such parameter; "
                f"{PROFILES}/{DEFAULT}.yaml has all"
            )
        if "datasets" in changes:
            values["datasets"].clear()
        values = merged(values, changes)
    stream = io.StringIO()
    _yaml().dump(values, stream)
    text = re.sub(r"\A(#.*\n)+", "", stream.getvalue())  # what the default says of itself
    text = re.sub(r" +$", "", text, flags=re.MULTILINE)  # ruamel leaves them where it breaks a line
    command = f"scripts/profile {' '.join(names)}"
    return f"# Written by {command}; what you change belongs in profiles/ ({_digest(text)})\n{text}"


def profile(*names: str, root: Path = Path()) -> dict[str, Any]:
    """The values of params.yaml in some profiles; see `params_text`."""
    return yaml.safe_load(params_text(names, root))


def write_params(names: Sequence[str], root: Path = Path(), force: bool = False) -> None:
    """Write params.yaml; see `params_text`.

    Raises
    ------
    ParamsError
        Also if it holds changes made by hand, unless `force` is set.
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
    """Dotted names of what `values` has no place for."""
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
    """Writes null by its name."""


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
    """Write params.yaml in the profiles that the command line names."""
    parser = argparse.ArgumentParser(
        prog="scripts/profile",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="+", metavar="NAME")
    parser.add_argument("--force", action="store_true", help="overwrite changes made by hand")
    args = parser.parse_args()
    from stages.__main__ import Pipeline  # the parameters of every stage, and all that they import

    try:
        check(profile(*args.names), Pipeline, f"profiles {' '.join(args.names)}: ")
        write_params(args.names, force=args.force)
    except ParamsError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
