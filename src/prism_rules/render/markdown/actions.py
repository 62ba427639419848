"""The actions: a table to read first, and a fold for each with its evidence, steps, queue and acceptance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from prism_rules.escaping.markdown import (
    escape_line,
    escape_unbroken,
    quote_markdown,
    restrict_markdown,
    write_code,
    write_row,
    write_table_head,
)
from prism_rules.model.plan import Acceptance, ActionEntry, Finding, Plan, QueueEntry, Waiting
from prism_rules.render.markdown.findings import EVIDENCE, list_slices, write_evidence, write_window
from prism_rules.render.markdown.past import identify, write_conflict, write_past
from prism_rules.render.ranking import pick_findings
from prism_rules.render.told import find_evidence, name_action, name_causes, name_rule, order_actions
from prism_rules.render.words import format_beside, say_bound
from prism_rules.render.work import (
    find_waits,
    lacks_rows,
    say_accepted,
    say_blocker,
    say_causeless,
    say_closed,
    say_due,
    say_queue,
    say_stratum,
)
from prism_rules.wording import join_and, list_some, name_scope

ACTIONS = write_table_head("Action", "Owner", "Due", "State", "Why")
_ACCEPTANCE = write_table_head("Rule", "Where", "Was", "Now", "Required", "Holds")
_MOST_BLOCKERS = 3
_MOST_STEPS = 3_000
_MOST_ROWS = 12


def list_rows(plan: Plan) -> Iterator[str]:
    """List the rows of the table of actions, the most urgent first."""
    named, waits = name_causes(plan), find_waits(plan)
    for action in order_actions(plan):
        causes = dict.fromkeys(named.get(covered, covered) for covered in action.covers)
        due = say_due(action, waits)
        yield write_row(
            escape_line(name_action(action), 300),
            write_code(action.owner) if action.owner else "nobody",
            due if due == "-" else escape_unbroken(due),
            "; ".join(_list_states(action, waits, plan)),
            escape_line(list_some(causes, 3, "; "), 300) or say_causeless(action, plan),
        )


def list_folds(plan: Plan) -> Iterator[str]:
    """List one `<details>` fold per action, in the order of the table; what one has told, later ones refer to."""
    for action, blocks in tell_actions(plan):
        summary = f"<b>{escape_line(name_action(action))}</b>"
        yield "\n\n".join([f"<details><summary>{summary}</summary>", *blocks, "</details>"])


def tell_actions(plan: Plan, *, apart: bool = False) -> Iterator[tuple[ActionEntry, list[str]]]:
    """Tell each action in blocks, in the order of the table; `apart`, each is to be read without the others."""
    actions = {action.id: action for action in plan.actions}
    findings = {finding.id: finding for finding in plan.findings}
    diagnoses = {diagnosis.id: diagnosis for diagnosis in plan.diagnoses}
    waits, listed = find_waits(plan), {identify(decision) for decision in plan.decisions}
    told = _Told({}, {})
    for action in order_actions(plan):
        if apart:
            told, listed = _Told({}, {}), set()
        evidence = find_evidence(action, findings, diagnoses)
        blocks = [
            _write_facts(action, actions),
            write_conflict(action),
            write_past(action, listed),
            _write_evidence(evidence, action, plan, told.evidence),
            _write_steps(action, told.steps),
            _write_queue(action, waits.get(action.id)),
            _write_acceptance(action, plan),
        ]
        yield action, [*filter(None, blocks)]


class _Told(NamedTuple):
    """What folds have told so far, with the name of the action in whose fold it stands."""

    evidence: dict[tuple[str, bool], str]
    """By finding, and whether it speaks for the cause."""
    steps: dict[str, str]


def _quote(name: str) -> str:
    return f'"{escape_line(name, 120)}"'


def _list_states(action: ActionEntry, waits: Mapping[str, Waiting], plan: Plan) -> list[str]:
    why = [escape_line(say_blocker(blocker, plan), 500) for blocker in action.blocked_by[:_MOST_BLOCKERS]]
    if len(action.blocked_by) > _MOST_BLOCKERS:
        why.append(f"and {len(action.blocked_by) - _MOST_BLOCKERS:,} more")
    state = f"**{action.state}**" if action.state == "blocked" else action.state
    parts = [f"{state}: {'; '.join(why)}" if why else state]
    parts += ["**in conflict**"] if action.conflict else []
    parts += ["**overdue**"] if action.overdue else []
    if lacks_rows(action, waits):
        parts.append("never fits the review budget" if waits[action.id].never else "waits for the review budget")
    return parts


def _write_facts(action: ActionEntry, actions: Mapping[str, ActionEntry]) -> str:
    """Write what the table has no room for: the id, what comes before unless it blocks, and who was told."""
    named = {blocker.action for blocker in action.blocked_by[:_MOST_BLOCKERS]}
    after = [_quote(name_action(actions[other])) for other in action.after if other in actions and other not in named]
    facts = {
        "Id": write_code(action.id),
        "After": join_and(after, 3) if after else "",
        "Escalated to": write_code(action.escalated_to) if action.escalated_to else "",
    }
    return "; ".join(f"**{name}**: {said}" for name, said in facts.items() if said)


def _write_evidence(
    evidence: Sequence[tuple[Finding, bool]], action: ActionEntry, plan: Plan, told: dict[tuple[str, bool], str]
) -> str:
    """Write the table of what no earlier fold has told, and in whose folds the rest stands."""
    new = [(finding, speaks) for finding, speaks in evidence if (finding.id, speaks) not in told]
    elsewhere = dict.fromkeys(told[finding.id, speaks] for finding, speaks in evidence if (finding.id, speaks) in told)
    tables = f"in the table of {join_and(map(_quote, elsewhere), 3)}" if elsewhere else ""
    picked = {finding.id for finding in pick_findings([finding for finding, _ in new], plan, _MOST_ROWS)}
    shown = [pair for pair in new if pair[0].id in picked]
    told |= {(finding.id, speaks): name_action(action) for finding, speaks in shown}
    if not shown:
        return f"**Evidence**: {tables}." if tables else ""
    windows = list(dict.fromkeys(finding.window for finding, _ in shown))
    same = f", {write_window(windows[0])}" if len(windows) == 1 else ""
    rows = [write_evidence(finding, plan, speaks=speaks, window=not same) for finding, speaks in shown]
    blocks = [f"**Evidence**{same}" + (f", and rows {tables}" if tables else ""), "\n".join([EVIDENCE, *rows])]
    if len(new) > len(shown):
        blocks.append(f"*Left to `plan.json`: {len(new) - len(shown):,} of {len(evidence):,} findings.*")
    blocks.append("\n".join(list_slices([finding for finding, _ in shown])))
    return "\n\n".join(filter(None, blocks))


def _write_steps(action: ActionEntry, told: dict[str, str]) -> str:
    steps = restrict_markdown(action.steps or "").strip()
    if not steps:
        return ""
    if len(steps) > _MOST_STEPS:
        return "**Steps** are too long to stand here; see `plan.json`."
    if (same := told.setdefault(steps, name_action(action))) != name_action(action):
        return f"**Steps**: as for {_quote(same)}."
    return "**Steps**\n\n" + quote_markdown(steps)


def _write_queue(action: ActionEntry, waits: Waiting | None) -> str:
    queue = action.queue
    if queue is None:
        return ""
    strata = f"\n\n{_write_strata(queue)}" if queue.path is not None and queue.strata else ""
    return f"**Queue**: {say_queue(queue, write_code, waits)}.{strata}"


def _write_strata(queue: QueueEntry) -> str:
    lines = [f"- {escape_line(say_stratum(stratum), 400)}" for stratum in queue.strata[:_MOST_ROWS]]
    if len(queue.strata) > _MOST_ROWS:
        lines.append(f"- and {len(queue.strata) - _MOST_ROWS:,} more strata")
    return "\n".join(lines)


def _write_acceptance(action: ActionEntry, plan: Plan) -> str:
    if action.state == "closed":
        return f"**Closed**: {say_closed(action)}."
    if not action.acceptance:
        return ""
    rows = [_write_accepted(entry, plan) for entry in action.acceptance[:_MOST_ROWS]]
    count = len(action.acceptance)
    more = f"\n\n*Left to `plan.json`: {count - _MOST_ROWS:,} of {count:,}.*" if count > _MOST_ROWS else ""
    return "**Done when**\n\n" + "\n".join([_ACCEPTANCE, *rows]) + more


def _write_accepted(entry: Acceptance, plan: Plan) -> str:
    return write_row(
        escape_line(name_rule(entry.rule, plan)),
        escape_line(name_scope(entry.scope), 300),
        format_beside(entry.was, entry.bound),
        escape_line(say_accepted(entry)),
        escape_line(say_bound(entry.bound)),
        "**yes**" if entry.holds else "not yet",
    )
