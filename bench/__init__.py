"""Commands that measure speed and accuracy: ``python -m bench.<name>``."""

from stages.common.quiet import quiet_libraries

quiet_libraries()
