"""A plan as GitHub shows it beside the lines of a change: each finding at the line where its bound is written.

A failure is an error, what warns or is in doubt a warning, what was not evaluated or holds again a notice. What a
waiver sets aside says nothing; what is only tried out is never an error.
"""

from __future__ import annotations

from collections.abc import Iterator

from prism_rules.diagnostics.annotations import Annotation, Level, write_annotations
from prism_rules.escaping import show_plain
from prism_rules.model.plan import ActionEntry, Cleared, Finding, Plan
from prism_rules.render.counted import say_narrowed
from prism_rules.render.ranking import rank_findings
from prism_rules.render.results import Outcome, find_place, judge_finding, say_held, say_result
from prism_rules.render.words import format_unbound, say_change, say_support
from prism_rules.wording import name_scope

_LEVELS: dict[Outcome, Level] = {"fails": "error", "warns": "warning", "tried": "warning", "unknown": "notice"}
_LIVE = ("open", "proposed", "blocked")
"""States of an action that is still to be done."""


def render_github(plan: Plan) -> str:
    """Write workflow commands: the most urgent first, and one of each rule before its next."""
    answers = _find_answers(plan)
    findings = [finding for outcome, finding in rank_findings(plan) if outcome in _LEVELS]
    told = [_annotate(finding, plan, answers.get(finding.id)) for finding in findings]
    narrowed = say_narrowed(plan)
    about = [Annotation("notice", "only-changes", "only changes", (narrowed,))] if narrowed else []
    return write_annotations([*about, *told, *(_annotate_cleared(one, plan) for one in plan.cleared)])


def _annotate(finding: Finding, plan: Plan, answer: ActionEntry | None) -> Annotation:
    outcome = judge_finding(finding, plan)
    support = f"; {say_support(finding)}" if outcome != "unknown" else ""
    lines = [f"{say_result(finding, plan)}{support}; {say_change(plan, finding)}"]
    if outcome != "unknown":
        lines += _say_answer(finding, plan, answer)
    return Annotation(_LEVELS[outcome], finding.rule, _name(finding), tuple(lines), _find_place(finding, plan))


def _annotate_cleared(cleared: Cleared, plan: Plan) -> Annotation:
    was = format_unbound(cleared.was, cleared.rule, plan)
    said = f"holds again at {say_held(cleared, plan)}; was {was}, and not passing since {show_plain(cleared.since)}"
    return Annotation("notice", cleared.rule, _name(cleared), (said,), _find_place(cleared, plan))


def _name(finding: Finding | Cleared) -> str:
    return f"{show_plain(finding.rule)}: {name_scope(finding.scope)}"


def _find_place(finding: Finding | Cleared, plan: Plan) -> dict[str, str | int]:
    place = find_place(finding, plan)
    return {"file": place.file, "line": place.line, "col": place.col}


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
