"""A plan as code scanning reads it: SARIF 2.1.0, each finding a result where the bound that decides it is written.

Code scanning opens an alert for every result whatever its `kind`, and closes those that are missing. So what was not
evaluated is a notification of the run, unless it was found before: then it stays a result, for it is not mended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from prism_rules.diagnostics import Label
from prism_rules.diagnostics.sarif import write_location, write_log
from prism_rules.diagnostics.text import say_count
from prism_rules.escaping.markdown import escape_line, write_code
from prism_rules.escaping.sarif import escape_message
from prism_rules.model.plan import Finding, Plan, WaiverEntry
from prism_rules.render.counted import say_narrowed
from prism_rules.render.ranking import rank_findings
from prism_rules.render.results import (
    Outcome,
    find_causes,
    find_place,
    judge_finding,
    list_evidence,
    say_result,
    say_waiver,
    show_title,
)
from prism_rules.render.words import name_reason, say_bound
from prism_rules.wording import list_some, name_scope

MOST = 5_000
"""Results that GitHub keeps of one run ("SARIF results exceed limit"); of 25,000 and more it refuses the file."""
_LEVELS: dict[Outcome, str] = {
    "fails": "error", "warns": "warning", "tried": "note", "waived": "note", "unknown": "note",
}  # fmt: skip
_STATES = {"new": "new", "same": "unchanged"}


def render_sarif(plan: Plan) -> str:
    """Write one SARIF log with one run, what fails first."""
    told = [
        (outcome, finding) for outcome, finding in rank_findings(plan)
        if outcome != "unknown" or finding.change == "lost"
    ]  # fmt: skip
    shown = told[:MOST]
    causes, waivers = find_causes(plan), {waiver.id: waiver for waiver in plan.waivers}
    rules = sorted({finding.rule for _, finding in shown} | {finding.rule for finding in _list_unknown(plan)})
    index = {rule: number for number, rule in enumerate(rules)}
    worst = {finding.rule: _LEVELS[outcome] for outcome, finding in reversed(shown)}
    results = []
    for outcome, finding in shown:
        evidence, waiver = list_evidence(finding, plan, causes), waivers.get(finding.waiver or "")
        result = _write_result(finding, _LEVELS[outcome], plan, [*evidence], waiver)
        results.append(result | {"ruleIndex": index[finding.rule]})
    notes = [*_list_notes(plan, len(told) - len(shown), index)]
    described = [_write_rule(rule, worst.get(rule, "note"), plan) for rule in rules]
    invocation = {"executionSuccessful": True, "toolExecutionNotifications": notes}
    return write_log(escape_message(plan.tool.version), described, results, invocations=[invocation])


def _write_rule(rule: str, worst: str, plan: Plan) -> dict[str, Any]:
    title, entry = show_title(rule, plan), plan.rules.get(rule)
    about, bounds = title, []
    if entry:
        by = f", by {list_some(entry.by, 6)}" if entry.by else ""
        about = f"{entry.metric} of {entry.source}{by}; {entry.status}"
        bounds = [f"{name_scope(one.match) if one.match else 'all'}: {say_bound(one)}" for one in entry.bounds[:100]]
    listed = "".join(f"\n- {escape_line(bound, 400)}" for bound in bounds)
    return {
        "id": escape_message(rule),
        "name": escape_message(rule)[:255],
        "shortDescription": {"text": escape_message(title)[:1024]},
        "fullDescription": {"text": escape_message(about)[:1024]},
        "help": {
            "text": escape_message(title, about, *bounds),
            "markdown": f"**{escape_line(title)}**\n\n{escape_line(about)}\n{listed}\n\n"
            f"{write_code(f'prism-rules explain {rule}')} tells how it is measured.\n",
        },
        "defaultConfiguration": {"level": worst},
        "properties": {
            "problem.severity": {"note": "recommendation"}.get(worst, worst), "tags": ["data", "reliability"],
        },
    }  # fmt: skip


def _write_result(
    finding: Finding, level: str, plan: Plan, evidence: list[str], waiver: WaiverEntry | None
) -> dict[str, Any]:
    place = find_place(finding, plan)
    # Where space is short only the first sentence is shown, so it has all that counts.
    said = f"{name_scope(finding.scope)}: {say_result(finding, plan)}."
    digest = hashlib.sha256(finding.id.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    result = {
        "ruleId": escape_message(finding.rule),
        "level": level,
        "message": {"text": escape_message(said, *evidence)},
        "locations": [write_location(Label(place.file, place.line, place.col, place.col + 1))],
        # Findings of one rule stand at one line, and the line's own hash, which is used where this is missing, is one
        # for them all: code scanning would take them for the same alert.
        "partialFingerprints": {"primaryLocationLineHash": f"{digest}:1", "prismRulesFinding/v1": digest},
    }
    if waiver:
        why = escape_message(say_waiver(waiver))
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
    if plan.previous:
        result["baselineState"] = _STATES.get(finding.change, "updated")
    return result


def _list_unknown(plan: Plan) -> Iterator[Finding]:
    return (finding for finding in plan.findings if judge_finding(finding, plan) == "unknown")


def _list_notes(plan: Plan, left: int, index: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """List what the run has to say besides its results: what it left out, and per rule what was not evaluated."""
    if left:
        yield _write_note(f"{say_count(left, 'more finding is', 'more findings are')} in plan.json")
    if narrowed := say_narrowed(plan):
        yield _write_note(narrowed)
    silent: dict[str, list[str]] = {}
    for finding in _list_unknown(plan):
        said = f"{name_scope(finding.scope)} ({name_reason(finding.reason)})"
        silent.setdefault(finding.rule, []).append(said)
    for rule, places in sorted(silent.items()):
        said = f"not evaluated in {say_count(len(places), 'place')}: {list_some(places, 6, '; ')}"
        yield _write_note(said) | {"associatedRule": {"id": escape_message(rule), "index": index[rule]}}


def _write_note(text: str) -> dict[str, Any]:
    return {"level": "note", "message": {"text": escape_message(text)}}
