"""Before: the last plan and the ledger, read under the names that things have today.

A finding is told apart by a name made of ids, so those of the last plan get the names that they would have now. An
action keeps for life the id under which it was recorded: people hold it in their hands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NoReturn

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.escaping import show_plain
from prism_rules.ledger import ActionState, Ledger, fold, list_recorded
from prism_rules.model.identity import make_id
from prism_rules.model.ledger import Found
from prism_rules.model.plan import Plan, Scope
from prism_rules.model.plan.distance import measure_distance
from prism_rules.model.ruleset import Ruleset
from prism_rules.planning.earlier import SHOWN, Earlier, Point, Previous
from prism_rules.ruleset.grain import is_person
from prism_rules.ruleset.renames import Renames, list_renames


def read_plan_before(plan: Plan, digest: str) -> Previous:
    """Read what a saved plan, with the digest of its plan.json, tells a later one."""
    findings = (
        *(
            Earlier(f.id, f.rule, f.scope, f.status, f.value, f.n, f.hides, measure_distance(f), f.unit, f.window,
                    f.since)
            for f in plan.findings
        ),
        *(Earlier(f.id, f.rule, f.scope, "pass", f.value, f.n) for f in plan.passes),
    )  # fmt: skip
    history = {
        f.id: (
            *(Point(p.to, p.value, p.n, p.status) for p in plan.history.get(f.id, ())),
            Point(plan.as_of, f.value, f.n, f.status),
        )[-SHOWN:]
        for f in findings
    }
    # What is about one annotator has a name in its id, and today's plan may name people otherwise.
    actions = {entry.id: entry.state for entry in plan.actions if not is_person(entry.scope)}
    return Previous(
        digest, plan.as_of, plan.ruleset.name, plan.ledger.heads, plan.selected, findings, history, plan.annotators,
        frozenset(f.id for f in findings if is_person(f.scope)), actions,
    )  # fmt: skip


def read_baseline(model: Ruleset, plan: Plan, digest: str) -> Previous:
    """Read a saved plan that a plan of this ruleset is to be compared with. Raises `Refused` (`usage`, exit 2)."""
    if plan.only_changes:
        message = "the baseline shows only what changed: what it leaves out would be told as new"
        raise Refused([Diagnostic("usage", message, help="name a plan.json that `plan` wrote")], 2)
    previous = read_plan_before(plan, digest)
    check_ruleset(model, previous)
    selected = carry_plan(model, previous).selected
    if selected and not {*model.rules} <= {*selected}:
        message = "the baseline is a selection that lacks rules of this plan: they would be told as new"
        help = "name a plan of all rules, or select the baseline's"
        raise Refused([Diagnostic("usage", message, help=help)], 2)
    return previous


def read_recorded_before(model: Ruleset, ledger: Ledger, as_of: str) -> Previous | None:
    """Read the plan that a ledger has of the last moment before `as_of`; None where it has none.

    A plan for the same moment is not the one before: whoever runs a plan again is told the same again.
    """
    renames = list_renames(model)
    recorded = list_recorded(ledger, renames.rulesets)
    moments = [moment for moment in recorded if moment < as_of][-SHOWN:]
    if not moments:
        return None
    history: dict[str, dict[str, Point]] = {}
    findings: list[Earlier] = []
    names: dict[tuple[str, ...], tuple[str, Scope]] = {}
    last, personal = recorded[moments[-1]], set[str]()
    for moment in moments:
        # Where they are told apart otherwise, its pseudonyms are those of others.
        apart = recorded[moment].annotators != last.annotators
        for group in recorded[moment].found or ():
            rule = renames.name("rules", group.rule)
            blank = [None] * len(group.n)
            values = [None if value is None else float(value) for value in group.value or blank]
            distances = [float(distance or 0) for distance in group.distance or blank]
            places = [*_list_places(rule, group, renames, names)]
            people = {identity for identity, scope in places if is_person(scope)}
            for (identity, _), value, n in zip(places, values, group.n, strict=True):
                if not (apart and identity in people):
                    history.setdefault(identity, {})[moment] = Point(moment, value, n, group.status)
            personal |= people
            if moment == moments[-1]:
                findings += (
                    Earlier(
                        identity, rule, scope, group.status, value, n, group.hides, distance, group.unit or "",
                        (group.start, moment), group.since or "",
                    )
                    for (identity, scope), value, n, distance in zip(places, values, group.n, distances, strict=True)
                )  # fmt: skip
    points = {identity: tuple(seen.values()) for identity, seen in history.items()}
    return Previous(
        last.plan or "", moments[-1], renames.rulesets[0], last.read, (), tuple(findings), points, last.annotators,
        frozenset(personal),
    )  # fmt: skip


def find_later(model: Ruleset, ledger: Ledger, as_of: str) -> str | None:
    """Find the last moment that a ledger has a plan for, where that is after `as_of`."""
    last = max(list_recorded(ledger, list_renames(model).rulesets), default="")
    return last if last > as_of else None


def _list_places(
    rule: str, group: Found, renames: Renames, names: dict[tuple[str, ...], tuple[str, Scope]]
) -> Iterator[tuple[str, Scope]]:
    """List the ids and scopes of a group; `names` keeps those that were made, since plans have most in common."""
    for values in zip(*group.scope.values(), strict=True) if group.scope else ((),) * len(group.n):
        key = (rule, *group.scope, *values)
        if key not in names:
            scope = renames.place(dict(zip(group.scope, values, strict=True)))
            names[key] = make_id("finding", renames.rulesets[0], rule, scope), scope
        yield names[key]


def check_ruleset(model: Ruleset, previous: Previous) -> None:
    """Check that a saved plan is one of this ruleset. Raises `Refused` (`usage`, exit 2)."""
    names = list_renames(model).rulesets
    if previous.ruleset not in names:
        _refuse(f"is one of the ruleset `{show_plain(previous.ruleset)}`, not of `{names[0]}`",
                "name a plan of this ruleset; if it was renamed, its metadata says `renamed_from`")  # fmt: skip


def check_before(model: Ruleset, previous: Previous, as_of: str) -> None:
    """Check that a saved plan can be the one before. Raises `Refused` (`usage`, exit 2)."""
    check_ruleset(model, previous)
    if previous.as_of > as_of:
        _refuse(f"is for {previous.as_of}, which is later than the {as_of} of this plan",
                "name one for an earlier moment, or for the same")  # fmt: skip


def _refuse(message: str, help: str) -> NoReturn:
    raise Refused([Diagnostic("usage", f"the baseline {message}", help=help)], 2)


def carry_plan(model: Ruleset, previous: Previous) -> Previous:
    """Give an earlier plan's findings the rules, classes and ids that they have in a ruleset of today."""
    renames = list_renames(model)
    if not renames or previous.ruleset not in renames.rulesets:
        return previous
    carried = {finding.id: _carry_finding(finding, renames) for finding in previous.findings}
    return replace(
        previous,
        selected=tuple(renames.name("rules", rule) for rule in previous.selected),
        findings=tuple(carried.values()),
        history={carried[old].id if old in carried else old: points for old, points in previous.history.items()},
        personal=frozenset(carried[old].id if old in carried else old for old in previous.personal),
    )


def _carry_finding(finding: Earlier, renames: Renames) -> Earlier:
    rule, scope = renames.name("rules", finding.rule), renames.place(finding.scope)
    return replace(finding, id=make_id("finding", renames.rulesets[0], rule, scope), rule=rule, scope=scope)


def read_recorded(model: Ruleset, ledger: Ledger) -> dict[str, ActionState]:
    """Fold a ledger for a ruleset of today: by recorded id, with actions, rules and classes as they are called now."""
    renames = list_renames(model)
    recorded = fold(ledger, *renames.rulesets)
    return {name: _carry_state(state, renames) for name, state in recorded.items()} if renames else recorded


def _carry_state(state: ActionState, renames: Renames) -> ActionState:
    acceptance = tuple(
        one.model_copy(update={"rule": renames.name("rules", one.rule), "scope": renames.place(one.scope)})
        for one in state.opening.acceptance
    )
    return replace(
        state, name=renames.name("actions", state.name), scope=renames.place(state.scope),
        opening=state.opening.model_copy(update={"acceptance": acceptance}),
    )  # fmt: skip
