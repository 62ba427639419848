"""Budget: how many rows of each queue there is time to review, and what waits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from prism_rules.evaluation import write_moment
from prism_rules.ledger import ActionState
from prism_rules.model.plan import ActionEntry, GovernanceEntry, OwnerWork, QaRate, QueueEntry, Waiting
from prism_rules.model.ruleset import Ruleset
from prism_rules.ruleset.contexts import choose_owner
from prism_rules.ruleset.effort import LEAST, count_minutes, find_budget, never_fits


@dataclass(frozen=True, slots=True)
class Work:
    """What a queue asks of people."""

    name: str
    """Id of the action or of the sample."""
    rows: int
    effort: timedelta | None
    settled: bool = False
    """Given whatever the budget says: people work on it already, or it is a sample."""

    def count_minutes(self, rows: int) -> int:
        """Count the minutes that so many of its rows take."""
        return count_minutes(self.effort, rows) or 0


def count_finished(model: Ruleset, recorded: Mapping[str, ActionState], live: Collection[str], as_of: datetime) -> int:
    """Count the minutes of rows that were first recorded in the cadence before `as_of` and are out no longer.

    `live` are the ids of actions whose recorded rows are still to be reviewed. What was rejected takes no time: nobody
    works on it. Without a cadence nothing counts.
    """
    cadence = model.governance and model.governance.cadence and model.governance.cadence.evaluate
    if not cadence:
        return 0
    begins, ends = write_moment(as_of - cadence), write_moment(as_of)
    minutes = 0
    for name, state in recorded.items():
        queue = model.actions[state.name].queue if state.name in model.actions else None
        openings = [(step.event.at, step.event.opening.rows) for step in state.history if step.event.opening]
        # Rows may be recorded again, with a due date or on another branch; they count by when they first were.
        recent = {row for at, rows in openings if begins < at <= ends for row in rows}
        recent -= {row for at, rows in openings if at <= begins for row in rows}
        recent -= {*state.opening.rows} if name in live or state.state == "rejected" else set()
        minutes += count_minutes(queue.effort, len(recent)) or 0 if queue else 0
    return minutes


def share_budget(budget: int, works: Sequence[Work], *, finished: int = 0) -> dict[str, int]:
    """Share the minutes of a budget, less those of what is finished, over queues in their order; give the rows of each.

    What is settled comes first, beyond the budget too. A queue that does not fit gets the rows for which there is time,
    if they are at least `LEAST`; after the first that gets none, only queues that take no time get their rows. One that
    would not fit an empty budget either gets none, and holds up no other.
    """
    left = budget - finished - sum(work.count_minutes(work.rows) for work in works if work.settled)
    given = {}
    for work in works:
        rows = work.rows
        if work.effort and not work.settled and work.count_minutes(rows) > left:
            rows = max(left, 0) * 60 // int(work.effort.total_seconds())
            if never_fits(work.effort, work.rows, budget):
                rows = 0
            elif rows < LEAST:
                # Smaller work does not overtake: a later plan, in which this one is first, would decide the same.
                rows = left = 0
        left -= 0 if work.settled else work.count_minutes(rows)
        given[work.name] = rows
    return given


def write_governance(
    model: Ruleset, entries: Iterable[ActionEntry], rates: Iterable[QaRate], waits: Iterable[Waiting], finished: int
) -> GovernanceEntry:
    """Write what the queues of a plan ask of whom, beside the minutes of finished ones, and what waits."""
    queues = [(entry.owner, entry.queue) for entry in entries]
    queues += [(choose_owner(model, None, rate.class_), rate.queue) for rate in rates]
    owners: dict[str, list[QueueEntry]] = {}
    for owner, queue in queues:
        if queue and queue.rows:
            owners.setdefault(owner or "", []).append(queue)
    work = {
        owner: OwnerWork(minutes=sum(q.effort_minutes or 0 for q in own), rows=sum(q.rows for q in own))
        for owner, own in sorted(owners.items())
    }
    return GovernanceEntry(
        budget_minutes=find_budget(model), planned_minutes=sum(one.minutes for one in work.values()),
        finished_minutes=finished, per_owner=work, waits=tuple(waits),
        uncounted=sum(q.effort_minutes is None for own in owners.values() for q in own),
    )  # fmt: skip
