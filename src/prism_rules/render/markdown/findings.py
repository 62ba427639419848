"""Findings in tables and lists: evidence, what no cause explains, what cleared, and what was not evaluated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prism_rules.diagnostics.text import say_count
from prism_rules.escaping.markdown import escape_line, write_code, write_row, write_table_head
from prism_rules.model.plan import UNEVALUATED, Finding, Plan, WaiverEntry
from prism_rules.render.results import say_held
from prism_rules.render.told import name_rule
from prism_rules.render.words import (
    format_number,
    format_unbound,
    is_experimental,
    name_hidden,
    name_reason,
    name_status,
    say_end,
    say_finding,
    say_slices,
    say_support,
    say_value,
    say_window,
)
from prism_rules.wording import list_some, name_scope

EVIDENCE = write_table_head("Status", "Rule", "Where", "Value", "Bound", "Baseline", "n")
CLEARED = write_table_head("Rule", "Where", "Was", "Now", "Not passing since")
_MOST_HIDDEN = 4
_BARS, _GAP = "▁▂▃▄▅▆▇█", "·"
_WINDOWS = 8


def write_evidence(finding: Finding, plan: Plan, *, speaks: bool = True, window: bool = True) -> str:
    """Write a finding as a row of the `EVIDENCE` table, with its window unless that is told for all.

    What changed since the plan before stands with the status, where it costs no column; of a first plan nothing did.
    """
    status = name_status(finding, plan)
    counts = finding.status == "fail" and not is_experimental(finding, plan)
    return write_row(
        (status.replace("fail", "**fail**", 1) if counts else status)
        + (f", {finding.change}" if plan.previous and finding.change != "same" else "")
        + ("" if speaks else ", speaks against"),
        escape_line(name_rule(finding.rule, plan)),
        escape_line(name_scope(finding.scope), 300),
        _write_value(finding, plan),
        escape_line(say_finding(finding), 300),
        _write_baseline(finding),
        escape_line(say_support(finding)) + (f", {write_window(finding.window)}" if window else ""),
    )


def list_slices(findings: Sequence[Finding], plan: Plan | None = None) -> Iterator[str]:
    """List what tells rows from their reference, and which classes reviewers confuse; by rule where a plan is given."""
    for finding in findings:
        place = escape_line(name_scope(finding.scope), 300)
        place = f"{escape_line(name_rule(finding.rule, plan))}, {place}" if plan else place
        yield from (f"- {place}, {escape_line(line, 1_300)}" for line in say_slices(finding))


def list_cleared(plan: Plan) -> Iterator[str]:
    """List what did not pass in the last plan and holds now."""
    for one in plan.cleared:
        yield write_row(
            escape_line(name_rule(one.rule, plan)),
            escape_line(name_scope(one.scope), 300),
            format_unbound(one.was, one.rule, plan),
            escape_line(say_held(one, plan)),
            escape_line(one.since),
        )


def list_waived(plan: Plan) -> list[str]:
    """List the waivers that hide something, and the expired ones that would, with what it is, by whom and why."""
    found = {finding.id: finding for finding in plan.findings}
    return [
        _write_waiver(waiver, [found[one] for one in waiver.findings if one in found], plan)
        for waiver in plan.waivers if waiver.findings
    ]  # fmt: skip


def _write_waiver(waiver: WaiverEntry, findings: Sequence[Finding], plan: Plan) -> str:
    places = [f"{name_scope(finding.scope)} ({name_hidden(finding, plan)})" for finding in findings]
    hides = "and no longer hides" if waiver.expired else "hides"
    return (
        f"- {write_code(waiver.id)}, {escape_line(say_end(waiver))}, {hides} "
        f"{escape_line(name_rule(waiver.rule, plan))}: {escape_line(list_some(places, _MOST_HIDDEN), 600)}. "
        f"By {write_code(waiver.by)}: {escape_line(waiver.because, 300)}"
    )


def list_unevaluated(plan: Plan) -> list[str]:
    """List what has no verdict, grouped by rule and reason; what failed before and is not evaluated now comes first."""
    groups: dict[tuple[bool, str, str, str], list[str]] = {}
    for finding in plan.findings:
        if finding.status in UNEVALUATED:
            # "12 of the 30 that the rule asks for" differs from place to place and would part what belongs together.
            many = finding.status == "insufficient"
            key = (
                finding.change != "lost",
                finding.rule,
                finding.status,
                "too few" if many else name_reason(finding.reason),
            )
            count = f" ({say_count(finding.n, finding.unit.removesuffix('s'), finding.unit)})" if many else ""
            groups.setdefault(key, []).append(name_scope(finding.scope) + count)
    return [
        f"- {'' if kept else '**Lost**, it failed last time: '}{escape_line(name_rule(rule, plan))}, "
        f"{escape_line(reason)}: {escape_line(list_some(places, 4), 600)}"
        for (kept, rule, _, reason), places in sorted(groups.items(), key=lambda item: item[0][0])
    ]


def write_window(window: tuple[str | None, str]) -> str:
    """Write a window by its days, the last one exclusive; without a start it holds all rows before its end."""
    return escape_line(say_window(window))


def _write_value(finding: Finding, plan: Plan) -> str:
    series = list_series(finding, plan)
    return escape_line(say_value(finding, plan)) + (f" {_draw_trend(series)}" if series else "")


def list_series(finding: Finding, plan: Plan) -> list[float | None]:
    """List the values of the last windows that were planned for, None where there is none; `[]` for fewer than three.

    Windows are those of any finding: where another one was measured and this one was not, it has a gap.
    """
    past = {point.to: point.value for point in plan.history.get(finding.id, ())}
    if len(past) < 2:
        return []
    moments = sorted({point.to for points in plan.history.values() for point in points if point.to >= min(past)})
    series = [*map(past.get, moments), finding.value][-_WINDOWS:]
    return series if sum(value is not None for value in series) > 2 else []


def _draw_trend(series: Sequence[float | None]) -> str:
    known = [value for value in series if value is not None]
    low, high = min(known), max(known)
    # What is written alike is drawn alike.
    flat = format_number(low) == format_number(high)
    return "".join(
        _GAP if value is None else _BARS[3 if flat else int(round((value - low) / (high - low) * 7, 6))]
        for value in series
    )


def _write_baseline(finding: Finding) -> str:
    baseline = finding.baseline
    if baseline is None:
        return "-"
    value = "" if baseline.value is None else f"{format_number(baseline.value)}, "
    return f"{value}{escape_line(baseline.source)} ({baseline.n:,})"
