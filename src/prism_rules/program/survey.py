"""The survey: what the data is like, whatever rules ask. Rows, times, and what had to be left out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prism_rules.engines import Batch
from prism_rules.intake import Intake, list_needed_sources
from prism_rules.intake.quoting import quote_name, quote_text
from prism_rules.model.ruleset import Ruleset
from prism_rules.program.relations import key_field, write_raw, write_read, write_seen, write_time

NAMES_SHOWN = 20


def list_streams(model: Ruleset, intake: Intake) -> list[str]:
    """List the bound stream sources that rules use: the ones whose newest row tells what `now` is."""
    used = {rule.source for rule in model.rules.values()}
    return [name for name in intake.sources if name in used and not model.sources[name].collection]


def write_newest(model: Ruleset, intake: Intake) -> Batch:
    """Ask each stream for its newest row time: query `newest:<source>` with one column `newest`, epoch microseconds."""
    queries = []
    for name in list_streams(model, intake):
        bound = intake.sources[name]
        queries.append((f"newest:{name}", f"SELECT epoch_us(max({write_raw(bound.columns['time'])})) AS newest FROM {write_read(bound)}"))
    return Batch(tuple(file.path for file in intake.files), (), tuple(queries))


def write_survey(model: Ruleset, intake: Intake, as_of: datetime) -> tuple[tuple[str, str], ...]:
    """Write the intake queries.

    `rows:<source>` has one row of counts (see `_write_counts`); `unknown:<source>` names classes outside the taxonomy
    with their counts; `lookup:<source>:<other>` counts ambiguous and unmatched ids.
    """
    return tuple(_list_queries(model, intake, as_of))


def _list_queries(model: Ruleset, intake: Intake, as_of: datetime) -> Iterator[tuple[str, str]]:
    needed = list_needed_sources(model)
    for name, bound in intake.sources.items():
        if name not in needed:
            continue
        read = write_read(bound)
        yield f"rows:{name}", f"SELECT {', '.join(_write_counts(model, intake, name, as_of))} FROM {read}"
        if model.classes and "class" in bound.columns:
            raw = write_raw(bound.columns["class"])
            declared = ", ".join(quote_text(c) for c in model.classes)
            seen = f" AND {write_raw(bound.columns['time'])} < {write_time(as_of)}" if "time" in bound.columns else ""
            yield f"unknown:{name}", (
                f"SELECT {raw} AS name, count(*) AS n FROM {read} WHERE {raw} NOT IN ({declared}){seen} "
                f"GROUP BY 1 ORDER BY 2 DESC, 1"
            )
        for other in model.sources[name].lookup:
            key, other_key = (quote_name(key_field(model.sources[s])) for s in (name, other))
            seen_here, seen_there = (write_seen(model, s, as_of) for s in (name, other))
            yield f"lookup:{name}:{other}", (
                f"WITH here AS (SELECT DISTINCT {key} AS id FROM {quote_name(name)} WHERE {seen_here}), "
                f"there AS (SELECT {other_key} AS id, count(*) AS n FROM {quote_name(other)} WHERE {seen_there} GROUP BY 1) "
                "SELECT count(*) FILTER (WHERE there.n > 1) AS ambiguous, count(*) FILTER (WHERE there.n IS NULL) AS unmatched, "
                "min(here.id) FILTER (WHERE there.n > 1) AS example FROM here LEFT JOIN there ON here.id = there.id"
            )


def _write_counts(model: Ruleset, intake: Intake, name: str, as_of: datetime) -> Iterator[str]:
    bound = intake.sources[name]
    until = write_time(as_of)
    if "time" in bound.columns:
        time = write_raw(bound.columns["time"])
        seen = f" AND {time} < {until}"
        yield f"count(*) FILTER (WHERE {time} < {until}) AS rows"
        yield f"count(*) FILTER (WHERE {time} >= {until}) AS later"
        yield f"count(*) FILTER (WHERE {time} IS NULL) AS no_time"
        yield f"epoch_us(min({time}) FILTER (WHERE {time} < {until})) AS oldest"
        yield f"epoch_us(max({time}) FILTER (WHERE {time} < {until})) AS newest"
        window = model.sources[name].window or model.defaults.window
        if not model.sources[name].collection and window not in (None, "all"):
            since = write_time(as_of - window)  # type: ignore[operator]
            yield f"count(*) FILTER (WHERE {time} >= {since} AND {time} < {until}) AS recent"
    else:
        seen = ""
        yield "count(*) AS rows"
    if "class" in bound.columns:
        yield f"count(*) FILTER (WHERE {write_raw(bound.columns['class'])} IS NULL{seen}) AS no_class"
    for logical, column in bound.columns.items():
        if column.kind == "number":
            raw = write_raw(column)
            low, high = ("0", "1") if logical == "confidence" else ("-1e12", "1e12")
            yield f"count(*) FILTER (WHERE {raw} IS NULL{seen}) AS {quote_name(f'null:{logical}')}"
            yield f"count(*) FILTER (WHERE NOT isfinite({raw}){seen}) AS {quote_name(f'not_finite:{logical}')}"
            yield (f"count(*) FILTER (WHERE isfinite({raw}) AND NOT {raw} BETWEEN {low} AND {high}{seen}) "
                   f"AS {quote_name(f'out_of_range:{logical}')}")
