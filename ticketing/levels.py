"""The levels of a predicted wait, and how they were found."""

from typing import Literal

Method = Literal["simulation", "formula"]
Levels = tuple[float, float, float]
"""P10, P50 and P90 of a wait, in seconds."""
LEVELS = (0.1, 0.5, 0.9)
