"""Commands that demonstrate the project's guarantees: ``python -m proofs.<name>``."""

from stages.common.quiet import quiet_libraries

quiet_libraries()
