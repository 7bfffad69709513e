"""What the sections of all detectors share."""

from typing import Annotated

from pydantic import Field

Fraction = Annotated[float, Field(ge=0, le=1)]
"""A probability, or a share of media."""

FaceSize = Annotated[float, Field(gt=0, le=1)]
"""Of the smallest face that matters, as a fraction of the frame's shorter side."""
