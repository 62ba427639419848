"""A plan in a terminal: the verdict, what did not pass, what to do, and where to look."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from prism_rules.diagnostics.text import say_count, show_text
from prism_rules.escaping.workflow import defuse_text
from prism_rules.render.tables import MOST, align, count_left

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prism_rules.model.plan import ActionEntry, Plan, WaiverEntry


def tell_plan(plan: Plan, place: Path | None) -> str:
    """Tell a plan in some lines; `place` is the folder it was written to."""
    from prism_rules.render.decided import say_conflict, say_later
    from prism_rules.render.words import name_reason, name_status, say_finding, say_value
    from prism_rules.render.work import say_budget, say_stuck
    from prism_rules.wording import name_scope

    blocks = [tell_verdict(plan)]
    findings = [
        [name_status(finding, plan), finding.rule, name_scope(finding.scope), say_value(finding, plan),
         say_finding(finding) if finding.bound else name_reason(finding.reason or "-"), finding.change]
        for finding in plan.findings
    ]  # fmt: skip
    if findings:
        blocks.append(align(["FINDING", "RULE", "WHERE", "VALUE", "BOUND", "CHANGE"], findings))
    actions = [
        [
            f"{action.state}, overdue" if action.overdue else action.state,
            action.action,
            name_scope(action.scope),
            action.due or "-",
            action.owner or "-",
            _tell_work(action, plan),
        ]
        for action in plan.actions
    ]
    if actions:
        blocks.append(align(["ACTION", "WHAT", "WHERE", "DUE", "OWNER", "WORK"], actions))
    warnings = [f"warning: stuck: {show_text(say_stuck(gate, plan))}" for gate in plan.stuck]
    warnings += [f"warning: {show_text(say_conflict(action.conflict))}" for action in plan.actions if action.conflict]
    if warnings:
        blocks.append("\n".join(warnings[:MOST] + count_left(warnings, MOST)))
    if plan.governance and plan.governance.budget_minutes is not None:
        blocks.append(f"review: {say_budget(plan.governance)}")
    notes = [f"note: waiver {show_text(_tell_waiver(waiver))}" for waiver in plan.waivers if waiver.findings]
    notes += [f"note: {show_text(say_later(plan))}"] if plan.ledger.later else []
    notes += [f"note: {show_text(f'{note.source}: {note.text}')}" for note in plan.intake]
    if notes:
        blocks.append("\n".join(notes[:MOST] + count_left(notes, MOST)))
    blocks.append("\n".join(_list_hints(plan, place)) if place else "Nothing was written: give --out DIR")
    return defuse_text("\n\n".join(blocks))


def _list_hints(plan: Plan, place: Path) -> Iterator[str]:
    if plan.findings:
        yield f"Why? prism-rules explain {plan.findings[0].rule} --plan {quote(place.as_posix())}"
    yield f"Look at {(place / 'report.md').as_posix()}"


def tell_verdict(plan: Plan) -> str:
    """Tell in one line how it stands: the status, how many findings of each, and what changed."""
    from prism_rules.escaping import show_plain
    from prism_rules.render.words import count_changes, count_statuses
    from prism_rules.wording import list_some

    counts = count_statuses(plan)
    told = ", ".join(f"{counts[status]:,} {status.replace('_', ' ')}" for status in counts if counts[status])
    changes = ", ".join(f"{n:,} {change}" for change, n in count_changes(plan).items() if n)
    compared = (
        f"since {show_plain(plan.previous.as_of[:10])}: {changes or 'nothing changed'}"
        if plan.previous
        else "first plan"
    )
    named = map(show_plain, (plan.ruleset.name, plan.ruleset.version, "as of", plan.as_of[:10]))
    head = f"{' '.join(named)}: {plan.status.replace('_', ' ').upper()}"
    picked = f"; selected: {list_some([*map(show_plain, plan.selected)], 3)}" if plan.selected else ""
    return defuse_text(f"{head} ({told or 'nothing evaluated'}; {compared}{picked})")


def _tell_work(action: ActionEntry, plan: Plan) -> str:
    from prism_rules.render.work import find_waits, say_blocker
    from prism_rules.wording import list_some

    if action.blocked_by:
        return "waits: " + list_some([say_blocker(blocker, plan) for blocker in action.blocked_by], 1)
    rows = say_count(action.queue.rows, "row") if action.queue and action.queue.rows else ""
    waits = find_waits(plan).get(action.id)
    if waits is None:
        return rows or "-"
    if waits.never:
        return f"{say_count(waits.rows, 'row')} can never fit the budget"
    if rows:
        return f"{rows}; {waits.rows:,} more cut by the budget"
    return f"{say_count(waits.rows, 'row waits', 'rows wait')} for the budget"


def _tell_waiver(waiver: WaiverEntry) -> str:
    from prism_rules.escaping import show_plain
    from prism_rules.render.words import say_end

    hides = "no longer hides" if waiver.expired else "hides"
    count = say_count(len(waiver.findings), "finding")
    return f"{waiver.id}: {say_end(waiver)}, {hides} {count} (by {show_plain(waiver.by)})"
