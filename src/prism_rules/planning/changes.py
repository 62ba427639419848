"""Changes: what is new, worse, better, cleared or lost since the plan before."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from prism_rules.model.plan import UNEVALUATED, Annotators, Change, Cleared, Finding, IntakeNote
from prism_rules.model.plan.distance import find_limit, measure_distance
from prism_rules.model.ruleset import Ruleset
from prism_rules.model.scopes import FEW
from prism_rules.planning.earlier import Earlier, Previous
from prism_rules.ruleset.grain import ANNOTATOR, is_person
from prism_rules.wording import say_moment

SEVERITY = {"waived": 0, "pass": 0, "no_data": 1, "insufficient": 2, "unsure": 3, "warn": 4, "fail": 5}
FURTHER = 0.10
"""A finding of the same status is worse when it moved away from its bound by more than this share of the bound."""


def narrow_plan(previous: Previous, rules: Collection[str]) -> Previous:
    """Narrow a plan to what it says of some rules, so that of the others nothing is told as lost."""
    return replace(previous, findings=tuple(f for f in previous.findings if f.rule in rules))


def set_apart(previous: Previous, annotators: Annotators | None) -> Previous:
    """Leave out of a plan what it says of annotators, if it tells them apart otherwise: its `A` is somebody else."""
    if previous.annotators == annotators:
        return previous
    return replace(
        previous, findings=tuple(f for f in previous.findings if f.id not in previous.personal),
        history={name: points for name, points in previous.history.items() if name not in previous.personal},
    )  # fmt: skip


def note_apart(model: Ruleset, previous: Previous | None, annotators: Annotators | None) -> Iterator[IntakeNote]:
    """Note that a plan told annotators apart otherwise, so that what it says of them is not compared."""
    if previous and previous.personal and annotators and previous.annotators not in (None, annotators):
        same = previous.annotators.kind == annotators.kind
        how = {"letters": "other letters" if same else "letters", "keyed": "another key" if same else "a key"}
        by, day = how.get(annotators.kind, "name"), say_moment(previous.as_of)
        text = f"annotators are told apart by {by} since the plan of {day}: findings about them are not compared"
        sources = {rule.source for rule in model.rules.values() if ANNOTATOR in rule.by}
        for source in sorted(sources)[:1]:
            yield IntakeNote(source=source, code="other_annotators", n=0, text=text)


def compare_findings(
    findings: Sequence[Finding], previous: Previous | None, today: str, annotators: Annotators | None = None
) -> list[Finding]:
    """Give every finding its `change` and the day since when it has not passed.

    Findings that nothing judges any more (the rule is gone, or switched off there) follow once, as `lost`. Whether one
    about an annotator is new nobody can say if the plan before told `annotators` apart otherwise: it is `same`.
    """
    before = {f.id: f for f in previous.findings if f.status != "pass"} if previous else {}
    compared = [_compare(finding, before, today) for finding in findings]
    if previous and annotators and previous.annotators not in (None, annotators):
        compared = [f.model_copy(update={"change": "same"}) if is_person(f.scope) else f for f in compared]
    met = {finding.id for finding in findings}
    gone = [f for f in before.values() if f.id not in met and read_status(f) not in UNEVALUATED]
    few = {(f.rule, *sorted(f.scope.items())) for f in findings if f.scope.get(ANNOTATOR) == FEW}
    return compared + [_write_lost(finding, few) for finding in gone]


def _write_lost(old: Earlier, few: Collection[tuple[object, ...]]) -> Finding:
    hidden = ANNOTATOR in old.scope and (old.rule, *sorted({**old.scope, ANNOTATOR: FEW}.items())) in few
    return Finding(
        id=old.id, rule=old.rule, scope=old.scope, status="no_data", value=None, n=0, unit=old.unit,
        window=old.window, reason="few" if hidden else "not_judged", change="lost", since=old.since,
    )  # fmt: skip


def list_cleared(findings: Sequence[Finding], previous: Previous | None) -> tuple[Cleared, ...]:
    """List the findings of the previous plan that were evaluated and hold now, what was worst first."""
    if previous is None:
        return ()
    now = {f.id: f for f in findings if f.status == "pass"}
    held = [f for f in previous.findings if f.id in now and read_status(f) not in ("pass", *UNEVALUATED)]
    return tuple(
        Cleared(
            id=f.id, rule=f.rule, scope=f.scope, was=f.value, value=now[f.id].value, since=f.since,
            baseline=now[f.id].baseline,
        )
        for f in sorted(held, key=rank_finding)
    )  # fmt: skip


def rank_finding(finding: Finding | Earlier) -> tuple[int, str, list[tuple[str, str]]]:
    """Rank a finding for people: by status, the worst first and waived ones last, then by rule and scope."""
    return -SEVERITY[finding.status], finding.rule, sorted(finding.scope.items())


def read_status(finding: Finding | Earlier) -> str:
    """Read a finding's status; of a waived one, the status that is hidden."""
    return finding.hides or finding.status


def _compare(finding: Finding, before: Mapping[str, Earlier], today: str) -> Finding:
    old = before.get(finding.id)
    if old is None or finding.status == "pass":
        return finding.model_copy(update={"since": today})
    return finding.model_copy(update={"since": old.since, "change": _name_change(finding, old)})


def _name_change(finding: Finding, old: Earlier) -> Change:
    now, then = read_status(finding), read_status(old)
    if now in UNEVALUATED:
        return "same" if then in UNEVALUATED else "lost"
    if now != then:
        return "worse" if SEVERITY[now] > SEVERITY[then] else "better"
    moved = measure_distance(finding) - old.distance
    if round(abs(moved) - FURTHER * abs(find_limit(finding)[1]), 6) <= 0:
        return "same"
    return "worse" if moved > 0 else "better"
