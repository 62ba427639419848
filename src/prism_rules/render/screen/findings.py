"""A finding in paragraphs: what was measured, by which bound it is judged, and what hangs on it."""

from __future__ import annotations

from collections.abc import Iterator

from prism_rules.escaping import show_plain
from prism_rules.manual.paragraphs import Item, Paragraph
from prism_rules.model.plan import ActionEntry, BaselineValue, Finding, Passing, Plan
from prism_rules.render.bounds import find_bounds, list_families, name_place, say_needed
from prism_rules.render.screen.references import References, tell_some
from prism_rules.render.words import (
    format_beside,
    format_number,
    format_percent,
    format_unbound,
    is_judged,
    name_reason,
    say_change,
    say_end,
    say_finding,
    say_slices,
    say_support,
    say_value,
    say_window,
)
from prism_rules.wording import format_amount, name_scope, say_demand, say_moment

_LEFT_OUT = {
    "null": "without the value that is measured",
    "unsettled": "pending, or routed before they were raised",
}


def tell_finding(references: References, finding: Finding) -> Iterator[Paragraph]:
    """Tell a finding that did not pass, or has no verdict."""
    plan = references.plan
    yield from _tell_rule(plan, finding)
    value = "none" if finding.value is None else say_value(finding, plan)
    sure = f", at {format_amount(finding.confidence, relative=True)} confidence" if finding.confidence else ""
    yield Paragraph("Value", f"{value}{sure}, of {say_support(finding)}")
    judged = is_judged(finding)
    yield Paragraph("Bound", say_finding(finding)) if judged else Paragraph("Reason", name_reason(finding.reason))
    yield from _tell_bounds(plan, finding)
    if judged and (needed := say_needed(plan, finding)):
        yield Paragraph("Needed", needed)
    yield Paragraph("Window", say_window(finding.window))
    if finding.baseline:
        yield Paragraph("Compared with", _say_baseline(finding.baseline))
    yield from tell_some(
        "Left out", (f"{n:,} {_LEFT_OUT.get(why, show_plain(why))}" for why, n in finding.excluded.items())
    )
    yield from tell_some("Stands out", say_slices(finding))
    yield Paragraph("Change", say_change(plan, finding))
    past = [
        f"{say_moment(point.to)} {format_beside(point.value, finding.bound)} ({show_plain(point.status)})"
        for point in plan.history.get(finding.id, ())
    ]
    if past:
        yield Paragraph("Before", ", ".join(past[-8:]))
    waiver = next((one for one in plan.waivers if one.id == finding.waiver), None)
    if waiver:
        why = f"by {show_plain(waiver.by)}: {show_plain(waiver.because, 300)}"
        yield Paragraph("Waived", f"{show_plain(waiver.id)}, {say_end(waiver)}, {why}")
    yield from _tell_readers(references, finding)
    yield from _tell_scan(plan, finding)


def tell_passing(references: References, passing: Passing) -> Iterator[Paragraph]:
    """Tell a finding that passed: the plan keeps little of it."""
    plan = references.plan
    yield from _tell_rule(plan, passing)
    unit = f" {show_plain(plan.rules[passing.rule].unit)}" if passing.rule in plan.rules else ""
    yield Paragraph("Value", f"{format_unbound(passing.value, passing.rule, plan)}, of {passing.n:,}{unit}")
    yield from _tell_bounds(plan, passing)
    for cleared in plan.cleared:
        if cleared.id == passing.id:
            was = format_unbound(cleared.was, cleared.rule, plan)
            yield Paragraph("Change", f"cleared: it was {was}, not passing since {show_plain(cleared.since)}")
    yield from _tell_readers(references, passing)
    yield from _tell_scan(plan, passing)


def _tell_rule(plan: Plan, entry: Finding | Passing) -> Iterator[Paragraph]:
    rule = plan.rules.get(entry.rule)
    name = show_plain(entry.rule)
    if rule is None:
        yield Paragraph("Rule", name)
        return
    by = f", by {', '.join(map(show_plain, rule.by))}" if rule.by else ""
    yield Paragraph("Rule", f"{name}: {show_plain(rule.metric)} of {show_plain(rule.source)}{by}")


def _tell_bounds(plan: Plan, entry: Finding | Passing) -> Iterator[Paragraph]:
    items = tuple(_list_bounds(plan, entry))
    if items:
        yield Paragraph("In force", "", items)


def _say_baseline(baseline: BaselineValue) -> str:
    value = "" if baseline.value is None else f"{format_number(baseline.value)}, "
    place = f" for {name_scope(baseline.scope)}" if baseline.scope else ""
    return f"{value}{show_plain(baseline.source)} ({baseline.n:,}){place}, {say_window(baseline.window)}"


def _tell_readers(references: References, entry: Finding | Passing) -> Iterator[Paragraph]:
    """Tell which diagnoses and actions look at a finding, and for what."""
    plan, id_ = references.plan, entry.id
    speaking = [diagnosis.id for diagnosis in plan.diagnoses if id_ in diagnosis.evidence]
    yield from references.tell_list("Speaks for", speaking)
    yield from references.tell_list("Speaks against", (d.id for d in plan.diagnoses if id_ in d.against))
    yield from references.tell_list("Missing for", (d.id for d in plan.diagnoses if id_ in d.unknown))
    if id_ in plan.unexplained:
        yield Paragraph("Speaks for", "no cause explains it")
    told = ((action.id, _say_roles(action, entry, {*speaking})) for action in plan.actions)
    yield from tell_some("Actions", (references.refer(action, roles) for action, roles in told if roles))
    stuck = any(gate.rule == entry.rule and gate.scope == entry.scope for gate in plan.stuck)
    if stuck:
        yield Paragraph("Stuck", "it shuts a gate, and no action works on it")
    for rate in plan.qa_sampling:
        if rate.finding == id_:
            share = f"{format_percent(rate.rate)} of the finished labels of {show_plain(rate.class_)}"
            yield Paragraph("Sampling", f"{share} are checked again")


def _say_roles(action: ActionEntry, entry: Finding | Passing, speaking: set[str]) -> str:
    place = entry.rule, entry.scope
    roles = {
        "rests on it": entry.id in action.covers or not speaking.isdisjoint(action.covers),
        "blocked by it": any((blocker.rule, blocker.scope) == place for blocker in action.blocked_by),
        "done when it holds": any((accepted.rule, accepted.scope) == place for accepted in action.acceptance),
    }
    return ", ".join(role for role, plays in roles.items() if plays)


def _tell_scan(plan: Plan, entry: Finding | Passing) -> Iterator[Paragraph]:
    if entry.rule in plan.rules:
        yield Paragraph("SQL", f"{show_plain(plan.rules[entry.rule].scan)}; --sql shows it")


def _list_bounds(plan: Plan, entry: Finding | Passing) -> Iterator[Item]:
    """List the bounds that count at a place with where they are written, and below each those that it replaces."""
    for settings in find_bounds(plan, entry).values():
        for number, bounds in enumerate(settings):
            for bound in bounds:
                said, place = say_demand(bound), name_place(plan, entry.rule, bound)
                yield Item(1, f"in place of {place}: {said}") if number else Item(0, f"{said}: {place}")
    for bound in list_families(plan, entry):
        said = f"{say_demand(bound)}: {name_place(plan, entry.rule, bound)}"
        yield Item(0, f"only if it is of the family {show_plain(bound.match['family'])}, {said}")
