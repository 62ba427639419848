"""Chains: which diagnosis leads to which, and the order in which people should read them, heads first."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from prism_rules.model.plan import Diagnosis, Scope
from prism_rules.model.ruleset import Ruleset
from prism_rules.model.scopes import Located, add_family

_VERDICTS = ("diagnosed", "undetermined", "waived")
_RISKS = ("critical", "high", "medium", "low", None)

Steps = dict[str, list[str]]
"""Diagnosis -> those that it leads to directly."""
Chains = tuple[tuple[str, ...], ...]
"""Per head: its id, then those of all it leads to, nearest first, as `leads_to` names them."""


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
    causes = {d.id: d.cause for d in ranked}
    successors = {d.id: _name_in_turn(model.causes[d.cause].leads_to, d.leads_to, causes) for d in ranked}
    chains = (tuple(_follow(d.id, successors)) for d in ranked if d.head and d.leads_to)
    return ranked, tuple(chains)


def _name_in_turn(named: Sequence[str], led: Sequence[str], causes: Mapping[str, str]) -> list[str]:
    """Order effects as `leads_to` names their causes; those of one cause stay in order of rank."""
    return sorted(led, key=lambda one: named.index(causes[one]))


def _find_steps(model: Ruleset, diagnoses: Sequence[Diagnosis]) -> Steps:
    """Find what each diagnosis leads to: diagnoses of the causes that its own cause names, at scopes that agree."""
    by_cause: dict[str, list[tuple[Scope, str]]] = {name: [] for name in model.causes}
    for one in diagnoses:
        by_cause[one.cause].append((add_family(model, one.scope), one.id))
    located = {name: Located(things) for name, things in by_cause.items()}
    steps: Steps = {one.id: [] for one in diagnoses}
    for one in diagnoses:
        for led in dict.fromkeys(model.causes[one.cause].leads_to) if one.verdict == "diagnosed" else ():
            steps[one.id] += located[led].find_agreeing(add_family(model, one.scope))
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


def _follow(start: str, successors: Mapping[str, Sequence[str]]) -> list[str]:
    """List what a head reaches, nearest first, each one's effects in the order in which its cause names them."""
    told = {start: None}
    ahead = [start]
    for one in ahead:
        new = [reached for reached in successors[one] if reached not in told]
        told.update(dict.fromkeys(new))
        ahead += new
    return list(told)


def _sort(ids: Iterable[str], ranks: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(sorted(ids, key=ranks.__getitem__))
