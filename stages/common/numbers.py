"""Constrained types for numeric parameters, each with a fixed meaning and range."""

from typing import Annotated

from pydantic import Field

Fraction = Annotated[float, Field(ge=0, le=1)]
"""A share or probability, including 0 and 1."""

ProperFraction = Annotated[float, Field(ge=0, lt=1)]
"""A share below 1: the remainder must not be empty, since it is a divisor or is trained on."""

OpenFraction = Annotated[float, Field(gt=0, lt=1)]
"""A share between 0 and 1, exclusive, so that its log odds are finite."""

PositiveFraction = Annotated[float, Field(gt=0, le=1)]
"""A share above 0."""

Positive = Annotated[float, Field(gt=0)]

NonNegative = Annotated[float, Field(ge=0)]

Count = Annotated[int, Field(ge=1)]
"""A count of at least one."""

Natural = Annotated[int, Field(ge=0)]
"""A count that may be zero, or a seed."""
