"""Hiding: of annotators of whom there is too little to judge, only how many they are goes on from here."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime

from prism_rules.diagnostics.text import say_count
from prism_rules.evaluation.measurement import Measurement, ScopeKey, key_scope
from prism_rules.evaluation.measuring import Found, Measured
from prism_rules.model.plan import Scope
from prism_rules.model.ruleset import Ruleset
from prism_rules.model.scopes import FEW, NONE
from prism_rules.ruleset.grain import ANNOTATOR
from prism_rules.ruleset.judgement import resolve_judgement


def hide_few(model: Ruleset, rule: str, measured: Measured) -> Measured:
    """Put those who are below what a rule asks for together, as `(few)`, per place beside the annotator.

    Where there is too little since an anchor, nothing is there to accept; a baseline that has too little is none.
    """
    if ANNOTATOR not in model.rules[rule].by:
        return measured
    now = measured.steps[0]
    kept = {key: _hide_baseline(model, rule, m) for key, m in now.items() if not _is_few(model, rule, m)}
    groups: defaultdict[ScopeKey, list[Measurement]] = defaultdict(list)
    for m in now.values():
        if _is_few(model, rule, m) and m.scope[ANNOTATOR] != FEW:
            groups[key_scope({**m.scope, ANNOTATOR: FEW})].append(m)
    kept |= {key: _join_few(model, rule, dict(key), group) for key, group in groups.items()}
    acceptance: dict[datetime, Found] = {
        anchor: {key: m for key, m in found.items() if not _is_few(model, rule, m)}
        for anchor, found in measured.acceptance.items()
    }
    return Measured([dict(sorted(kept.items())), *measured.steps[1:]], acceptance)


def _is_few(model: Ruleset, rule: str, m: Measurement) -> bool:
    if m.scope.get(ANNOTATOR, NONE) == NONE:
        return False
    least = resolve_judgement(model, rule, m.scope).min_n
    return m.scope[ANNOTATOR] == FEW or m.short is not None or m.n < least


def _hide_baseline(model: Ruleset, rule: str, m: Measurement) -> Measurement:
    baseline = m.baseline
    if baseline is None or baseline.scope.get(ANNOTATOR, NONE) == NONE:
        return m
    least = resolve_judgement(model, rule, m.scope).min_n
    return replace(m, baseline=None, reference=None) if baseline.n < least else m


def _join_few(model: Ruleset, rule: str, scope: Scope, group: list[Measurement]) -> Measurement:
    asked = max(resolve_judgement(model, rule, m.scope).min_n for m in group)
    short = f"{say_count(len(group), 'annotator')} below the {asked} that the rule asks for"
    return Measurement(scope, group[0].window, None, len(group), short, short)
