"""A plan as GitHub shows it beside the lines of a change: each finding at the line where its bound is written.

A failure is an error, what warns or is in doubt a warning, what was not evaluated or holds again a notice. What a
waiver sets aside says nothing; what is only tried out is never an error.
"""

from __future__ import annotations

from collections.abc import Iterator

from prism_rules.diagnostics.annotations import Annotation, Level, write_annotations
from prism_rules.escaping import show_plain
from prism_rules.model.plan import ActionEntry, Cleared, Finding, Plan
from prism_rules.model.plan.distance import measure_distance
from prism_rules.render.words import (
    format_unbound,
    is_experimental,
    name_reason,
    say_finding,
    say_support,
    say_value,
)
from prism_rules.wording import name_scope

_VERBS = {
    "fail": "fails", "warn": "warns", "unsure": "is in doubt", "insufficient": "is not evaluated",
    "no_data": "is not evaluated",
}  # fmt: skip
_LIVE = ("open", "proposed", "blocked")
"""States of an action that is still to be done: what can be begun at once first."""


def render_github(plan: Plan) -> str:
    """Write workflow commands: what is new or worse first, then what is worst; one of each rule before its next."""
    findings = sorted((one for one in plan.findings if one.status in _VERBS), key=_rank)
    answers = _find_answers(plan)
    told = [_annotate(finding, plan, answers.get(finding.id)) for finding in findings]
    return write_annotations([*told, *(_annotate_cleared(one, plan) for one in plan.cleared)])


def _rank(finding: Finding) -> tuple[bool, bool, str, float]:
    # Distances are of one unit within a rule, and nowhere else.
    old = finding.change not in ("new", "worse")
    return old, finding.unsure_of != "fail", finding.rule, -measure_distance(finding)


def _annotate(finding: Finding, plan: Plan, answer: ActionEntry | None) -> Annotation:
    tried = is_experimental(finding, plan)
    title = f"{show_plain(finding.rule)} {_VERBS[finding.status]}: {name_scope(finding.scope)}"
    place = _find_place(finding.rule, finding.bound.origin if finding.bound else None, plan)
    if finding.status in ("insufficient", "no_data"):
        said = name_reason(finding.reason)
        return Annotation("notice", finding.rule, title, (f"{said}; {_say_change(finding, plan)}",), place)
    said = f"{say_value(finding, plan)}, {say_finding(finding)}; {say_support(finding)}; {_say_change(finding, plan)}"
    said += "; the rule is experimental, and fails no run" if tried else ""
    level: Level = "error" if finding.status == "fail" and not tried else "warning"
    return Annotation(level, finding.rule, title, (said, *_say_answer(finding, plan, answer)), place)


def _annotate_cleared(cleared: Cleared, plan: Plan) -> Annotation:
    title = f"{show_plain(cleared.rule)} holds again: {name_scope(cleared.scope)}"
    value, was = (format_unbound(number, cleared.rule, plan) for number in (cleared.value, cleared.was))
    said = f"{value}, was {was} and there since {show_plain(cleared.since[:10])}"
    return Annotation("notice", cleared.rule, title, (said,), _find_place(cleared.rule, None, plan))


def _find_place(rule: str, origin: str | None, plan: Plan) -> dict[str, str | int]:
    """Find where a bound is written; what no bound decided stands at the first of its rule."""
    bounds = plan.rules[rule].bounds if rule in plan.rules else ()
    origins = (plan.origins.get(name) for name in (origin, *(bound.origin for bound in bounds)) if name)
    found = next(filter(None, origins), None)
    return {"file": found.file, "line": found.line, "col": found.col} if found else {}


def _find_answers(plan: Plan) -> dict[str, ActionEntry]:
    """Find per finding the action to begin with: of those that rest on it the first that nothing blocks."""
    evidence = {diagnosis.id: diagnosis.evidence for diagnosis in plan.diagnoses}
    answers: dict[str, ActionEntry] = {}
    live = [action for action in plan.actions if action.state in _LIVE]
    for action in sorted(live, key=lambda one: (one.state == "blocked", one.priority)):
        for covered in action.covers:
            for finding in evidence.get(covered, (covered,)):
                answers.setdefault(finding, action)
    return answers


def _say_answer(finding: Finding, plan: Plan, answer: ActionEntry | None) -> Iterator[str]:
    if answer:
        who = show_plain(answer.owner) if answer.owner else "no owner"
        due = f"due {show_plain(answer.due[:10])}" if answer.due else "no due date"
        yield f"Next: {show_plain(answer.title, 120)} ({answer.state}; {who}; {due})"
    elif finding.id in plan.unexplained:
        yield "Next: find out why; no cause of the ruleset explains it"


def _say_change(finding: Finding, plan: Plan) -> str:
    if plan.previous is None:
        return "first plan"
    known = finding.change in ("same", "worse", "better")
    return f"{finding.change}, there since {show_plain(finding.since[:10])}" if known else finding.change
