"""Constrained types of numeric parameters; each name has one meaning and one range."""

from typing import Annotated

from pydantic import Field

Fraction = Annotated[float, Field(ge=0, le=1)]
"""A share or a probability, 0 and 1 included."""

ProperFraction = Annotated[float, Field(ge=0, lt=1)]
"""A share that is never the whole: what is left of it divides, or is trained on."""

OpenFraction = Annotated[float, Field(gt=0, lt=1)]
"""A share that is neither none nor the whole: its log odds are finite."""

PositiveFraction = Annotated[float, Field(gt=0, le=1)]
"""A share that is never none."""

Positive = Annotated[float, Field(gt=0)]

NonNegative = Annotated[float, Field(ge=0)]

Count = Annotated[int, Field(ge=1)]
"""How many, at least one."""

Natural = Annotated[int, Field(ge=0)]
"""How many, possibly none; or a seed."""
