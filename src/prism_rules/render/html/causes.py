"""The chain of causes as a tree: each cause with the places that it is met at, and below it what it leads to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prism_rules.model.plan import Diagnosis, Finding, Plan
from prism_rules.render.html.actions import make_anchor, number_actions
from prism_rules.render.html.tables import name_line
from prism_rules.render.told import name_rules, order_told, say_conditions
from prism_rules.wording import list_some, name_scope

_DEPTH = 6
"""Levels of the tree; what is deeper begins again at the margin, and says what it follows from."""
_PLACES = 40
_OPEN = 10
"""Causes that stand open, with what they lead to; the others are folded."""


def list_roots(plan: Plan) -> dict[str, Any]:
    """List the causes that nothing leads to, each with those below it; every cause stands once, many in a fold."""
    groups: dict[str, list[Diagnosis]] = {}
    for diagnosis in sorted(order_told(plan), key=lambda d: not d.head):
        groups.setdefault(diagnosis.cause, []).append(diagnosis)
    cause_of = {diagnosis.id: diagnosis.cause for diagnosis in plan.diagnoses}
    leads = {
        cause: dict.fromkeys(
            cause_of[other] for one in listed for other in one.leads_to if cause_of.get(other, cause) != cause
        )
        for cause, listed in groups.items()
    }
    led = {other for others in leads.values() for other in others}
    teller = _Teller(plan, groups, leads)
    # In a circle nothing comes first but by rank.
    first = sorted(groups, key=lambda one: one in led)
    return _fold(teller.tell(cause, 1) for cause in first if cause not in teller.told)


class _Teller:
    """Tells each cause once, where it is first led to."""

    def __init__(self, plan: Plan, groups: Mapping[str, list[Diagnosis]], leads: Mapping[str, Mapping[str, None]]):
        self.plan, self.groups, self.leads = plan, groups, leads
        self.told: set[str] = set()
        self.findings = {finding.id: finding for finding in plan.findings}
        self.answers: dict[str, list[dict[str, Any]]] = {}
        for number, action in number_actions(plan):
            for one in action.covers:
                self.answers.setdefault(one, []).append({"number": number, "anchor": make_anchor(action)})

    def tell(self, cause: str, depth: int, above: str = "") -> dict[str, Any]:
        self.told.add(cause)
        listed = self.groups[cause]
        first = listed[0]
        before = [self.groups[one][0].title for one, others in self.leads.items() if cause in others and one != above]
        answers = {one["number"]: one for diagnosis in listed for one in self.answers.get(diagnosis.id, ())}
        leads_to = _fold(self._descend(cause, depth) if depth < _DEPTH else ())
        return {
            "count": 1 + leads_to["count"],
            "title": name_line(first.title),
            "kind": first.kind.replace("_", " "),
            "gap": first.gap and first.gap.replace("_", " "),
            "head": any(diagnosis.head and diagnosis.leads_to for diagnosis in listed),
            "before": list_some(map(name_line, before), 3),
            "answers": [answers[number] for number in sorted(answers)],
            "places": [_tell_place(diagnosis, self.findings, self.plan) for diagnosis in listed[:_PLACES]],
            "left": max(0, len(listed) - _PLACES),
            "leads_to": leads_to,
        }

    def _descend(self, cause: str, depth: int) -> Iterator[dict[str, Any]]:
        for other in self.leads[cause]:
            if other not in self.told:
                yield self.tell(other, depth + 1, cause)


def _fold(causes: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Part causes into those that are shown and those that are folded, and count the latter with all below them."""
    parted: tuple[list[dict[str, Any]], list[dict[str, Any]]] = [], []
    told = 0
    for cause in causes:
        parted[told >= _OPEN].append(cause)
        told += cause["count"]
    return {"shown": parted[0], "folded": parted[1], "left": sum(cause["count"] for cause in parted[1]), "count": told}


def _tell_place(diagnosis: Diagnosis, findings: Mapping[str, Finding], plan: Plan) -> dict[str, Any]:
    return {
        "place": name_scope(diagnosis.scope),
        "inside": say_conditions(diagnosis),
        "verdict": diagnosis.verdict,
        "score": f"{diagnosis.score:.2f}" if diagnosis.score < 1 else "",
        "against": name_line(name_rules(diagnosis.against, findings, plan)),
        "unknown": name_line(name_rules(diagnosis.unknown, findings, plan)),
        "text": diagnosis.text.strip(),
    }
