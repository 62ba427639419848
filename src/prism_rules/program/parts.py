"""Parts: which rows every rule is about. Its window, those before it for a streak, its baseline, and what acceptance
asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from prism_rules.metrics import METRICS, Ask, Taxonomy
from prism_rules.model.ruleset import Rule, Ruleset
from prism_rules.program.readings import Part
from prism_rules.program.views import Window, join_windows
from prism_rules.ruleset.grain import find_kind, list_measured
from prism_rules.ruleset.windows import find_length


@dataclass(frozen=True, slots=True)
class Anchor:
    """A second measurement that an action asks for: a rule, on rows from the action's last `done` on."""

    rule: str
    time: datetime


BRIDGED = 2
"""Times a streak's length: so many windows are looked at, so that gaps in the data neither count nor break it."""


def find_window(model: Ruleset, source: str, own: timedelta | Literal["all"] | None, as_of: datetime) -> Window | None:
    """Find the window of a rule, see `find_length`; None for a stream that has none."""
    length = find_length(model, source, own)
    if length == "all":
        return (None, as_of)
    return (as_of - length, as_of) if length else None


def find_streak(rule: Rule) -> int:
    """Find the longest streak that a rule or one of its overrides asks for; 1 is the current window alone."""
    return max([rule.streak or 1, *(override.streak or 1 for override in rule.overrides.values())])


def is_doubted(rule: Rule) -> bool:
    """Whether a rule or one of its overrides asks how sure a value is."""
    return bool(rule.confidence or rule.false_discovery_rate or any(o.confidence for o in rule.overrides.values()))


def list_parts(model: Ruleset, as_of: datetime, anchors: Iterable[Anchor] = ()) -> list[Part]:
    """List the parts of every rule, in the order of the ruleset."""
    taxonomy = Taxonomy(model.classes)
    due: dict[str, set[datetime]] = {}
    for anchor in anchors:
        due.setdefault(anchor.rule, set()).add(anchor.time)
    return [
        _place(model, part)
        for name, rule in model.rules.items()
        for column in list_measured(model, rule)
        for part in _list_of_rule(model, name, column, as_of, sorted(due.get(name, ())), taxonomy)
    ]


def _list_of_rule(
    model: Ruleset, name: str, column: str | None, as_of: datetime, anchors: list[datetime], taxonomy: Taxonomy
) -> Iterator[Part]:
    rule = model.rules[name]
    of = rule.of if column is None else column
    numeric = isinstance(of, str) and find_kind(model, rule.source, of) == "number"
    ask = METRICS[rule.metric].ask(
        rule.with_, of, rule.by, doubted=is_doubted(rule), numeric=numeric, taxonomy=taxonomy
    )
    window = _find_span(model, rule, as_of)
    for step, span in enumerate(_list_windows(rule, window)):
        yield Part(name, "current", rule.source, rule.by, span, ask, column, step)
        if rule.baseline:
            yield _describe_baseline(model, name, rule, ask, column, span, step, as_of)
    for anchor in anchors:
        # Collections have no window: an action's anchor asks for rows added since, which `planning` looks at. Of a
        # series the points from the anchor on are taken later.
        start = window[0] and max(anchor, window[0])
        span = window if model.sources[rule.source].collection or rule.series else (start or anchor, as_of)
        yield Part(name, "acceptance", rule.source, rule.by, span, ask, column, anchor=anchor)


def _place(model: Ruleset, part: Part) -> Part:
    """Tell the metric of a part when its window ends, and what tells rows of its source apart."""
    labels = model.sources[part.source].role == "annotations"
    identity = ("unit", "annotator") if labels else ("id",)
    return replace(part, ask=replace(part.ask, until=part.window[1], identity=identity))


def _find_span(model: Ruleset, rule: Rule, as_of: datetime) -> Window:
    if rule.series:
        return (as_of - rule.series.over - rule.series.reference, as_of)
    window = find_window(model, rule.source, rule.window, as_of)
    assert window is not None, "a ruleset without a window for a stream is refused when it is loaded"
    return window


def _list_windows(rule: Rule, window: Window) -> Iterator[Window]:
    yield window
    start, end = window
    streak = find_streak(rule)
    if start is None or streak == 1:
        return
    for step in range(1, BRIDGED * streak):
        yield start - step * (end - start), end - step * (end - start)


def _describe_baseline(
    model: Ruleset, name: str, rule: Rule, ask: Ask, column: str | None, window: Window, step: int, as_of: datetime
) -> Part:
    """Say which rows a window's baseline is about.

    A baseline that is only a window ends where the rule's starts; any other ends where the rule's ends, and is as long
    as it says, else as the rule, else as its source. A collection is the same for every window.
    """
    baseline = rule.baseline
    assert baseline is not None
    source = baseline.source or rule.source
    if baseline.source is None and baseline.where is None:
        length, end = baseline.window, window[0] or as_of
        span: Window = (None, end) if length in (None, "all") else (end - length, end)  # type: ignore[operator]
    else:
        moment = as_of if model.sources[source].collection else window[1]
        span = find_window(model, source, baseline.window or rule.window, moment) or window
    by = rule.by if baseline.by is None else baseline.by
    return Part(name, "baseline", source, by, span, replace(ask, by=by), column, step)


def find_spans(parts: Iterable[Part]) -> dict[str, Window]:
    """Find for every source the span of all windows in which it is read."""
    windows: dict[str, list[Window]] = {}
    for part in parts:
        windows.setdefault(part.source, []).append(part.window)
    return {source: join_windows(of) for source, of in windows.items()}
