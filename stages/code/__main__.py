"""Record the code of every stage, so that a stage runs again only if its own code changed.

Command
    ``python -m stages.code``
Reads
    ``stages/``
Writes
    ``data/code/<stage>.json``, and ``data/code/<stage>/<variant>.json`` for each layout and
    backbone: every imported file with the digest of its syntax tree
"""

import shutil

from stages.common.code import CODE_FOLDER, code_files
from stages.common.command import run_stage
from stages.common.files import write_whole


def main() -> None:
    """Write the digests of all stages."""
    shutil.rmtree(CODE_FOLDER, ignore_errors=True)  # drop the digests of removed stages
    for path, text in code_files().items():
        write_whole(path, text)


if __name__ == "__main__":
    run_stage(main)
