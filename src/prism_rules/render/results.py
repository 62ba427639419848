"""Findings as services take them that collect results: what each comes to, said in plain text, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from prism_rules.escaping import show_plain
from prism_rules.escaping.place import is_inside
from prism_rules.model.plan import UNEVALUATED, Cleared, Finding, Origin, Plan, WaiverEntry
from prism_rules.render.told import name_diagnosis, name_rule
from prism_rules.render.words import (
    format_number,
    format_unbound,
    is_experimental,
    name_reason,
    name_status,
    say_change,
    say_end,
    say_finding,
    say_slices,
    say_support,
    say_value,
    say_window,
)
from prism_rules.wording import SIDES, list_some

Outcome = Literal["fails", "warns", "tried", "waived", "unknown"]
"""What a finding comes to for a gate.

- `fails`: it fails the run
- `warns`: it warns, or is in doubt
- `tried`: its rule is experimental, and fails no run
- `waived`: a waiver sets it aside
- `unknown`: it was not evaluated
"""
OUTCOMES: Sequence[Outcome] = ("fails", "warns", "tried", "waived", "unknown")


def judge_finding(finding: Finding, plan: Plan) -> Outcome:
    """Judge what a finding comes to."""
    if finding.status == "waived":
        return "waived"
    if finding.status in UNEVALUATED:
        return "unknown"
    if is_experimental(finding, plan):
        return "tried"
    return "fails" if finding.status == "fail" else "warns"


def show_title(rule: str, plan: Plan) -> str:
    """Name a rule by its title; by its id when it has none."""
    return show_plain(name_rule(rule, plan), 200)


def say_result(finding: Finding, plan: Plan) -> str:
    """Say what was measured and what is asked: "fail at 0.63 (0.55 to 0.70), must be at least 0.75", or why nothing."""
    status = name_status(finding, plan)
    if (finding.hides or finding.status) in UNEVALUATED:
        return f"{status}: {name_reason(finding.reason)}"
    return f"{status} at {say_value(finding, plan)}, {say_finding(finding)}"


def say_held(cleared: Cleared, plan: Plan) -> str:
    """Say the value at which a finding holds again, and of a bound on the distance from it the baseline now: it may be
    that which moved. "0.81", "0.860 against 0.904"."""
    value = format_unbound(cleared.value, cleared.rule, plan)
    bounds = plan.rules[cleared.rule].bounds if cleared.rule in plan.rules else ()
    baseline = cleared.baseline.value if cleared.baseline else None
    if baseline is None or all(bound.kind not in SIDES for bound in bounds):
        return value
    return f"{value} against {format_number(baseline, least=3)}"


def say_waiver(waiver: WaiverEntry) -> str:
    """Say a waiver: "waived until 2026-04-30, 60 days left, by @org/reliability: lens to be replaced"."""
    return f"waived {say_end(waiver)}, by {show_plain(waiver.by)}: {show_plain(waiver.because, 300)}"


def list_evidence(finding: Finding, plan: Plan, causes: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """List in lines what a finding rests on, and how to ask for more; `causes` are those of `find_causes`."""
    yield f"Support: {say_support(finding)}, {say_window(finding.window)}"
    yield from (f"Stands out: {line}" for line in say_slices(finding))
    yield f"Change: {say_change(plan, finding)}"
    if causes.get(finding.id):
        yield f"Speaks for: {list_some(causes[finding.id], 6, '; ')}"
    if finding.bound and (origin := plan.origins.get(finding.bound.origin)):
        yield f"Bound in: {show_plain(origin.file, 200)}:{origin.line}"
    yield f"Why: prism-rules explain {show_plain(finding.id)} --plan DIR"


def find_causes(plan: Plan) -> dict[str, list[str]]:
    """Find which causes each finding speaks for: id of a finding -> titles and places."""
    causes: dict[str, list[str]] = {}
    for diagnosis in plan.diagnoses:
        for finding in diagnosis.evidence:
            causes.setdefault(finding, []).append(name_diagnosis(diagnosis))
    return causes


def find_place(finding: Finding | Cleared, plan: Plan) -> Origin:
    """Find where the bound that decides a finding is written; without one, its rule's first; else the ruleset's head.

    A bound of a pack stands in no file of the repository: there it is the head of the ruleset that extends the pack; so
    it is where a plan, which anybody may have written, names a file outside.
    """
    bounds = plan.rules[finding.rule].bounds if finding.rule in plan.rules else ()
    decided = finding.bound if isinstance(finding, Finding) else None
    written = [decided.origin] if decided else [bound.origin for bound in bounds]
    found = (plan.origins[origin] for origin in written if origin in plan.origins)
    # A pack's file is named by its version: `prism-core@1.0.0/ruleset.yaml`.
    own = (origin for origin in found if is_inside(origin.file) and "@" not in origin.file.partition("/")[0])
    return next(own, find_head(plan))


def find_head(plan: Plan) -> Origin:
    """Find where the ruleset's own file begins."""
    files = (file.path for file in plan.ruleset.files[:1] if is_inside(file.path))
    return Origin(file=next(files, "prism.yaml"), line=1, col=1)
