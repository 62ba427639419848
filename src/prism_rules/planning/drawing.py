"""Drawing: the queue of every action that is still to be done, and the samples; as much as the review budget holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import TypeVar

from prism_rules.diagnostics import Route
from prism_rules.engines import Batch, Engine
from prism_rules.intake import Intake
from prism_rules.ledger import ActionState
from prism_rules.model.plan import ActionEntry, QaRate, QueueEntry, Stratum, Waiting
from prism_rules.model.ruleset import Queue, Ruleset
from prism_rules.planning.budget import Work, count_finished, share_budget
from prism_rules.planning.stands import Stand
from prism_rules.program import write_views
from prism_rules.queues import Drawn, Query, Request, Row, Value, digest_rows, draw_all, iterate_records
from prism_rules.ruleset.effort import count_minutes, find_budget, never_fits
from prism_rules.sql_gate import Gated

PREVIEWED = 5
"""Rows of a queue that the plan itself shows."""
_MOST_FIELDS = 16
"""Fields of one of them: five of ours, and the first of `show`."""
_MOST_SHOWN = 200
"""Characters of one text in them."""
_MOST_PREVIEWS = 200
"""Queues whose first rows the plan shows; those of thousands would make it too large to hand around."""

Shown = str | int | float | bool | None
_Entry = TypeVar("_Entry", ActionEntry, QaRate)


@dataclass(frozen=True, slots=True)
class Draws:
    """What was drawn, by id of the action or the sample."""

    drawn: Mapping[str, Drawn]
    """Of what the budget has no room for, and of rows that a rate of 0 asks for, no rows."""
    waits: Mapping[str, Waiting]
    """Action id -> the rows for which the budget has no room, or had none when they were recorded, by priority."""
    finished: int = 0
    """Minutes of the budget that rows took which are out no longer."""

    def is_waiting(self, action: str) -> bool:
        """Whether an action has no rows yet because the budget has no room for them."""
        return action in self.waits and not self.drawn[action].rows


def draw_queues(
    model: Ruleset, intake: Intake, gated: Mapping[Route, Gated], engine: Engine, stands: Sequence[Stand],
    samples: Sequence[Request], as_of: datetime, people: Mapping[str, str], recorded: Mapping[str, ActionState],
) -> Draws:  # fmt: skip
    """Draw the samples, and the queues of all actions that wait to be done; of blocked ones to count what is eligible.

    The stands are in order of priority. A queue that is cut to the budget is drawn as one of that size would be.
    `people` are the pseudonyms of annotators, by what the engine calls them; `recorded` are the actions of the ledger.
    """

    def draw(requests: Iterable[Request]) -> dict[str, Drawn]:
        queries = [Query(model, gated, request, as_of, intake.sources[request.queue.from_]) for request in requests]
        if not queries:
            return {}
        views, paths = write_views(model, intake, as_of), tuple(file.path for file in intake.files)
        return draw_all(queries, lambda asked: engine.answer(Batch(paths, views, asked)))

    requests = {sample.action: sample for sample in samples}
    for stand in stands:
        queue = model.actions[stand.instance.name].queue
        if queue is not None and stand.waits:
            requests[stand.instance.id] = replace(_request(stand, queue), people=people)
    drawn = draw(requests.values())
    budget = find_budget(model)
    if budget is None:
        return Draws(drawn, {})
    blocked = {stand.instance.id for stand in stands if stand.blockers}
    settled = {sample.action for sample in samples}
    works = [
        Work(name, len(drawn[name].rows), request.queue.effort, name in settled or bool(request.frozen))
        for name, request in requests.items()
        if name not in blocked
    ]
    finished = count_finished(
        model, recorded, {one.instance.id for one in stands if one.waits and one.continues}, as_of
    )
    given = share_budget(budget, works, finished=finished)
    wanted = {
        work.name: min(requests[work.name].queue.size, drawn[work.name].eligible)
        if work.effort and requests[work.name].frozen else work.rows
        for work in works
    }  # fmt: skip
    waits = {
        work.name: Waiting(
            action=work.name, rows=rows, minutes=work.count_minutes(rows),
            never=not given[work.name] and never_fits(work.effort, work.rows, budget),
        )
        for work in works
        if (rows := wanted[work.name] - given[work.name]) > 0
    }  # fmt: skip
    cut = [work.name for work in works if given[work.name] < work.rows]
    drawn |= {name: _empty(drawn[name]) for name in cut if not given[name]}
    drawn |= draw(
        replace(requests[name], queue=requests[name].queue.model_copy(update={"size": given[name]}))
        for name in cut
        if given[name]
    )
    return Draws(drawn, waits, finished)


def _empty(drawn: Drawn) -> Drawn:
    return Drawn(drawn.eligible, tuple(stratum.model_copy(update={"taken": 0}) for stratum in drawn.strata), ())


def _request(stand: Stand, queue: Queue) -> Request:
    instance = stand.instance
    recorded = instance.recorded
    fresh = Request(instance.id, ("actions", instance.name, "queue", "where"), queue, tuple(instance.places))
    if recorded is None:
        return fresh
    if recorded.opening.rows and stand.continues:
        strata = tuple(
            Stratum(value=s.value, weight=float(s.weight), eligible=s.eligible, taken=s.taken)
            for s in recorded.opening.strata
        )
        return replace(fresh, frozen=recorded.opening.rows, strata=strata)
    openings = [step.event.opening for step in recorded.history if step.event.opening]
    return replace(fresh, drawn=frozenset(row for opening in openings for row in opening.rows))


def write_queue_entry(
    name: str, queue: Queue, drawn: Drawn, *,
    priority: int | None = None, size: int | None = None, blocked: bool = False, kept: int = 0,
) -> QueueEntry:  # fmt: skip
    """Write how a queue was drawn; a blocked action has no rows and no file, and says what is eligible and `kept`.

    A sample has no `priority`.
    """
    drawn = _empty(drawn) if blocked else drawn
    rows = drawn.rows
    return QueueEntry(
        path=f"queues/{name}.csv" if rows else None, source=queue.from_, rows=len(rows),
        size=queue.size if size is None else size, eligible=drawn.eligible, seed=queue.seed,
        digest=digest_rows(rows) if rows else None, effort_minutes=count_minutes(queue.effort, len(rows)),
        strata=drawn.strata if queue.weights else (), preview=_list_previewed(rows, priority), kept=kept,
    )  # fmt: skip


def _list_previewed(rows: Sequence[Row], priority: int | None) -> tuple[dict[str, Shown], ...]:
    """List the first rows as the file for programs has them, but for what is left out of long texts."""
    records = iterate_records(rows[:PREVIEWED], priority)
    return tuple(
        {field: _shorten(value) for field, value in islice(record.items(), _MOST_FIELDS)} for record in records
    )


def bound_previews(entries: Iterable[_Entry]) -> list[_Entry]:
    """Leave the first rows to the first queues that have any."""
    kept: list[_Entry] = []
    shown = 0
    for entry in entries:
        if entry.queue and entry.queue.preview:
            shown += 1
            if shown > _MOST_PREVIEWS:
                entry = entry.model_copy(update={"queue": entry.queue.model_copy(update={"preview": ()})})
        kept.append(entry)
    return kept


def _shorten(value: Value) -> Shown:
    if value is None or isinstance(value, int | float):
        return value
    text = str(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…"
