"""A plan in a notebook: a summary as a piece of HTML that stands in somebody else's page.

It has no scripts, styles of its own for anything but itself, or colours of a background: notebooks are light or dark,
and those that are not trusted lose everything but the tables. Data is text throughout.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from prism_rules.diagnostics.text import say_count
from prism_rules.escaping.html import escape_html
from prism_rules.render.ranking import pick_findings
from prism_rules.render.told import order_actions
from prism_rules.render.verdict import tell_verdict
from prism_rules.render.words import name_status, say_judged, say_value
from prism_rules.render.work import find_waits, name_state, say_work
from prism_rules.wording import name_scope

if TYPE_CHECKING:
    from prism_rules.model.plan import Plan

MOST = 20
"""Rows of a table; frames have them all."""
_MOST_TEXT = 200
_NARROW = 24
"""Characters of a cell that is not broken into lines: states, dates, owners."""
_CELL = ' style="text-align: left; vertical-align: top; padding: 2px 12px 2px 0"'
_NARROW_CELL = f'{_CELL[:-1]}; white-space: nowrap"'


def render_notebook(plan: Plan) -> str:
    """Render a plan as a piece of HTML: the verdict, what did not pass, and what to do."""
    parts = [f"<p><strong>{escape_html(tell_verdict(plan), 400)}</strong></p>"]
    if plan.question.concern:
        parts.append(f"<p>{escape_html(plan.question.concern, 400)}</p>")
    findings = [
        [name_status(finding, plan), finding.rule, name_scope(finding.scope), say_value(finding, plan),
         say_judged(finding), finding.change]
        for finding in pick_findings(plan.findings, plan, MOST)
    ]  # fmt: skip
    head = ["Finding", "Rule", "Where", "Value", "Bound", "Change"]
    parts += _write_table("finding", head, findings, len(plan.findings))
    waits = find_waits(plan)
    actions = [
        [name_state(action), action.title, action.due or "-",
         action.owner or "-", say_work(action, plan, waits)]
        for action in order_actions(plan)[:MOST]
    ]  # fmt: skip
    parts += _write_table("action", ["Action", "What", "Due", "Owner", "Work"], actions, len(plan.actions))
    return "<div>\n" + "\n".join(parts) + "\n</div>\n"


def _write_cell(text: str) -> str:
    return f"<td{_NARROW_CELL if len(text) <= _NARROW else _CELL}>{escape_html(text, _MOST_TEXT)}</td>"


def _write_table(what: str, head: Sequence[str], rows: Sequence[Sequence[str]], n: int) -> Iterator[str]:
    if not rows:
        return
    yield "<table>"
    yield "<thead><tr>" + "".join(f"<th{_NARROW_CELL}>{name}</th>" for name in head) + "</tr></thead>"
    yield "<tbody>"
    for row in rows:
        yield "<tr>" + "".join(map(_write_cell, row)) + "</tr>"
    yield "</tbody>"
    yield "</table>"
    if n > len(rows):
        yield f"<p>and {say_count(n - len(rows), f'more {what}')}: <code>plan.{what}s</code> has all</p>"
