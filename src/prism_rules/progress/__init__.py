"""Progress: what a run says of itself while it goes on. Who listens, and how it looks, it does not know."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Phase(NamedTuple):
    """A phase of a run in a few words: what is being done, or, once it is over, what was done to how much."""

    text: str
    over: bool = False


Tell = Callable[[Phase], None]


def tell_nobody(_: Phase) -> None:
    """Nobody listens."""
