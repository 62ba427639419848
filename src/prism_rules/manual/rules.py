"""A rule in sentences: what is measured, over which rows, by which bounds, what it takes to be sure, who reads it."""

from __future__ import annotations

from collections.abc import Iterator

from prism_rules.manual.decisions import Row, list_rows
from prism_rules.manual.overview import Overview
from prism_rules.manual.paragraphs import Paragraph, list_all
from prism_rules.manual.phrases import say_each, say_last, say_rows, say_span
from prism_rules.manual.readers import Reader
from prism_rules.manual.voice import Voice
from prism_rules.metrics import METRICS
from prism_rules.model.ruleset import Baseline, Rule, Ruleset, Series, Waiver
from prism_rules.ruleset.grain import list_measured, list_scope
from prism_rules.ruleset.segments import MOST, Segments, list_segments
from prism_rules.ruleset.windows import find_length
from prism_rules.wording import join_all, name_scope, say_demand

_STANDINGS = {
    "experimental": "Experimental: it is shown, but fails no run; alone it opens no action and shuts no gate.",
    "deprecated": "Deprecated: it still counts, and is marked wherever it speaks.",
}
_TESTS = {
    "cusum": "the CUSUM test",
    "ewma": "the EWMA test",
    "page_hinkley": "the Page-Hinkley test",
    "mann_kendall": "the Mann-Kendall test for a trend",
}


def tell_rule(overview: Overview, name: str, voice: Voice, *, bounds: bool = True) -> Iterator[Paragraph]:
    """Tell a rule in paragraphs; `bounds`: also those that a table may show instead."""
    model = overview.model
    rule = model.rules[name]
    if rule.status in _STANDINGS:
        yield Paragraph("Status", _STANDINGS[rule.status])
    yield Paragraph("Measured", f"{_say_measured(model, rule, voice)}.")
    yield Paragraph("Rows", f"{_say_looked_at(model, rule, voice)}.")
    if rule.baseline:
        yield Paragraph("Compared with", f"{_say_baseline(model, rule, rule.baseline, voice)}.")
    segments = list_segments(model, name)
    rows = list_rows(model, name, segments)
    if bounds:
        yield list_all("Bounds", _list_bounds(rows, segments, voice))
    demands = list(_list_demands(rule, rows, voice))
    yield list_all("To be sure", demands or ["any number of rows will do, and the value alone decides"])
    readers = [_say_reader(reader, voice) for reader in overview.readers[name]]
    yield list_all("Read by", readers or ["no cause, gate or action: it is shown in reports alone"])
    waivers = [say_waiver(waiver, voice) for waiver in overview.waivers.get(name, ())]
    if waivers:
        yield list_all("Waived", waivers)


def _say_measured(model: Ruleset, rule: Rule, voice: Voice) -> str:
    metric = METRICS[rule.metric]
    with_ = ", ".join(f"{voice.name(key)} = {voice.code(_write_value(value))}" for key, value in rule.with_.items())
    named = f"metric {voice.refer('metric', metric.name)}{f' with {with_}' if with_ else ''}"
    each = say_each(list_scope(rule))
    alone = ", the classes of a family taken together" if "family" in rule.by and "class" not in rule.by else ""
    if metric.of == "expression":
        return f"{voice.code(str(rule.of))} ({named}), {each}{alone}"
    of = [column for column in list_measured(model, rule) if column] or list_of(rule)
    of_what = f", of {join_all(map(voice.name, of))}" if of else ""
    return f"{metric.title}, {named}{of_what}, {each}{alone}{_say_series(rule.series)}"


def _write_value(value: object) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list | tuple) else str(value)


def list_of(rule: Rule) -> list[str]:
    """List what a rule names in `of`, as it is written."""
    return [rule.of] if isinstance(rule.of, str) else [*(rule.of or ())]


def _say_series(series: Series | None) -> str:
    if series is None:
        return ""
    return (
        f"; the value is the statistic of {_TESTS[series.test]} over {say_last(series.over)} in steps of "
        f"{say_span(series.every)}, against the {say_span(series.reference)} before"
    )


def _say_looked_at(model: Ruleset, rule: Rule, voice: Voice) -> str:
    if rule.series:
        rows = f"the rows of {voice.name(rule.source)} of {say_last(rule.series.over + rule.series.reference)}"
    else:
        rows = say_rows(find_length(model, rule.source, rule.window), rule.source, voice)
    where = f", where {voice.code(rule.where)}" if rule.where else ""
    unknown = "; rows without a class, or of one that is not declared, are judged as well" if rule.unknown else ""
    return _begin(f"{rows}{where}{unknown}")


def _say_baseline(model: Ruleset, rule: Rule, baseline: Baseline, voice: Voice) -> str:
    source = baseline.source or rule.source
    if baseline.source is None and baseline.where is None:
        before = "before the window of the rule" if rule.window != "all" else "before"
        rows = (
            f"the rows of {voice.name(source)} of the {say_span(baseline.window)} {before}"
            if baseline.window not in (None, "all") and not isinstance(baseline.window, str)
            else f"all rows of {voice.name(source)} {before}"
        )
    else:
        rows = say_rows(find_length(model, source, baseline.window or rule.window), source, voice)
    where = f", where {voice.code(baseline.where)}" if baseline.where else ""
    by = rule.by if baseline.by is None else baseline.by
    each = "taken together" if not by else f"told apart by {join_all(name.replace('_', ' ') for name in by)}"
    return _begin(f"{rows}{where}, {each}")


def _list_bounds(rows: list[Row], segments: Segments, voice: Voice) -> Iterator[str]:
    for row in rows:
        field, value = row.decision.field, row.decision.winner.value
        if field in ("fail", "warn"):
            yield f"{_say_where(row, voice)}the value {' and '.join(map(say_demand, value))}"
        elif field == "enabled" and not value:
            yield f"{_say_where(row, voice)}the rule is switched off"
    if not segments.complete:
        yield f"more than {MOST:,} places are told apart; the rest is not listed"


def _list_demands(rule: Rule, rows: list[Row], voice: Voice) -> Iterator[str]:
    unit = METRICS[rule.metric].unit
    for row in rows:
        field, value, where = row.decision.field, row.decision.winner.value, _say_where(row, voice)
        if field == "min_n" and value > 0:
            yield f"{where}at least {value:,} {unit if value > 1 else unit[:-1]}; below that nothing is said"
        elif field == "confidence":
            yield f"{where}a bound counts as crossed where the {value * 100:g}% interval lies beyond it"
        elif field == "streak" and value > 1:
            yield f"{where}a bound has to be crossed in {value} windows in a row"
    if rule.false_discovery_rate:
        yield (
            f"of the places that are said to cross a bound, at most {rule.false_discovery_rate * 100:g}% are expected "
            "to be false alarms"
        )


def _say_where(row: Row, voice: Voice) -> str:
    return "" if row.whole else f"for {voice.text(row.where)}: "


def _say_reader(reader: Reader, voice: Voice) -> str:
    if reader.section == "causes":
        cause = voice.refer("cause", reader.id)
        return f"the cause {cause}, {'for' if reader.part == 'evidence' else 'against'} which it speaks"
    if reader.section == "governance":
        return "the sampling of finished labels, whose rates follow its value"
    action = voice.refer("action", reader.id)
    return {
        "opens": f"the action {action}, which its findings open",
        "gate": f"the action {action}, whose gate it is: it has to hold first",
        "acceptance": f"the action {action}, which is done when it holds",
    }[reader.part]


def say_waiver(waiver: Waiver, voice: Voice) -> str:
    """Say what a waiver hides, until when, by whose word and why."""
    named = {dimension: pattern for dimension, pattern in waiver.match.items() if pattern != "*"}
    place = f"for {voice.text(name_scope(named))}" if named else "everywhere"
    return f"{place} until {waiver.until}, by {voice.name(waiver.by)}: {voice.text(waiver.because)}"


def _begin(text: str) -> str:
    return text[:1].upper() + text[1:]
