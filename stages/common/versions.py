"""Versions of the libraries that affect results; stages declare the groups that they use."""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from stages.common.errors import EnvironmentMismatch, ParamsError
from stages.common.params import check, read_yaml

VERSIONS_FILE = Path("versions.yaml")


def pinned(*groups: str) -> dict[str, str]:
    """Return the versions of the libraries in `groups`, and check that they are installed.

    Parameters
    ----------
    *groups : str
        Keys of versions.yaml, as declared in the stage's ``params`` in dvc.yaml.

    Returns
    -------
    dict of str to str
        Version by distribution name. It enters the digest of each item of the stage.

    Raises
    ------
    EnvironmentMismatch
        A library is missing or has another version, so that results would be recorded under a
        version that did not produce them.
    ParamsError
        versions.yaml lacks a group.
    """
    declared = check(read_yaml(VERSIONS_FILE), dict[str, dict[str, str]], f"{VERSIONS_FILE}: ")
    if missing := set(groups) - declared.keys():
        raise ParamsError(f"{VERSIONS_FILE}: '{min(missing)}' is missing")
    versions = {name: wanted for group in groups for name, wanted in declared[group].items()}
    require(versions)
    return versions


def require(versions: Mapping[str, str]) -> None:
    """Raise an `EnvironmentMismatch` unless exactly these versions are installed."""
    for name, wanted in versions.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "not installed"
        if found != wanted:
            raise EnvironmentMismatch(
                f"{name} is {found}, but {VERSIONS_FILE} says {wanted}: "
                "install requirements.txt (scripts/install), or change both together"
            )
