"""Judging: what a rule's bounds say of its measurements, and how far that is beyond doubt.

A level is crossed when one of its bounds is. It is in doubt while the interval of what is compared still reaches the
bound, while the metric's own guard or the adjusted p value does not confirm it, or until it has been crossed in as many
windows as the rule's streak asks for. The status is the highest level crossed beyond doubt.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from prism_rules.evaluation.measurement import DECIMALS, Measurement, ScopeKey
from prism_rules.evaluation.measuring import Found, Measured
from prism_rules.inference import Difference, adjust_pvalues, compute_tail, find_difference, find_interval
from prism_rules.metrics import METRICS
from prism_rules.model.identity import make_id
from prism_rules.model.plan import COMPARED, Bound, Finding, ResolvedBound
from prism_rules.model.ruleset import Status
from prism_rules.model.scopes import FEW
from prism_rules.ruleset import Resolved
from prism_rules.ruleset.grain import ANNOTATOR
from prism_rules.ruleset.judgement import (
    Judgement,
    crossed,
    find_limits,
    resolve_judgement,
)

Level = Literal["warn", "fail"]
LEVELS: tuple[Level, ...] = ("fail", "warn")
"""The highest first."""


class Crossing(NamedTuple):
    """A bound that a value crosses, and what doubt there is."""

    bound: ResolvedBound
    doubt: str | None


class Verdict(NamedTuple):
    """What one window says."""

    unjudged: Literal["insufficient", "no_data"] | None
    reason: str | None
    crossings: Mapping[Level, Crossing]


class Ruling(NamedTuple):
    """What all windows say together: the finding's status and what decided it."""

    status: Status
    unsure_of: Level | None
    bound: ResolvedBound | None
    reason: str | None
    doubted: ResolvedBound | None = None
    """The bound of `unsure_of`."""


def judge_rule(resolved: Resolved, name: str, measured: Measured) -> Iterator[Finding]:
    """Judge every scope of a rule by what the ruleset sets for it; none where the rule is not enabled."""
    model = resolved.model
    rule = model.rules[name]
    judgements = {key: resolve_judgement(model, name, m.scope) for key, m in measured.steps[0].items()}
    windows = [_weigh_window(resolved, name, found, judgements) for found in measured.steps]
    for key, m in measured.steps[0].items():
        judgement = judgements[key]
        if not judgement.enabled:
            continue
        unit = "annotators" if m.scope.get(ANNOTATOR) == FEW else METRICS[rule.metric].unit
        ruling = combine([window[key] for window in windows if key in window], judgement)
        interval = _show_interval(m, ruling, judgement)
        yield Finding(
            id=make_id("finding", model.metadata.name, name, m.scope), rule=name, scope=m.scope, status=ruling.status,
            unsure_of=ruling.unsure_of, doubted=show_bound(ruling.doubted), value=m.value, n=m.n, unit=unit,
            interval=interval, confidence=judgement.confidence if interval else None,
            bound=show_bound(ruling.bound), baseline=m.baseline, window=m.window, reason=ruling.reason,
            excluded={METRICS[rule.metric].lacking: m.excluded} if m.excluded else {}, since=m.window[1][:10],
            slices=m.slices, pairs=m.pairs, changed_at=m.changed_at, slope=m.slope,
        )  # fmt: skip


def decide_holding(judgement: Judgement, m: Measurement) -> tuple[Status, ResolvedBound | None]:
    """Judge a measurement by its value alone: whether a rule holds is a matter of its bounds, not of doubt."""
    verdict = weigh(judgement, m)
    for level in LEVELS:
        if level in verdict.crossings:
            return level, verdict.crossings[level].bound
    return verdict.unjudged or "pass", _find_first(judgement)


def _weigh_window(
    resolved: Resolved, name: str, found: Found, judgements: Mapping[ScopeKey, Judgement]
) -> dict[ScopeKey, Verdict]:
    """Weigh the scopes of one window. One that the current window does not have counts among those over which p values
    are adjusted, as it did at its time."""
    rate = resolved.model.rules[name].false_discovery_rate
    asked = {
        key: (judgement, m) for key, m in found.items()
        if (judgement := judgements.get(key) or resolve_judgement(resolved.model, name, m.scope)).enabled
    }  # fmt: skip
    adjusted: dict[ScopeKey, dict[Level, float]] = {key: {} for key in asked}
    for level in LEVELS if rate is not None else ():
        tails = {key: tail for key, pair in asked.items() if (tail := find_tail(*pair, level)) is not None}
        for key, p in zip(tails, adjust_pvalues([*tails.values()]), strict=True):
            adjusted[key][level] = p
    return {key: weigh(judgement, m, adjusted[key], rate) for key, (judgement, m) in asked.items()}


def weigh(
    judgement: Judgement, m: Measurement, adjusted: Mapping[Level, float] | None = None, rate: float | None = None
) -> Verdict:
    """Weigh one measurement. `adjusted` holds the p values of its levels, adjusted over the scopes of the rule, which
    `rate` bounds; a level without one is in doubt."""
    unjudged = _find_lack(judgement, m)
    if unjudged is not None:
        return Verdict(*unjudged, {})
    baseline = m.baseline.value if m.baseline else None
    crossings: dict[Level, Crossing] = {}
    for level in LEVELS:
        p = 1.0 if adjusted is None else adjusted.get(level, 1.0)
        for bound in getattr(judgement, level):
            if not crossed(bound, m.value, baseline):
                continue
            doubt = _find_doubt(bound, m, judgement.confidence)
            if doubt is None and rate is not None and p > rate:
                doubt = f"adjusted p {p:.2g} above {rate:g}"
            # Of several bounds that are crossed one beyond doubt is enough.
            if level not in crossings or (doubt is None and crossings[level].doubt is not None):
                crossings[level] = Crossing(bound, doubt)
    return Verdict(None, None, crossings)


def _find_lack(judgement: Judgement, m: Measurement) -> tuple[Literal["insufficient", "no_data"], str | None] | None:
    """Find why a measurement is not judged, if it is not."""
    if m.short is not None:
        return "insufficient", m.short
    if m.value is None or not math.isfinite(m.value):
        return "no_data", m.reason or "undefined"
    if m.n < judgement.min_n:
        return "insufficient", f"{m.n} of the {judgement.min_n} that the rule asks for"
    if any(bound.kind in COMPARED for bound in (*judgement.fail, *judgement.warn)):
        known = m.baseline is not None and m.baseline.value is not None and math.isfinite(m.baseline.value)
        return None if known else ("no_data", "no_baseline")
    return None


def _find_doubt(bound: ResolvedBound, m: Measurement, confidence: float | None) -> str | None:
    if m.critical is not None and m.value is not None and m.value <= m.critical:
        return f"not above the critical value {round(m.critical, DECIMALS):g}"
    if confidence is None:
        return None
    interval = find_compared_interval(bound, m, confidence)
    if interval is None:
        return "no interval"
    low, high = find_limits(bound, m.baseline.value if m.baseline else None)
    beyond = interval[1] < low or interval[0] > high
    return None if beyond else "the interval reaches the bound"


def find_compared_interval(bound: ResolvedBound, m: Measurement, confidence: float) -> tuple[float, float] | None:
    """Find the interval of what a bound is about: of the value, or of its distance from the baseline."""
    if m.estimate is None:
        return None
    if bound.kind not in COMPARED:
        found = find_interval(m.estimate, confidence)
    elif m.reference is None or isinstance(m.estimate, Difference):
        return None
    else:
        found = find_difference(m.estimate, m.reference, confidence)
    return round(found[0], DECIMALS) + 0.0, round(found[1], DECIMALS) + 0.0


def find_tail(judgement: Judgement, m: Measurement, level: Level) -> float | None:
    """Find the p value of "no bound of this level is crossed"; None where that is not tested."""
    if m.estimate is None or _find_lack(judgement, m) is not None:
        return None
    tails = []
    for bound in getattr(judgement, level):
        reference = m.reference if bound.kind in COMPARED else None
        if bound.kind in COMPARED and reference is None:
            return None
        low, high = find_limits(bound, m.baseline.value if m.baseline else None)
        for end, above in ((low, False), (high, True)):
            if math.isfinite(end):
                tails.append(compute_tail(m.estimate, end, above=above, reference=reference))
    # Of several tails the least would be found by chance more often than it says.
    return min(1.0, len(tails) * min(tails)) if tails else None


def combine(windows: Sequence[Verdict], judgement: Judgement) -> Ruling:
    """Combine the windows of a scope, the current one first. Those that were not judged neither count nor break a
    streak."""
    now = windows[0]
    first = _find_first(judgement)
    if now.unjudged is not None:
        return Ruling(now.unjudged, None, first, now.reason)
    wanted = judgement.streak
    doubtful: tuple[Level, Crossing] | None = None
    for level in LEVELS:
        crossing = now.crossings.get(level)
        if crossing is None:
            continue
        run = _count_run(windows, level)
        if crossing.doubt is None and run < wanted:
            crossing = Crossing(crossing.bound, f"streak {run} of {wanted}")
        if crossing.doubt is None:
            if doubtful is None:
                return Ruling(level, None, crossing.bound, None)
            return Ruling(level, doubtful[0], crossing.bound, doubtful[1].doubt, doubtful[1].bound)
        doubtful = doubtful or (level, crossing)
    if doubtful is not None:
        return Ruling("unsure", doubtful[0], doubtful[1].bound, doubtful[1].doubt, doubtful[1].bound)
    return Ruling("pass", None, first, None)


def _find_first(judgement: Judgement) -> ResolvedBound | None:
    """Find the bound that is shown where none decides."""
    return next(iter((*judgement.fail, *judgement.warn)), None)


def _count_run(windows: Sequence[Verdict], level: Level) -> int:
    run = 0
    for verdict in windows:
        if verdict.unjudged is not None:
            continue
        crossing = verdict.crossings.get(level)
        if crossing is None or crossing.doubt is not None:
            break
        run += 1
    return run


def _show_interval(m: Measurement, ruling: Ruling, judgement: Judgement) -> tuple[float, float] | None:
    if judgement.confidence is None or ruling.bound is None or m.value is None:
        return None
    interval = find_compared_interval(ruling.bound, m, judgement.confidence)
    return interval if interval is not None and all(map(math.isfinite, interval)) else None


def show_bound(bound: ResolvedBound | None) -> Bound | None:
    """Show a bound as a finding has it: to whom else it applies is the rule's business."""
    if bound is None:
        return None
    return Bound(level=bound.level, kind=bound.kind, value=bound.value, relative=bound.relative, origin=bound.origin)
