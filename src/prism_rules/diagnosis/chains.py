"""Chains: which diagnosis leads to which, and the order in which people should read them, heads first."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from prism_rules.diagnosis.agreement import Families, Located
from prism_rules.model.plan import Diagnosis, Scope
from prism_rules.model.ruleset import Ruleset

_VERDICTS = ("diagnosed", "undetermined", "waived")
_RISKS = ("critical", "high", "medium", "low", None)

Steps = dict[str, list[str]]
"""Diagnosis -> those that it leads to directly."""
Chains = tuple[tuple[str, ...], ...]
"""Per head: its id, then those of all it leads to, in order of rank."""


def rank_diagnoses(
    model: Ruleset, diagnoses: Sequence[Diagnosis], support: Mapping[str, float]
) -> tuple[tuple[Diagnosis, ...], Chains]:
    """Order the diagnoses and set `rank`, `head` and `leads_to`; `support` is P of the score, by diagnosis."""
    steps = _find_steps(model, diagnoses)
    waiting = {diagnosis.id: 0 for diagnosis in diagnoses}
    for reached in steps.values():
        for one in reached:
            waiting[one] += 1
    heads = {d.id for d in diagnoses if d.verdict == "diagnosed" and not waiting[d.id]}
    ranks = _order(diagnoses, steps, waiting, support)
    ranked = tuple(
        one.model_copy(update={"rank": ranks[one.id], "head": one.id in heads, "leads_to": _sort(steps[one.id], ranks)})
        for one in sorted(diagnoses, key=lambda one: ranks[one.id])
    )
    chains = ((d.id, *_sort(_reach(d.id, steps), ranks)) for d in ranked if d.head and d.leads_to)
    return ranked, tuple(chains)


def _find_steps(model: Ruleset, diagnoses: Sequence[Diagnosis]) -> Steps:
    """Find what each diagnosis leads to: diagnoses of the causes that its own cause names, at scopes that agree."""
    families = Families(model)
    by_cause: dict[str, list[tuple[Scope, str]]] = {name: [] for name in model.causes}
    for one in diagnoses:
        by_cause[one.cause].append((families.complete(one.scope), one.id))
    located = {name: Located(things) for name, things in by_cause.items()}
    steps: Steps = {one.id: [] for one in diagnoses}
    for one in diagnoses:
        for led in dict.fromkeys(model.causes[one.cause].leads_to) if one.verdict == "diagnosed" else ():
            steps[one.id] += located[led].find_agreeing(families.complete(one.scope))
    return steps


def _order(
    diagnoses: Sequence[Diagnosis], steps: Steps, waiting: dict[str, int], support: Mapping[str, float]
) -> dict[str, int]:
    """Give ranks from 1: always the best of those that no unranked diagnosis leads to. Causes never go in circles."""
    best: dict[str, tuple[Any, ...]] = {
        d.id: (_VERDICTS.index(d.verdict), -d.score, -support[d.id], _RISKS.index(d.risk), d.id) for d in diagnoses
    }
    ready = [best[one] for one, number in waiting.items() if not number]
    heapq.heapify(ready)
    ranks: dict[str, int] = {}
    while ready:
        one = heapq.heappop(ready)[-1]
        ranks[one] = len(ranks) + 1
        for reached in steps[one]:
            waiting[reached] -= 1
            if not waiting[reached]:
                heapq.heappush(ready, best[reached])
    return ranks


def _reach(start: str, steps: Steps) -> set[str]:
    reached: set[str] = set()
    ahead = list(steps[start])
    while ahead:
        one = ahead.pop()
        if one not in reached:
            reached.add(one)
            ahead += steps[one]
    return reached


def _sort(ids: Iterable[str], ranks: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(sorted(ids, key=ranks.__getitem__))
