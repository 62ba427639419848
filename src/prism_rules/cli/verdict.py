"""A plan in a terminal: the verdict, what did not pass, what to do, and where to look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from prism_rules.columns import MOST, WIDTH, Tone, count_left, tabulate, wrap_text
from prism_rules.diagnostics.text import say_count
from prism_rules.escaping import show_invisible
from prism_rules.escaping.workflow import defuse_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prism_rules.model.plan import Plan, WaiverEntry

_TONES: dict[str, Tone] = {
    "fail": partial(click.style, fg="red", bold=True),
    "warn": partial(click.style, fg="yellow"),
    "unsure": partial(click.style, fg="yellow"),
    "pass": partial(click.style, fg="green", bold=True),
    "overdue": partial(click.style, fg="red", bold=True),
    "blocked": partial(click.style, fg="yellow"),
    "verified": partial(click.style, fg="green"),
}
"""What a status or a state says in colour too; the word alone says it all."""
_FINDING, _ACTION = (0, 3, 4), (0, 3)
"""The short columns: statuses, values, changes and dates."""


def tell_plan(plan: Plan, place: Path | None, *, width: int = WIDTH, color: bool = False) -> str:
    """Tell a plan in some lines of a width; `place` is the folder it was written to, whose path alone may be wider."""
    from prism_rules.render.decided import say_conflict, say_later
    from prism_rules.render.ranking import pick_findings
    from prism_rules.render.told import say_note
    from prism_rules.render.verdict import name_verdict, tell_verdict
    from prism_rules.render.words import name_status, say_judged, say_value
    from prism_rules.render.work import find_waits, name_state, say_budget, say_stuck, say_work
    from prism_rules.wording import name_scope

    def tabulate_most(
        head: list[str], rows: list[list[str]], states: Iterable[str], of: Sequence[object], firm: tuple[int, ...]
    ) -> str:
        tones = [_TONES.get(state) if color else None for state in states]
        table = tabulate(head, rows, width=width, firm=firm, prose=True, tones=tones)
        return "\n".join([table, *count_left(of, MOST)])

    def wrap_most(lines: list[str]) -> str:
        return "\n".join([*(_wrap(line, width) for line in lines[:MOST]), *count_left(lines, MOST)])

    tone, word = _TONES.get(plan.status) if color else None, name_verdict(plan)
    verdict = _wrap(tell_verdict(plan), width)
    blocks = [verdict.replace(f": {word}", f": {tone(word)}", 1) if tone else verdict]
    picked = pick_findings(plan.findings, plan, MOST)
    findings = [
        [name_status(finding, plan), finding.rule, name_scope(finding.scope), say_value(finding, plan), finding.change,
         say_judged(finding)]
        for finding in picked
    ]  # fmt: skip
    if findings:
        head = ["FINDING", "RULE", "WHERE", "VALUE", "CHANGE", "BOUND"]
        blocks.append(tabulate_most(head, findings, (one.status for one in picked), plan.findings, _FINDING))
    waits = find_waits(plan)
    actions = [
        [name_state(action), action.action, name_scope(action.scope),
         action.due or "-", action.owner or "-", say_work(action, plan, waits)]
        for action in plan.actions[:MOST]
    ]  # fmt: skip
    if actions:
        states = ("overdue" if action.overdue else action.state for action in plan.actions[:MOST])
        blocks.append(
            tabulate_most(["ACTION", "WHAT", "WHERE", "DUE", "OWNER", "WORK"], actions, states, plan.actions, _ACTION)
        )
    warnings = [f"warning: stuck: {say_stuck(gate, plan)}" for gate in plan.stuck]
    warnings += [f"warning: {say_conflict(action.conflict)}" for action in plan.actions if action.conflict]
    if warnings:
        blocks.append(wrap_most(warnings))
    if plan.governance and plan.governance.budget_minutes is not None:
        blocks.append(_wrap(f"review: {say_budget(plan.governance)}", width))
    notes = [f"note: waiver {_tell_waiver(waiver)}" for waiver in plan.waivers if waiver.findings]
    notes += [f"note: {say_later(plan)}"] if plan.ledger.later else []
    notes += [f"note: {note.source}: {say_note(note)}" for note in plan.intake]
    if notes:
        blocks.append(wrap_most(notes))
    blocks.append("\n".join(map(show_invisible, _list_hints(plan, place))))
    return defuse_text("\n\n".join(blocks))


def _wrap(line: str, width: int) -> str:
    """Wrap a line, in which what could move the cursor is shown escaped."""
    return "\n".join(wrap_text(show_invisible(line), width, hang=2))


def _list_hints(plan: Plan, place: Path | None) -> Iterator[str]:
    if place is None:
        yield "Nothing was written: give --out DIR"
        return
    if plan.findings:
        yield f"Why? prism-rules explain {plan.findings[0].rule} --plan {quote(place.as_posix())}"
    yield f"Look at {(place / 'report.md').as_posix()}"


def _tell_waiver(waiver: WaiverEntry) -> str:
    from prism_rules.escaping import show_plain
    from prism_rules.render.words import say_end

    hides = "no longer hides" if waiver.expired else "hides"
    count = say_count(len(waiver.findings), "finding")
    return f"{waiver.id}: {say_end(waiver)}, {hides} {count} (by {show_plain(waiver.by)})"
