"""Drawing: the queue of every action that is still to be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from prism_rules.diagnostics import Route
from prism_rules.engines import Batch, Engine
from prism_rules.intake import Intake
from prism_rules.model.plan import QueueEntry, Stratum
from prism_rules.model.ruleset import Queue, Ruleset
from prism_rules.planning.stands import Stand
from prism_rules.program import write_views
from prism_rules.queues import Drawn, Query, Request, digest_rows, draw_all
from prism_rules.sql_gate import Gated


def draw_queues(
    model: Ruleset, intake: Intake, gated: Mapping[Route, Gated], engine: Engine, stands: Sequence[Stand],
    as_of: datetime, people: Mapping[str, str],
) -> dict[str, Drawn]:  # fmt: skip
    """Draw the queues of all actions that wait to be done, by action id; of blocked ones to count what is eligible.

    `people` are the pseudonyms of annotators, by what the engine calls them.
    """
    requests = []
    for stand in stands:
        queue = model.actions[stand.instance.name].queue
        if queue is not None and stand.waits:
            requests.append(replace(_request(stand, queue), people=people))
    if not requests:
        return {}
    views, paths = write_views(model, intake, as_of), tuple(file.path for file in intake.files)
    queries = [Query(model, gated, request, as_of, intake.sources[request.queue.from_]) for request in requests]
    return draw_all(queries, lambda asked: engine.answer(Batch(paths, views, asked)))


def _request(stand: Stand, queue: Queue) -> Request:
    instance = stand.instance
    recorded = instance.recorded
    fresh = Request(instance.id, instance.name, queue, tuple(instance.places))
    if recorded is None:
        return fresh
    if recorded.opening.rows and stand.continues:
        strata = tuple(
            Stratum(value=s.value, weight=float(s.weight), eligible=s.eligible, taken=s.taken)
            for s in recorded.opening.strata
        )
        return Request(instance.id, instance.name, queue, fresh.places, frozen=recorded.opening.rows, strata=strata)
    openings = [step.event.opening for step in recorded.history if step.event.opening]
    drawn = frozenset(row for opening in openings for row in opening.rows)
    return Request(instance.id, instance.name, queue, fresh.places, drawn=drawn)


def write_queue_entry(stand: Stand, queue: Queue | None, drawn: Drawn | None) -> QueueEntry | None:
    """Write how a queue was drawn; a blocked action has no rows and no file, and says what is eligible."""
    if queue is None or drawn is None:
        return None
    rows = () if stand.blockers else drawn.rows
    strata = drawn.strata if queue.weights else ()
    return QueueEntry(
        path=f"queues/{stand.instance.id}.csv" if rows else None, source=queue.from_, rows=len(rows), size=queue.size,
        eligible=drawn.eligible, seed=queue.seed, digest=digest_rows(rows) if rows else None,
        effort_minutes=-(-int(queue.effort.total_seconds()) * len(rows) // 60) if queue.effort else None,
        strata=tuple(s.model_copy(update={"taken": 0}) for s in strata) if stand.blockers else strata,
    )  # fmt: skip
