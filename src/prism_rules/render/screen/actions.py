"""An action in paragraphs: where it stands and why, what it rests on, what will count as done, what comes next."""

from __future__ import annotations

from collections.abc import Iterator

from prism_rules.columns import UNPARTED
from prism_rules.escaping import show_plain
from prism_rules.manual.paragraphs import Item, Paragraph
from prism_rules.model.plan import ActionEntry, Blocker, QueueEntry, Waiting
from prism_rules.render.decided import list_told, say_decision
from prism_rules.render.screen.references import MOST, References, tell_some
from prism_rules.render.words import format_beside, say_bound
from prism_rules.render.work import (
    find_waits,
    say_accepted,
    say_blocker,
    say_causeless,
    say_due,
    say_next,
    say_queue,
    say_stratum,
)
from prism_rules.wording import name_scope


def tell_action(references: References, action: ActionEntry) -> Iterator[Paragraph]:
    """Tell an action."""
    plan = references.plan
    waits = find_waits(plan)
    episode = f"; episode {action.episode}" if action.episode > 1 else ""
    opened = f"; opened on {show_plain(action.opened_at[:10])}" if action.opened_at else ""
    kind = action.kind.replace("_", " ")
    yield Paragraph("Action", f"{show_plain(action.action)}: {kind}; priority {action.priority}{episode}{opened}")
    yield from tell_some("Waits", (_say_blocker(references, blocker) for blocker in action.blocked_by))
    named = {blocker.action for blocker in action.blocked_by}
    yield from references.tell_list("After", (one for one in action.after if one not in named))
    yield Paragraph("Owner", _say_owner(action))
    yield Paragraph("Due", f"{say_due(action, waits)}{', overdue' if action.overdue else ''}")
    yield from references.tell_list("Covers", action.covers)
    if not action.covers and action.state in ("proposed", "open", "blocked"):
        yield Paragraph("Covers", f"nothing: {say_causeless(action, references.plan)}")
    covered = references.find_covered(action)
    yield from references.tell_list("Evidence", dict.fromkeys(one for d in covered for one in d.evidence))
    yield from references.tell_list("Against it", dict.fromkeys(one for d in covered for one in d.against))
    if action.queue:
        yield _tell_queue(action.queue, waits.get(action.id))
    yield from tell_some("Done when", _list_accepted(action))
    yield from tell_some("Conflict", map(say_decision, action.conflict))
    history = action.history or tuple(one for one in plan.decisions if one.action == action.id)
    yield from tell_some("Decisions", list_told(history, action)[::-1])
    said, command = say_next(action, waits)
    yield Paragraph("Next", said, (Item(0, command.replace(" ", UNPARTED)),) if command else ())


def _say_blocker(references: References, blocker: Blocker) -> str:
    """Say what an action waits for, and which entry says more."""
    plan = references.plan
    id_ = blocker.action or next(
        (one.id for one in plan.findings if one.rule == blocker.rule and one.scope == blocker.scope), None
    )
    stuck = any((gate.rule, gate.scope) == (blocker.rule, blocker.scope) for gate in plan.stuck)
    said = say_blocker(blocker, plan) + ("; stuck, as no action works on it" if stuck else "")
    return f"{said}: {show_plain(id_)}" if id_ else said


def _say_owner(action: ActionEntry) -> str:
    escalated = f"; escalated to {show_plain(action.escalated_to)}" if action.escalated_to else ""
    return f"{show_plain(action.owner) if action.owner else 'nobody'}{escalated}"


def _tell_queue(queue: QueueEntry, waits: Waiting | None) -> Paragraph:
    # Drawn again with the seed, the same rows come out; a path is there to be copied.
    drawn = f"; drawn with seed {queue.seed}" if queue.path else ""
    strata = [Item(0, say_stratum(stratum)) for stratum in queue.strata[:MOST]] if queue.path else []
    more = [Item(0, f"and {len(queue.strata) - MOST:,} more")] if queue.path and len(queue.strata) > MOST else []
    return Paragraph("Queue", f"{say_queue(queue, lambda name: show_plain(name, 200), waits)}{drawn}", (*strata, *more))


def _list_accepted(action: ActionEntry) -> Iterator[str]:
    for entry in action.acceptance:
        was = f"was {format_beside(entry.was, entry.bound)}, now {say_accepted(entry)}"
        place = f"{show_plain(entry.rule)} for {name_scope(entry.scope)}"
        yield f"{place} {'holds' if entry.holds else 'does not hold yet'}: {was}; {say_bound(entry.bound)}"
