"""Causes to try: each is diagnosed and found absent, and every rule that it names makes a difference once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from prism_rules.diagnosis.join import TooManyWays, Way, find_ways
from prism_rules.diagnosis.leaves import Leaves
from prism_rules.diagnostics import Route
from prism_rules.model.plan import Finding
from prism_rules.model.ruleset import Cause, Leaf, Ruleset, When
from prism_rules.model.scopes import add_family, agree
from prism_rules.ruleset import Resolved
from prism_rules.ruleset.grain import list_scope
from prism_rules.ruleset.terms import BRANCHES, list_terms, read_leaf
from prism_rules.ruletests.coverage.points import Point, Run, find_status, make_point, name_trial


def list_causes(resolved: Resolved) -> Iterator[Point]:
    """List what there is to try of every cause."""
    for name, cause in resolved.model.causes.items():
        route: Route = ("causes", name)
        yield make_point(resolved, "causes", route, "diagnosed", f"{name}: never diagnosed")
        yield make_point(resolved, "causes", route, "absent", f"{name}: never found absent")
        leaves = list(list_terms(cause.when, ()))
        for leaf, place in leaves:
            # That the only rule of a cause keeps it from holding is that the cause is absent.
            if len(leaves) > 1 or _name_part(place) != "all":
                text = {
                    "all": f"{name}: never absent for want of {leaf.rule} alone",
                    "any": f"{name}: never diagnosed with {leaf.rule} as evidence",
                    "none": f"{name}: never ruled out by {leaf.rule}",
                }[_name_part(place)]
                yield make_point(resolved, "causes", (*route, "when", *place), "told", text)
        for index, term in enumerate(cause.against):
            text = f"{name}: never diagnosed with {read_leaf(term).rule} against it"
            yield make_point(resolved, "causes", (*route, "against", index), "told", text)


def find_causes(model: Ruleset, run: Run) -> Iterator[str]:
    """Find what a run tried of causes."""
    findings = {finding.id: finding for finding in run.findings}
    for diagnosis in run.plan.diagnoses:
        if diagnosis.verdict != "diagnosed" or diagnosis.cause not in model.causes:
            continue
        cause, route = model.causes[diagnosis.cause], ("causes", diagnosis.cause)
        yield name_trial(route, "diagnosed")
        evidence = [findings[one] for one in diagnosis.evidence if one in findings]
        against = [findings[one] for one in diagnosis.against if one in findings]
        for leaf, place in list_terms(cause.when, ()):
            if _name_part(place) == "any" and _is_told(leaf, evidence):
                yield name_trial((*route, "when", *place), "told")
        for index, term in enumerate(cause.against):
            if _is_told(read_leaf(term), against):
                yield name_trial((*route, "against", index), "told")
    leaves = _lay_out(model, run.findings)
    met = {finding.rule for finding in run.findings}
    for name, cause in model.causes.items():
        # A rule that is off in a run says nothing, and that it says nothing is no trial.
        if all(leaf.rule in met for leaf, _ in list_terms(cause.when, ())):
            yield from _find_differences(name, cause, leaves)


def _name_part(place: Route) -> str:
    """Name what a rule does in a `when`: it is one of `all`, one of `any`, or rules out, also further up."""
    branches = [step for step in place if step in BRANCHES]
    return next((part for part in ("none", "any") if part in branches), "all")


def _is_told(leaf: Leaf, findings: Iterable[Finding]) -> bool:
    return any(finding.rule == leaf.rule and find_status(finding) in leaf.statuses for finding in findings)


def _lay_out(model: Ruleset, findings: Sequence[Finding]) -> Leaves:
    # A rule that met nothing has one finding, for no place in particular.
    placed = [f for f in findings if f.rule in model.rules and {*list_scope(model.rules[f.rule])} <= {*f.scope}]
    return Leaves((add_family(model, finding.scope), finding) for finding in placed)


def _find_differences(name: str, cause: Cause, leaves: Leaves) -> Iterator[str]:
    """Find whether a cause is absent somewhere, and which of its rules alone make it so."""
    route: Route = ("causes", name)
    try:
        ways = find_ways(cause.when, leaves)
        if _is_absent(cause, leaves, ways):
            yield name_trial(route, "absent")
        for leaf, place in list_terms(cause.when, ()):
            part = _name_part(place)
            if part == "any":
                continue
            without = find_ways(_leave_out(cause.when, place), leaves)
            if _is_kept(leaf, without, ways, leaves) if part == "all" else _differ(without, ways):
                yield name_trial((*route, "when", *place), "told")
    except TooManyWays:
        return


def _is_absent(cause: Cause, leaves: Leaves, ways: Sequence[Way]) -> bool:
    """Whether there is a place of the cause, met by one of its rules, where it neither holds nor may hold."""
    if not ways:
        return True
    scopes = (reading.scope for leaf, _ in list_terms(cause.when, ()) for reading in leaves.read(leaf).things)
    places = ({name: scope[name] for name in cause.by} for scope in scopes if {*cause.by} <= {*scope})
    return any(not any(agree(way.scope, place) for way in ways) for place in places)


def _is_kept(leaf: Leaf, without: Sequence[Way], ways: Sequence[Way], leaves: Leaves) -> bool:
    """Whether at a place where all else speaks for the cause this rule does not, and the cause does not hold."""
    for way in without:
        for reading in leaves.read(leaf).find_agreeing(way.scope) if way.truth else ():
            place = {**way.scope, **reading.scope}
            if reading.truth is not True and not any(other.truth and agree(other.scope, place) for other in ways):
                return True
    return False


def _differ(one: Sequence[Way], other: Sequence[Way]) -> bool:
    """Whether a cause holds at a place in one way of putting it, and in the other way is ruled out there."""
    return any(
        way.truth and not any(agree(way.scope, rival.scope) for rival in theirs)
        for mine, theirs in ((one, other), (other, one)) for way in mine
    )  # fmt: skip


def _leave_out(when: When, place: Route) -> When:
    """Leave the term at `place` out; `place` may end in what a written-out leaf calls its rule."""
    branch, index, *inner = place
    terms = list(getattr(when, str(branch)))
    assert isinstance(index, int)
    term = terms[index]
    rest = _leave_out(term, tuple(inner)) if isinstance(term, When) else None
    terms[index : index + 1] = [rest] if rest and (rest.all or rest.any or rest.none) else []
    return when.model_copy(update={str(branch): tuple(terms)})
