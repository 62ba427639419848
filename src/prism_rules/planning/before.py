"""Before: the last plan and the ledger, read under the names that things have today.

A finding is told apart by a name made of ids, so those of the last plan get the names that they would have now. An
action keeps for life the id under which it was recorded: people hold it in their hands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from prism_rules.ledger import ActionState, Ledger, fold, list_recorded
from prism_rules.model.identity import make_id
from prism_rules.model.ledger import Entry
from prism_rules.model.plan import HistoryPoint, Plan
from prism_rules.model.ruleset import Ruleset
from prism_rules.planning.changes import measure_distance
from prism_rules.planning.earlier import SHOWN, Earlier, Previous
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
    history = {f.id: (*plan.history.get(f.id, ()), _write_point(f, plan.as_of))[-SHOWN:] for f in findings}
    return Previous(digest, plan.as_of, plan.ruleset.name, plan.ledger.heads, plan.selected, findings, history)


def read_recorded_before(model: Ruleset, ledger: Ledger, as_of: str) -> Previous | None:
    """Read the plan that a ledger has of the last moment before `as_of`; None where it has none.

    A plan for the same moment is not the one before: whoever runs a plan again is told the same again.
    """
    renames = list_renames(model)
    recorded = list_recorded(ledger, renames.rulesets)
    entries = [entry for moment, entry in recorded.items() if moment < as_of][-SHOWN:]
    if not entries:
        return None
    history: dict[str, tuple[HistoryPoint, ...]] = {}
    findings: tuple[Earlier, ...] = ()
    names: dict[tuple[str, ...], str] = {}
    for entry in entries:
        assert entry.as_of is not None, "only plans are recorded with a moment"
        findings = tuple(_list_found(entry, renames, names))
        for f in findings:
            history[f.id] = (*history.get(f.id, ()), _write_point(f, entry.as_of))
    last = entries[-1]
    assert last.plan is not None and last.as_of is not None
    return Previous(last.plan, last.as_of, renames.rulesets[0], last.read, (), findings, history)


def _list_found(entry: Entry, renames: Renames, names: dict[tuple[str, ...], str]) -> Iterator[Earlier]:
    """List what an entry's plan found; `names` keeps the ids that were made, since plans have most in common."""
    for group in entry.found or ():
        rule = renames.name("rules", group.rule)
        blank = [None] * len(group.n)
        places = zip(*group.scope.values(), strict=True) if group.scope else ((),) * len(group.n)
        for values, n, value, distance in zip(
            places, group.n, group.value or blank, group.distance or blank, strict=True
        ):
            key = (rule, *group.scope, *values)
            scope = renames.place(dict(zip(group.scope, values, strict=True)))
            if key not in names:
                names[key] = make_id("finding", renames.rulesets[0], rule, scope)
            yield Earlier(
                names[key], rule, scope, group.status, None if value is None else float(value), n, group.hides,
                float(distance or 0), group.unit or "", (group.start, entry.as_of or ""), group.since or "",
            )  # fmt: skip


def _write_point(finding: Earlier, to: str) -> HistoryPoint:
    return HistoryPoint(to=to, value=finding.value, n=finding.n, status=finding.status)


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
