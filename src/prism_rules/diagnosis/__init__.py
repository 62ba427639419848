"""Diagnosis: findings that meet at one place, combined into causes with their evidence, in the order to act on them.

Findings are joined on the dimensions they share (`join`), what is there is weighed against what is not (`scoring`), and
causes that lead to others come first (`chains`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from prism_rules.diagnosis.chains import rank_diagnoses
from prism_rules.diagnosis.join import MOST_WAYS, TooManyWays, Way, find_ways
from prism_rules.diagnosis.leaves import Leaves
from prism_rules.diagnosis.scoring import Scale
from prism_rules.diagnostics import Problem, Spot
from prism_rules.escaping import escape_markdown
from prism_rules.model.identity import make_id
from prism_rules.model.plan import Diagnosis, Finding, Scope
from prism_rules.model.ruleset import Risk, Ruleset
from prism_rules.model.scopes import add_family
from prism_rules.ruleset import Resolved
from prism_rules.ruleset.grain import list_scope

__all__ = ["Diagnoses", "diagnose"]

_RISKS: tuple[Risk, ...] = ("critical", "high", "medium", "low")


@dataclass(frozen=True, slots=True)
class Diagnoses:
    """Why things are as they are."""

    diagnoses: tuple[Diagnosis, ...]
    """In order of rank. `at` lists the places inside the scope where the findings met: none, or an empty one among
    them, says that they met in the scope as a whole."""
    chain: tuple[tuple[str, ...], ...]
    """Per head that leads anywhere: its id, then those of all it leads to, in order of rank."""
    unexplained: tuple[str, ...]
    """Failed findings, not waived, that are in no diagnosis, whatever its verdict."""


def diagnose(resolved: Resolved, findings: Sequence[Finding]) -> Diagnoses:
    """Explain findings (all of them, passes too) by the causes of the ruleset.

    Raises `Refused`: exit 6 (`too-many-ways`, or a template's `template-output`).
    """
    case = _Case(resolved, findings)
    found = [pair for cause in resolved.model.causes for pair in case.diagnose_cause(cause)]
    support = {diagnosis.id: weight for diagnosis, weight in found}
    diagnoses, chain = rank_diagnoses(resolved.model, [diagnosis for diagnosis, _ in found], support)
    explained = {finding for d in diagnoses for finding in d.evidence}
    failed = (finding.id for finding in case.findings.values() if finding.status == "fail")
    return Diagnoses(diagnoses, chain, tuple(finding for finding in failed if finding not in explained))


class _Case:
    """The findings of one evaluation, laid out for every cause to look at."""

    def __init__(self, resolved: Resolved, findings: Iterable[Finding]) -> None:
        self._resolved = resolved
        self._model = resolved.model
        # Rules that come with the program and stand in no ruleset follow the others.
        rules = {name: place for place, name in enumerate(self._model.rules)}
        # A rule that met nothing has one finding, for no place in particular: there is nothing for others to meet.
        placed = (f for f in findings if f.rule not in rules or {*list_scope(self._model.rules[f.rule])} <= {*f.scope})
        ordered = sorted(placed, key=lambda f: (rules.get(f.rule, len(rules)), f.rule, sorted(f.scope.items())))
        self.findings = {finding.id: finding for finding in ordered}
        self._place = {finding: place for place, finding in enumerate(self.findings)}
        self._leaves = Leaves((add_family(self._model, finding.scope), finding) for finding in ordered)

    def diagnose_cause(self, name: str) -> Iterator[tuple[Diagnosis, float]]:
        """Find where a cause holds or might hold, not ranked yet, each with the weight that speaks for it."""
        cause = self._model.causes[name]
        scale = Scale(cause, self._leaves)
        for scope, ways in self._group_ways(name).items():
            chosen = [way for way in ways if way.truth] or [way for way in ways if way.evidence]
            if not chosen:
                continue
            found = dict(scope)
            at = _list_places(chosen, cause.by)
            score = scale.weigh([add_family(self._model, {**found, **place}) for place in at or ({},)])
            evidence = self._sort(frozenset[str]().union(*(way.evidence for way in chosen)))
            yield Diagnosis(
                id=make_id("diagnosis", self._model.metadata.name, name, found), cause=name,
                title=cause.title or name.replace("-", " ").capitalize(), kind=cause.kind, gap=cause.gap,
                scope=found, at=at, verdict=self._find_verdict(chosen[0], evidence), score=score.value, rank=0,
                head=False, evidence=evidence, against=self._sort(score.against), unknown=self._sort(score.unknown),
                risk=cause.risk or _find_risk(self._model, found), text=self._explain(name, found, at, evidence),
            ), score.support  # fmt: skip

    def _group_ways(self, name: str) -> Mapping[tuple[tuple[str, str], ...], list[Way]]:
        cause = self._model.causes[name]
        try:
            ways = find_ways(cause.when, self._leaves)
        except TooManyWays:
            message = f"the rules of `causes.{name}` meet in more than {MOST_WAYS:,} places"
            help = "measure its rules by fewer dimensions, or by the same ones"
            problem = Problem("too-many-ways", message, (Spot(("causes", name, "when"), at="key"),), help)
            raise self._resolved.refuse([problem], 6) from None
        groups: dict[tuple[tuple[str, str], ...], list[Way]] = {}
        for way in ways:
            groups.setdefault(tuple((dimension, way.scope[dimension]) for dimension in cause.by), []).append(way)
        return groups

    def _find_verdict(self, way: Way, evidence: Sequence[str]) -> Literal["diagnosed", "undetermined", "waived"]:
        if evidence and all(self.findings[finding].status == "waived" for finding in evidence):
            return "waived"
        return "diagnosed" if way.truth else "undetermined"

    def _sort(self, findings: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(findings, key=self._place.__getitem__))

    def _explain(self, name: str, scope: Scope, at: Sequence[Scope], evidence: Sequence[str]) -> str:
        template = self._resolved.templates.get(("causes", name, "explain"))
        if template is None:
            return ""
        declared = self._model.classes.get(scope.get("class", ""))
        of_class = declared.model_dump(include={"risk", "owner", "family"}) if declared else {}
        context: dict[str, Any] = {
            "scope": scope, "class": {"id": scope.get("class"), **of_class}, "at": at,
            "evidence": [self._describe(finding) for finding in evidence],
            "question": self._model.question.model_dump(),
        }  # fmt: skip
        return template.render(context, escape=escape_markdown)

    def _describe(self, finding: str) -> dict[str, Any]:
        known = self.findings[finding].model_dump(include={"rule", "status", "value", "n", "unit", "scope"})
        rule = known["rule"]
        return {**known, "title": self._model.rules[rule].title or rule.replace("-", " ").capitalize()}


def _list_places(ways: Iterable[Way], by: Sequence[str]) -> tuple[Scope, ...]:
    """List where inside the cause's scope the findings met; the family of a class says nothing more."""
    places = {
        tuple(sorted(
            (dimension, value) for dimension, value in way.scope.items()
            if dimension not in by and not (dimension == "family" and "class" in way.scope)
        ))
        for way in ways
    }  # fmt: skip
    return tuple(dict(place) for place in sorted(places)) if places != {()} else ()


def _find_risk(model: Ruleset, scope: Scope) -> Risk | None:
    if "class" in scope:
        declared = model.classes.get(scope["class"])
        return declared.risk if declared else None
    risks = {entry.risk for entry in model.classes.values() if entry.family and entry.family == scope.get("family")}
    return next((risk for risk in _RISKS if risk in risks), None)
