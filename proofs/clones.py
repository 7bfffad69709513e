"""Create fresh clones of this repository and run the pipeline in them."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from review.git import git
from stages.common.errors import InputError
from stages.profiles import write_params


def profile_and_targets(description: str) -> tuple[str, list[str]]:
    """Parse a command line into a profile and the targets to run; no targets mean all stages."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--profile", default="tiny", help="a file in profiles/ (default: tiny)")
    parser.add_argument("--target", help="the last stage to run (default: all)")
    args = parser.parse_args()
    return args.profile, [args.target] if args.target else []


def fresh_clone(folder: Path, profile: str, source: Path | None = None) -> Path:
    """Clone the committed state into `folder`, with a profile as its params.yaml.

    The clone has an empty DVC cache and no ``dvc.lock``, so that no earlier result can be reused.

    Parameters
    ----------
    folder : Path
        Folder of the clone; it must not exist.
    profile : str
        Name of a file in profiles/, without suffix.
    source : Path, optional
        The repository to clone; by default, the one in the current folder.

    Returns
    -------
    Path
        `folder`. If git refuses, the process ends with one line that says why.
    """
    source = source or Path.cwd()
    try:
        git("clone", "--quiet", ".", str(folder.resolve()), folder=source)
    except InputError as error:
        sys.exit(f"error: {error}")
    write_params([profile], folder, force=True)
    (folder / "dvc.lock").unlink(missing_ok=True)
    return folder


def repro(folder: Path, *args: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run ``dvc repro`` in a clone, with the Python and the environment of this process.

    Parameters
    ----------
    folder : Path
        The clone.
    *args : str
        Further arguments for ``dvc repro``.
    **settings : str
        Further environment variables, such as ``MACHINE_WORKERS="3"``.

    Returns
    -------
    CompletedProcess
        Contains exit code, standard output and standard error as text.
    """
    return dvc(folder, "repro", *args, **settings)


def dvc(folder: Path, *args: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a ``dvc`` command in a clone; see `repro`."""
    return subprocess.run(
        [sys.executable, "-m", "dvc", *args],
        cwd=folder,
        env=environment() | settings,
        capture_output=True,
        text=True,
        check=False,
    )


def dvc_started(folder: Path, *args: str, as_group: bool = False) -> subprocess.Popen[str]:
    """Start a ``dvc`` command in a clone, with standard output and error in one text stream.

    `as_group` puts it and its children into a new process group, to be killed together.
    """
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "dvc", *args],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=as_group,
    )


def environment() -> dict[str, str]:
    """Environment of this process, with its Python first in PATH."""
    # The stages call `python`, which must be the Python that runs this
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return os.environ | {"PATH": path}
