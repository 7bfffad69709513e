"""The versions of libraries that change results, declared by the stages that use them."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from stages.common.errors import EnvironmentMismatch
from stages.common.params import read_yaml

VERSIONS_FILE = Path("versions.yaml")


def pinned(*names: str) -> dict[str, str]:
    """Versions of `names` from versions.yaml, after a check that just these are installed.

    Parameters
    ----------
    *names : str
        Distribution names, as the stage's ``params`` in dvc.yaml declare them.

    Returns
    -------
    dict of str to str
        Name to version. It enters the digest of each item that the stage makes.

    Raises
    ------
    EnvironmentMismatch
        A library is absent, or another version is installed: its results would be recorded
        under a version that did not make them.
    """
    declared = read_yaml(VERSIONS_FILE)
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
        if found[name] != declared.get(name):
            raise EnvironmentMismatch(
                f"{name} is {found[name]}, but {VERSIONS_FILE} says {declared.get(name)}: "
                "install requirements.txt (scripts/install), or change both together"
            )
    return found
