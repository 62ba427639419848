"""A plan's values in words, as plain text with every name cut: each format encodes them itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prism_rules.diagnostics.text import say_count
from prism_rules.escaping import show_plain
from prism_rules.model.plan import COMPARED, UNEVALUATED, Bound, Finding, Plan, ResolvedBound, Scope, Slice, WaiverEntry
from prism_rules.wording import SIDES, format_amount, list_some, name_slice, say_demand, say_moment

_REASONS = {
    "no_rows": "no rows in the window",
    "few": "too little of one annotator to tell",
    "not_judged": "the rule is gone, or does not judge there any more",
    "no_baseline": "nothing to compare with",
    "no_labels": "no reviewed rows",
    "no_confidence": "no confidence in the data",
    "undefined": "the expression has no value here",
    "no_reviews": "no reviewed rows",
    "no_signals": "no signals",
    "no_settled_signals": "every signal is too young to tell",
    "window_too_short": "the window is no longer than the time that a signal has",
    "censored": "too many signals are still open to tell",
    "no_ids": "no ids in the data",
    "no_times": "no times in the data",
    "no_values": "no values in the data",
    "no_common_strata": "no conditions under which both sides have reviewed rows",
    "no_reference": "too little before the span to compare with",
    "constant_reference": "what it is compared with does not vary, or hardly",
    "small_expected": "too few rows for so many categories",
    "single_category": "only one category on either side",
    "not_yet_measured": "not measured yet",
    "no_rest": "there is nothing beside it",
    "no_low_confidence": "no rows with a low confidence",
    "no_confident_labels": "no reviewed rows with a high confidence",
    "few_labels": "too few labels per unit or annotator",
    "no_classes": "no rows of a declared class",
    "no_gold": "no labels with a gold",
    "no_plurality": "no other labels, or as many for one class as for another",
    "no_repeats": "nobody labelled a unit twice",
    "one_segment": "one segment has all reviewed rows",
    "open_taxonomy": "the ruleset declares no classes",
    "small_segments": "every segment, or its rest, is too small",
    "no_pairable_units": "no unit has two labels",
    "class_absent": "a class does not occur",
    "single_class": "there is one class alone",
    "single_annotator": "one reviewer only",
    "no_overlap": "no two reviewers share enough units",
    "no_disagreement": "nobody disagrees",
    "no_families": "no class has a family",
    "not_numbers": "labels that have to be numbers are not",
    "too_many_labels": "more labels than are estimated together",
}
SLICES = {
    "absent": "absent from {}",
    "under_represented": "under-represented in {}",
    "over_represented": "over-represented in {}",
    "worse": "worse than the rest",
    "better": "better than the rest",
    "chosen_more": "chosen more often than by the others",
    "chosen_less": "chosen less often than by the others",
    "more": "a larger share than in {}",
    "less": "a smaller share than in {}",
    "vanished": "only in {}",
    "new": "new against {}",
    "gone": "gone since {}",
    "retyped": "of another type than in {}",
}
"""Kind of slice -> how it stands in a reference, whose name fills the place."""
_MOST_SLICES = 6
_MOVED = {"drop": "fell", "rise": "rose", "change": "moved"}


def is_experimental(finding: Finding, plan: Plan) -> bool:
    """Whether a finding speaks, but its rule is only tried out: it fails no run."""
    return _find_standing(finding, plan) == "experimental"


def say_selected(plan: Plan) -> str:
    """Say what a plan of a selection of rules does not have; empty of a whole one."""
    if not plan.selected:
        return ""
    return (
        "No action is opened for a selection of rules, and causes that rest on other rules too are not looked at: for "
        "those, plan with all rules"
    )


def name_status(finding: Finding, plan: Plan) -> str:
    """Name a status: "fail", "no data", "unsure, may fail", "fail, experimental", "waived (fail)"."""
    status = (finding.hides or finding.status).replace("_", " ")
    status = f"{status}, may {finding.unsure_of}" if finding.unsure_of else status
    status = f"waived ({status})" if finding.hides else status
    standing = _find_standing(finding, plan)
    return f"{status}, {standing}" if standing else status


def _find_standing(finding: Finding, plan: Plan) -> str | None:
    """Find what is to be said of a speaking finding's rule: that it is experimental, or deprecated."""
    spoken = finding.status in ("fail", "warn", "unsure") and finding.rule in plan.rules
    standing = plan.rules[finding.rule].status if spoken else "stable"
    return standing if standing != "stable" else None


def name_slices(scopes: Sequence[Scope], notes: Sequence[str] = ()) -> str:
    """Name conditions, a dimension that they share once: "lighting = glare (812 rows), reflection (640 rows)"."""
    alike = len({tuple(scope) for scope in scopes}) == 1 and len(scopes[0]) == 1
    names = [
        show_plain(next(iter(scope.values()))) or '""' if alike and index else name_slice(scope)
        for index, scope in enumerate(scopes)
    ]
    noted = [" ".join(pair) for pair in zip(names, notes, strict=True)] if notes else names
    return (", " if alike else "; ").join(noted)


def say_slices(finding: Finding) -> Iterator[str]:
    """Say what tells rows from their reference, and which classes reviewers confuse, a line for each kind."""
    reference = show_plain(finding.baseline.source) if finding.baseline else "the reference"
    for kind, word in SLICES.items():
        slices = [one for one in finding.slices if one.kind == kind]
        if slices:
            yield f"{word.format(reference)}: {_say_slices(slices, finding.unit)}"
    if finding.pairs:
        pairs = [f"{' or '.join(map(show_plain, pair.classes))} ({pair.n:,})" for pair in finding.pairs]
        yield f"read in two ways: {list_some(pairs, _MOST_SLICES)}"


def _say_slices(slices: Sequence[Slice], unit: str) -> str:
    kept = slices[:_MOST_SLICES]
    here = [f"{one.n:,} {show_plain(unit)}" if one.n or not one.reference else "" for one in kept]
    there = [f"{one.reference:,} there" if one.reference else "" for one in kept]
    notes = [f"({', '.join(filter(None, counts))})" for counts in zip(here, there, strict=True)]
    more = f" and {len(slices) - len(kept):,} more" if len(slices) > len(kept) else ""
    return name_slices([one.of for one in kept], [] if unit == "columns" else notes) + more


def name_reason(reason: str | None) -> str:
    """Say a reason: a code of ours in words, anything else as it stands."""
    return _REASONS.get(reason, show_plain(reason)) if reason else "no reason given"


def format_number(number: float, beside: float | None = None, least: int = 2) -> str:
    """Write a measured number with two decimals, or `least`; with more while it would read like `beside` or like zero.

    0.749 beside 0.75 is "0.749", and 0.75 beside 0.75 is "0.75". A count of 10 or more has none: "1,653".
    """
    if abs(number) >= 10 and float(number).is_integer():
        return f"{number:,.0f}"
    for digits in range(least, 7):
        text = f"{number:,.{digits}f}"
        if all(
            number == other or float(text.replace(",", "")) != round(other, digits)
            for other in (beside, 0.0)
            if other is not None
        ):
            break
    return text.removeprefix("-") if not text.strip("-0.") else text


def format_percent(share: float, beside: float | None = None) -> str:
    """Write a share as a percentage, with decimals only while it would read like `beside`: "33%", "10.4%"."""
    for digits in range(5):
        text = f"{share * 100:,.{digits}f}"
        if beside is None or share == beside or float(text.replace(",", "")) != round(beside * 100, digits):
            break
    return f"{text}%"


def say_bound(bound: Bound | ResolvedBound | None, value: float | None = None, baseline: float | None = None) -> str:
    """Say what a bound asks: "must be at least 0.75", "fell 0.30 below 0.91 (at most 0.10 allowed)"."""
    if bound is None:
        return "-"
    if bound.kind not in SIDES:
        return say_demand(bound)
    assert not isinstance(bound.value, tuple)
    return _say_change(bound, bound.value, value, baseline)


def format_beside(value: float | None, bound: Bound | None) -> str:
    """Write a measured value so that it never reads like the bound that it is judged by."""
    if value is None:
        return "-"
    limit = bound.value if bound and bound.kind not in COMPARED else None
    if isinstance(limit, tuple):
        limit = min(limit, key=lambda end: abs(end - value))
    return format_number(value, limit)


def format_unbound(value: float | None, rule: str, plan: Plan) -> str:
    """Write a value so that it reads like no bound of its rule: which of them applied, the plan no longer says."""
    if value is None:
        return "-"
    bounds = plan.rules[rule].bounds if rule in plan.rules else ()
    values = [bound.value for bound in bounds if bound.kind not in COMPARED]
    limits = [end for one in values for end in (one if isinstance(one, tuple) else (one,))]
    if not limits:
        return format_number(value, least=3)
    return format_number(value, min(limits, key=lambda limit: abs(limit - value)))


def say_value(finding: Finding, plan: Plan) -> str:
    """Say what was measured, and how sure it is: "0.30 (0.22 to 0.40)", "0.61 (it moved -0.32 to -0.07)", "cusum 6.00
    since 2026-02-25"."""
    value = format_beside(finding.value, finding.bound)
    test = plan.rules[finding.rule].test if finding.rule in plan.rules and finding.value is not None else None
    told = f"{show_plain(test.replace('_', ' '))} {value}" if test else value
    if finding.interval:
        moved = "it moved " if finding.bound and finding.bound.kind in SIDES else ""
        told += f" ({moved}{' to '.join(map(format_number, finding.interval))})"
    if finding.changed_at:
        told += f" since {show_plain(finding.changed_at.removesuffix('T00:00:00Z'))}"
        # A series sees no further back than its span.
        told += " or before" if finding.changed_at == finding.window[0] else ""
    return told + (f", {finding.slope:+,g} per step" if finding.slope else "")


def name_hidden(finding: Finding, plan: Plan) -> str:
    """Name what a waiver hides, or hid, at its place: "fail at 0.63 (0.55 to 0.70)"."""
    status = (finding.hides or finding.status).replace("_", " ")
    return status if finding.value is None else f"{status} at {say_value(finding, plan)}"


def say_support(finding: Finding) -> str:
    """Say on how much a value rests: "100 rows", "99 rows, 1 left out"."""
    left_out = sum(finding.excluded.values())
    return f"{finding.n:,} {show_plain(finding.unit)}" + (f", {left_out:,} left out" if left_out else "")


def say_window(window: tuple[str | None, str]) -> str:
    """Say a window by its ends, the last one exclusive; without a start it holds all rows before its end."""
    start, end = (say_moment(end) if end else None for end in window)
    return f"{start} to {end}" if start else f"all before {end}"


def say_finding(finding: Finding) -> str:
    """Say the bound of a finding, with what was measured against it, and why a higher level is in doubt."""
    said = say_bound(finding.bound, finding.value, finding.baseline.value if finding.baseline else None)
    if finding.unsure_of is None or finding.reason is None:
        return said
    if finding.bound and finding.bound.level == finding.unsure_of:
        return f"{said}; {name_reason(finding.reason)}"
    may = say_bound(finding.doubted, finding.value, finding.baseline.value if finding.baseline else None)
    return f"{said}; may {finding.unsure_of} ({may}): {name_reason(finding.reason)}"


def is_judged(finding: Finding) -> bool:
    """Whether a bound has decided what a finding says."""
    return finding.bound is not None and (finding.hides or finding.status) not in UNEVALUATED


def say_judged(finding: Finding) -> str:
    """Say by what a finding is judged, or why it has no verdict."""
    return say_finding(finding) if is_judged(finding) else name_reason(finding.reason)


def say_change(plan: Plan, finding: Finding) -> str:
    """Say how a finding stands to that before: "worse since the plan of 2026-02-22; not passing since 2026-02-08"."""
    before = f"since the plan of {say_moment(plan.previous.as_of)}" if plan.previous else "in the first plan"
    # Since when the new is not passing is the plan's own day.
    since = "" if finding.change == "new" else f"; not passing since {show_plain(finding.since)}"
    return f"{finding.change} {before}{since}"


def say_end(waiver: WaiverEntry) -> str:
    """Say when a waiver ends or ended: "until 2026-04-30, 60 days left", "expired on 2026-02-28, 1 day ago"."""
    days, until = say_count(abs(waiver.days_left), "day"), show_plain(waiver.until)
    if waiver.expired:
        return f"expired on {until}, {f'{days} ago' if waiver.days_left else 'today'}"
    return f"until {until}, {days} left"


def _say_change(bound: Bound | ResolvedBound, most: float, value: float | None, baseline: float | None) -> str:
    verb, side = _MOVED[bound.kind], SIDES[bound.kind]
    allowed = format_amount(most, relative=bound.relative)
    level = "allowed" if bound.level == "fail" else "expected"
    if value is None or baseline is None:
        return f"at most {allowed} {side} the baseline {level}"
    moved = round({"drop": baseline - value, "rise": value - baseline}.get(bound.kind, abs(value - baseline)), 6)
    if moved <= 0 or (bound.relative and not baseline):
        return f"at most {allowed} {side} {format_number(baseline)} {level}"
    amount = format_percent(moved / abs(baseline), most) if bound.relative else format_number(moved, most)
    return f"{verb} {amount} {side} {format_number(baseline)} (at most {allowed} {level})"
