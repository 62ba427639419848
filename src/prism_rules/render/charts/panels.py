"""Panels: what a finding, or one that cleared, shows of its windows, its bounds and its baseline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from prism_rules.escaping import show_plain
from prism_rules.model.plan import Cleared, Finding, HistoryPoint, Plan
from prism_rules.render.charts.ink import Colour
from prism_rules.render.charts.levels import Level, find_whisker, list_bounds, list_levels
from prism_rules.render.charts.scales import format_short
from prism_rules.render.words import (
    format_beside,
    format_unbound,
    name_status,
    say_bound,
    say_judged,
    say_support,
    say_value,
)
from prism_rules.wording import name_scope, say_moment

LOOKS: dict[str, tuple[str, Colour]] = {
    "fail": ("square", "fail"), "warn": ("triangle", "warn"), "unsure": ("diamond", "unsure"),
    "cleared": ("circle", "pass"), "waived": ("frame", "soft"), "insufficient": ("ring", "soft"),
    "no_data": ("ring", "soft"),
}  # fmt: skip
"""Status -> the shape and the colour of its mark."""


@dataclass(frozen=True, slots=True)
class Panel:
    """What is drawn of one finding; texts are plain."""

    title: str
    place: str
    look: tuple[str, Colour]
    status: str
    told: Sequence[str]
    """The value in words, the longest first: what there is room for is shown."""
    support: str
    judged: str
    """The bound in words."""
    points: Sequence[HistoryPoint]
    """Windows in order, the plan's own last; a value is None where there is none."""
    levels: Sequence[Level]
    baseline: float | None
    whisker: tuple[float, float] | None
    """The interval of the plan's own value."""

    @property
    def values(self) -> Iterator[float]:
        """All that the scale has to hold."""
        yield from (point.value for point in self.points if point.value is not None)
        yield from (level.value for level in self.levels)
        yield from (self.baseline,) if self.baseline is not None else ()
        yield from self.whisker or ()

    @property
    def runs(self) -> Iterator[list[HistoryPoint]]:
        """Windows with values that follow on each other: a line goes through each run."""
        run: list[HistoryPoint] = []
        for point in self.points:
            if point.value is None:
                yield run
                run = []
            else:
                run.append(point)
        yield run


def find_panel(entry: Finding | Cleared, plan: Plan, ends: Sequence[str]) -> Panel | None:
    """Find what to draw at the window ends of a plan; None without any value."""
    own = HistoryPoint(to=plan.as_of, value=entry.value, n=_count(entry, plan), status=_read_status(entry))
    known = {point.to: point for point in (*plan.history.get(entry.id, ()), own)}
    points = [known.get(end) or HistoryPoint(to=end, value=None, n=0, status="") for end in ends]
    if all(point.value is None for point in points):
        return None
    # Before a finding was first met it has no gap.
    while points[0].value is None and points[0].to not in known:
        del points[0]
    baseline = entry.baseline.value if entry.baseline else None
    rule = plan.rules.get(entry.rule)
    short = "-" if entry.value is None else format_short(entry.value)
    shared: dict[str, Any] = {
        "title": show_plain(rule.title if rule else entry.rule, 200), "place": name_scope(entry.scope),
        "points": points, "baseline": baseline,
        "levels": list_levels(entry, plan, baseline),
    }  # fmt: skip
    if isinstance(entry, Cleared):
        was, now = (format_unbound(value, entry.rule, plan) for value in (entry.was, entry.value))
        support = f"{own.n:,} {show_plain(rule.unit)}" if rule and own.n else ""
        judged = "; ".join(say_bound(bound, entry.value, baseline) for bound in list_bounds(entry, plan)) or "holds now"
        return Panel(
            **shared, look=LOOKS["cleared"], status="cleared", told=(f"was {was}, now {now}", now, short),
            support=support, judged=judged, whisker=None,
        )  # fmt: skip
    return Panel(
        **shared, look=LOOKS.get(entry.status, LOOKS["no_data"]), status=name_status(entry, plan),
        told=(say_value(entry, plan), format_beside(entry.value, entry.bound), short), support=say_support(entry),
        judged=say_judged(entry),
        whisker=find_whisker(entry, baseline),
    )  # fmt: skip


def describe_panel(panel: Panel) -> str:
    """Describe a panel for those who do not see it."""
    windows = [
        f"{say_moment(point.to)} {'no value' if point.value is None else format_beside(point.value, None)}"
        + (f" of {point.n:,}" if point.n else "") + (f" ({show_plain(point.status)})" if point.status else "")
        for point in panel.points
    ]  # fmt: skip
    return f"{panel.judged}. Windows that end on {', '.join(windows)}."


def _count(entry: Finding | Cleared, plan: Plan) -> int:
    if isinstance(entry, Finding):
        return entry.n
    return next((passing.n for passing in plan.passes if passing.id == entry.id), 0)


def _read_status(entry: Finding | Cleared) -> str:
    return "pass" if isinstance(entry, Cleared) else entry.hides or entry.status
