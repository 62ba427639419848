"""The actions: a table to read first, and a fold for each with its evidence, steps, queue and acceptance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from prism_rules.escaping.markdown import escape_line, restrict_markdown, write_code, write_row, write_table_head
from prism_rules.model.plan import Acceptance, ActionEntry, Diagnosis, Finding, Plan, QueueEntry, Waiting
from prism_rules.render.markdown.causes import name_causes
from prism_rules.render.markdown.findings import EVIDENCE, list_slices, write_evidence, write_window
from prism_rules.render.markdown.past import write_conflict, write_past
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
from prism_rules.wording import list_some, name_scope

ACTIONS = write_table_head("#", "Action", "For", "Why", "Owner", "Due", "State")
_ACCEPTANCE = write_table_head("Rule", "Where", "Was", "Now", "Required", "Holds")
_MOST_STEPS = 3_000
_MOST_ROWS = 12


def list_rows(plan: Plan) -> Iterator[str]:
    """List the rows of the table of actions, the most urgent first."""
    numbered = number_actions(plan)
    numbers = {action.id: number for number, action in numbered}
    named, waits = name_causes(plan), find_waits(plan)
    for number, action in numbered:
        causes = dict.fromkeys(named.get(covered, covered) for covered in action.covers)
        yield write_row(
            str(number),
            escape_line(action.title),
            escape_line(name_scope(action.scope), 300),
            escape_line(list_some(causes, 3, "; "), 300) or say_causeless(action),
            write_code(action.owner) if action.owner else "nobody",
            escape_line(say_due(action, waits)),
            "; ".join(_list_states(action, numbers, waits, plan)),
        )


def list_folds(plan: Plan) -> Iterator[str]:
    """List one `<details>` fold per action, in the order of the table."""
    for number, action, blocks in tell_actions(plan):
        summary = f"<b>{number}. {escape_line(action.title)}</b>"
        yield "\n\n".join([f"<details><summary>{summary}</summary>", *blocks, "</details>"])


def tell_actions(plan: Plan) -> Iterator[tuple[int, ActionEntry, list[str]]]:
    """Tell each action in blocks (id, past, evidence, steps, queue, acceptance), in the order of the table."""
    findings = {finding.id: finding for finding in plan.findings}
    diagnoses = {diagnosis.id: diagnosis for diagnosis in plan.diagnoses}
    waits = find_waits(plan)
    for number, action in number_actions(plan):
        evidence = _find_evidence(action, findings, diagnoses)
        blocks = [
            f"**Id**: {write_code(action.id)}",
            write_conflict(action),
            write_past(action),
            _write_evidence(evidence, plan),
            _write_steps(action),
            _write_queue(action, waits.get(action.id)),
            _write_acceptance(action, plan),
        ]
        yield number, action, [*filter(None, blocks)]


def number_actions(plan: Plan) -> list[tuple[int, ActionEntry]]:
    """Number the actions in the order of their priority."""
    return list(enumerate(sorted(plan.actions, key=lambda action: (action.priority, action.id)), start=1))


def _list_states(
    action: ActionEntry, numbers: Mapping[str, int], waits: Mapping[str, Waiting], plan: Plan
) -> list[str]:
    why = [escape_line(say_blocker(blocker, plan), 500) for blocker in action.blocked_by[:3]]
    if len(action.blocked_by) > 3:
        why.append(f"and {len(action.blocked_by) - 3:,} more")
    after = sorted(numbers[other] for other in action.after if other in numbers)
    parts = [
        f"**blocked**: {'; '.join(why)}"
        if why
        else f"**{action.state}**"
        if action.state == "blocked"
        else action.state
    ]
    parts += [f"after {list_some(map(str, after), 6)}"] if after else []
    parts += ["**in conflict**"] if action.conflict else []
    parts += ["**overdue**"] if action.overdue else []
    parts += [f"escalated to {write_code(action.escalated_to)}"] if action.escalated_to else []
    if lacks_rows(action, waits):
        parts.append("never fits the review budget" if waits[action.id].never else "waits for the review budget")
    return parts


def _find_evidence(
    action: ActionEntry, findings: Mapping[str, Finding], diagnoses: Mapping[str, Diagnosis]
) -> list[tuple[Finding, bool]]:
    """Find the findings an action rests on, each with whether it speaks for the cause; those that do come first."""
    covered = sorted((diagnoses[one] for one in action.covers if one in diagnoses), key=lambda d: d.rank)
    speaking = dict.fromkeys([one for d in covered for one in d.evidence] + list(action.covers), True)
    against = dict.fromkeys([one for d in covered for one in d.against], False)
    told = [(findings[one], speaks) for one, speaks in {**against, **speaking}.items() if one in findings]
    return sorted(told, key=lambda pair: not pair[1])


def _write_evidence(evidence: Sequence[tuple[Finding, bool]], plan: Plan) -> str:
    shown = evidence[:_MOST_ROWS]
    if not shown:
        return ""
    windows = list(dict.fromkeys(finding.window for finding, _ in shown))
    told = f", {write_window(windows[0])}" if len(windows) == 1 else ""
    rows = [write_evidence(finding, plan, speaks=speaks, window=not told) for finding, speaks in shown]
    blocks = [f"**Evidence**{told}", "\n".join([EVIDENCE, *rows])]
    if len(evidence) > len(shown):
        blocks.append(f"*Left to `plan.json`: {len(evidence) - len(shown):,} of {len(evidence):,} findings.*")
    blocks.append("\n".join(list_slices([finding for finding, _ in shown])))
    return "\n\n".join(filter(None, blocks))


def _write_steps(action: ActionEntry) -> str:
    steps = restrict_markdown(action.steps or "").strip()
    if not steps:
        return ""
    if len(steps) > _MOST_STEPS:
        return "**Steps** are too long to stand here; see `plan.json`."
    return "**Steps**\n\n" + "\n".join(f"> {line}".rstrip() for line in steps.split("\n"))


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
    title = plan.rules[entry.rule].title if entry.rule in plan.rules else entry.rule
    return write_row(
        escape_line(title),
        escape_line(name_scope(entry.scope), 300),
        format_beside(entry.was, entry.bound),
        escape_line(say_accepted(entry)),
        escape_line(say_bound(entry.bound)),
        "**yes**" if entry.holds else "not yet",
    )
