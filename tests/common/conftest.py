"""Workers of the tests import `works` from here, as the stages' workers import the stages."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
