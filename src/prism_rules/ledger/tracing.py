"""Lineage: from a row of a queue, or an action, back to the entries that recorded it and what they were decided on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from prism_rules.ledger.folding import ActionState, Step
from prism_rules.model.ledger import DrawnStratum


@dataclass(frozen=True, slots=True)
class Draw:
    """A queue as an entry froze it, and one row of it where a row is asked for."""

    state: ActionState
    step: Step
    """The event that froze the rows; without any, the one that opened the action."""
    number: int | None = None
    """The row's place in the queue, from 1."""
    stratum: DrawnStratum | None = None
    """What the row was drawn from."""

    @property
    def since(self) -> tuple[Step, ...]:
        """What happened to the action after the entry that froze the rows."""
        later = self.state.history[self.state.history.index(self.step) + 1 :]
        return tuple(step for step in later if step.entry != self.step.entry)


def list_draws(state: ActionState) -> tuple[Draw, ...]:
    """List the queues that were frozen for an action, in the ledger's order; its opening where none was."""
    first: dict[tuple[str, ...], Step] = {}
    for step in state.history:
        if step.event.opening and step.event.opening.rows:
            # A later opening may repeat the rows that it found frozen.
            first.setdefault(step.event.opening.rows, step)
    return tuple(Draw(state, step) for step in first.values() or state.history[:1])


def find_row(states: Iterable[ActionState], row: str) -> Iterator[Draw]:
    """Find every frozen queue that holds a row, with the row's place in it."""
    for state in states:
        for draw in list_draws(state):
            opening = draw.step.event.opening
            if opening and row in opening.rows:
                number = opening.rows.index(row) + 1
                ends = zip(accumulate(stratum.taken for stratum in opening.strata), opening.strata, strict=True)
                yield Draw(state, draw.step, number, next(stratum for end, stratum in ends if number <= end))
