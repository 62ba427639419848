"""What intake met: rows and times of each source, and notes on everything that was left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.diagnostics.text import say_count
from prism_rules.engines import Engine
from prism_rules.intake import Intake
from prism_rules.model.frozen import format_duration
from prism_rules.model.moments import count_microseconds
from prism_rules.model.plan import Input, IntakeNote
from prism_rules.model.ruleset import Ruleset
from prism_rules.program import Program
from prism_rules.program.survey import EARLIEST, find_longest_window, list_own_dimensions, list_streams, write_details
from prism_rules.program.views import key_field

if TYPE_CHECKING:
    import polars as pl

IMPLAUSIBLE = 1000
"""An `as_of` taken from the data is doubted when fewer than one row in this many lies in the last window."""

_TEXTS = {
    "later": "{n} [row|rows] at or after as-of [was|were] not looked at",
    "no_time": "{n} [row has|rows have] no time and [belongs|belong] to no window",
    "no_class": "{n} [row has|rows have] no class and [counts|count] as (none)",
    "no_dimension": "{n} [row has|rows have] no {column} and [counts|count] as (none)",
    "null": "{n} [row has|rows have] no {column}",
    "not_finite": "{n} [row has|rows have] a {column} that is NaN or infinite; [it was|they were] left out",
    "out_of_range": "{n} [row has|rows have] a {column} outside its range; [it was|they were] left out",
    "duplicates": "{n} [label repeats|labels repeat] an annotator's label of the same unit and [was|were] settled",
    "mixed_dimensions": "{n} [unit has|units have] labels of different {column}; rules by {column} leave [it|them] out",
    "unknown_class": "{n} [row has|rows have] a class that the taxonomy lacks ({such})",
    "unmatched_lookup": "{n} [id has|ids have] no row in {column}; what is looked up there is (none)",
}
"""Of one thing and of several."""
_CHOICE = re.compile(r"\[([^|]*)\|([^\]]*)\]")

Tables = Mapping[str, "pl.DataFrame"]


def read_survey(
    model: Ruleset, intake: Intake, program: Program, tables: Tables, engine: Engine, derived: bool
) -> tuple[tuple[Input, ...], tuple[IntakeNote, ...]]:
    """Read the survey's tables: one `Input` per source that is read, and notes in the order of sources.

    Raises `Refused` with exit 3: `implausible-as-of` when `as_of` was derived from the data and hardly any row lies in
    the last window, `ambiguous-lookup` when a look-up finds an id more than once, `duplicate-labels` where a source
    allows none.
    """
    doubtful = [name for name in program.watches if _find_doubt(model, program, name, tables, derived)]
    if doubtful:
        tables = {**tables, **engine.answer(write_details(model, intake, doubtful, program.as_of, program.spans))}
    read = {name: row for name in intake.sources if (row := _read_rows(model, program, name, tables)) is not None}
    refused = [found for name in read for found in _find_ambiguous(model, intake, name, tables)]
    refused += [found for name in read for found in _find_duplicates(model, intake, name, tables)]
    if derived:
        refused += _doubt_as_of(model, intake, program, read)
    if refused:
        raise Refused(refused, 3)
    inputs = tuple(_describe_input(intake, name, row) for name, row in read.items())
    return inputs, tuple(note for name, row in read.items() for note in _list_notes(model, name, row, tables))


def _find_doubt(model: Ruleset, program: Program, name: str, tables: Tables, derived: bool) -> bool:
    """Whether a source has to be looked at once more: for its times, or for rows that scans could not tell apart."""
    times = tables[f"times:{name}"].row(0, named=True)
    until = count_microseconds(program.as_of)
    if times["rows"] and times.get("newest") is not None:
        stream = not model.sources[name].collection
        window = find_longest_window(model, name) if stream else None
        late = window is not None and times["newest"] < until - window // timedelta(microseconds=1)
        if times["newest"] >= until or times["oldest"] < EARLIEST or late or (derived and stream):
            return True
    watched = [tables[query].row(0, named=True) for query in program.watches[name]]
    if len({row["rows"] for row in watched}) > 1 and any(_list_gaps(row) for row in watched):
        return True  # the scans saw other rows, and none of them all
    return any(
        row["unknown"] or any(row[f"there:{number}"] > row[f"known:{number}"] for number in _list_numbers(row))
        for row in ({"unknown": 0, **row} for row in watched)
    )  # fmt: skip


def _list_gaps(row: Mapping[str, Any]) -> list[str]:
    """List what a scan saw that intake tells of."""
    told = [key for key, n in row.items() if n and (key == "unknown" or key.startswith("none:"))]
    return told + [number for number in _list_numbers(row) if row[f"known:{number}"] < row["rows"]]


def _list_numbers(row: Mapping[str, Any]) -> list[str]:
    return [key.removeprefix("known:") for key in row if key.startswith("known:")]


def _read_rows(model: Ruleset, program: Program, name: str, tables: Tables) -> Mapping[str, Any] | None:
    """Read what is known of a source's rows: details where they were asked for, else what files and scans say."""
    if f"rows:{name}" in tables:
        found: dict[str, Any] = tables[f"rows:{name}"].row(0, named=True)
        return found
    if f"times:{name}" not in tables:
        return None
    own, times = model.sources[name], tables[f"times:{name}"].row(0, named=True)
    timed = times.get("timed", times["rows"])
    row = {"no_time": times["rows"] - timed, "rows": timed}
    row |= {key: times[key] for key in ("oldest", "newest") if key in times}
    row |= {f"null:{key_field(own)}": times["rows"] - times["named"]} if "named" in times else {}
    for watched in (tables[query].row(0, named=True) for query in program.watches[name]):
        told = {f"no_dimension:{d}": watched[f"none:{d}"] for d in list_own_dimensions(own) if f"none:{d}" in watched}
        told |= {"no_class": watched["none:class"]} if "class" in own.fields and "none:class" in watched else {}
        told |= {f"null:{number}": watched["rows"] - watched[f"there:{number}"] for number in _list_numbers(watched)}
        # They saw the same rows; one may have read columns that another did not.
        row |= {key: max(n, row.get(key, 0)) for key, n in told.items()}
    return row


def _describe_input(intake: Intake, name: str, row: Mapping[str, Any]) -> Input:
    bound = intake.sources[name]
    span = {"from": _write_micros(row.get("oldest")), "to": _write_micros(row.get("newest"))}
    files = 0 if bound.given else len(bound.files)
    return Input.model_validate({"source": name, "rows": row["rows"], "digest": bound.digest, "files": files, **span})


def _list_notes(model: Ruleset, name: str, row: Mapping[str, Any], tables: Tables) -> Iterator[IntakeNote]:
    if not row["rows"]:
        yield IntakeNote(source=name, code="no_rows", n=0, text="there is no row before as-of")
    elif row.get("recent") == 0 and (window := find_longest_window(model, name)) is not None:
        newest = _write_micros(row["newest"])
        text = f"the newest row is of {newest}, and none lies in the {format_duration(window)} before as-of"
        yield IntakeNote(source=name, code="late_feed", n=0, text=text)
    labels = tables.get(f"labels:{name}")
    for key, n in {**row, **(labels.row(0, named=True) if labels is not None else {})}.items():
        code, _, column = key.partition(":")
        if n and code in _TEXTS:
            text = _say(code, n, column=column)
            yield IntakeNote(source=name, code=code, n=n, text=text, names=(column,) if column else ())
    unknown = tables.get(f"unknown:{name}")
    if unknown is not None and unknown.height:
        rows, names = unknown["rows"][0], unknown["names"][0]
        text = _say("unknown_class", rows, such=say_count(names, "such class", "such classes"))
        yield IntakeNote(source=name, code="unknown_class", n=rows, names=tuple(unknown["name"].to_list()), text=text)
    for other in model.sources[name].lookup:
        if n := tables[f"lookup:{name}:{other}"]["unmatched"][0]:
            text = _say("unmatched_lookup", n, column=other)
            yield IntakeNote(source=name, code="unmatched_lookup", n=n, text=text)


def _say(code: str, n: int, **words: str) -> str:
    chosen = _CHOICE.sub(lambda choice: choice[1 if n == 1 else 2], _TEXTS[code])
    return chosen.format(n=f"{n:,}", **words)


def _find_ambiguous(model: Ruleset, intake: Intake, name: str, tables: Tables) -> Iterator[Diagnostic]:
    for other in model.sources[name].lookup:
        found = tables[f"lookup:{name}:{other}"].row(0, named=True)
        if found["ambiguous"]:
            yield Diagnostic(
                "ambiguous-lookup",
                f"source `{other}` has more than one row for {say_count(found['ambiguous'], 'id')} that `{name}` looks "
                f"up, such as {found['example']!r}",
                context=_show_files(intake, other),
                help=f"keep one row per id in `{other}`, or drop the look-up",
            )


def _find_duplicates(model: Ruleset, intake: Intake, name: str, tables: Tables) -> Iterator[Diagnostic]:
    if model.sources[name].duplicates == "error" and (n := tables[f"labels:{name}"]["duplicates"][0]):
        yield Diagnostic(
            "duplicate-labels",
            f"{say_count(n, 'label repeats', 'labels repeat')} an annotator's label of the same unit, which `{name}` "
            "does not allow",
            context=_show_files(intake, name),
            help="take them out of the data, or let one count: `duplicates: latest` or `first`",
        )


def _doubt_as_of(
    model: Ruleset, intake: Intake, program: Program, read: Mapping[str, Mapping[str, Any]]
) -> Iterator[Diagnostic]:
    # Over all streams together: one that has merely stopped is a late feed, and no reason to doubt the others.
    streams = [name for name in list_streams(model, intake) if "recent" in read[name]]
    recent, rows = (sum(read[name][key] for name in streams) for key in ("recent", "rows"))
    if recent * IMPLAUSIBLE < rows:
        newest = max(streams, key=lambda name: read[name]["newest"] or 0)
        yield Diagnostic(
            "implausible-as-of",
            f"as-of was taken from the newest row, {program.as_of:%Y-%m-%d}, and only {recent} of {rows} rows lie in "
            "the window before it",
            context=_show_files(intake, newest),
            help="a row may be dated in the future; give --as-of (in Python, `as_of`) to say which moment is meant",
        )


def _show_files(intake: Intake, source: str) -> str:
    return ", ".join(file.shown for file in intake.sources[source].files)


def _write_micros(micros: int | None) -> str | None:
    if micros is None:
        return None
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
