"""What intake met: rows and times of each source, and notes on everything that was left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.intake import Intake
from prism_rules.model.plan import Input, IntakeNote
from prism_rules.model.ruleset import Ruleset
from prism_rules.program import Program
from prism_rules.program.survey import NAMES_SHOWN, list_streams

if TYPE_CHECKING:
    import polars as pl

IMPLAUSIBLE = 1000
"""An `as_of` taken from the data is doubted when fewer than one row in this many lies in the last window."""

_TEXTS = {
    "later": "{n} rows at or after as-of were not looked at",
    "no_time": "{n} rows have no time and belong to no window",
    "no_class": "{n} rows have no class and count as (none)",
    "null": "{n} rows have no {column}",
    "not_finite": "{n} rows have a {column} that is NaN or infinite; they were left out",
    "out_of_range": "{n} rows have a {column} outside its range; they were left out",
}


def read_survey(
    model: Ruleset, intake: Intake, program: Program, tables: Mapping[str, pl.DataFrame], derived: bool
) -> tuple[tuple[Input, ...], tuple[IntakeNote, ...]]:
    """Read the survey's tables: one `Input` per source, and notes in the order of sources.

    Raises `Refused` with exit 3: `implausible-as-of` when `as_of` was derived from the data and hardly any row lies in
    the last window, `ambiguous-lookup` when a look-up finds an id more than once.
    """
    refused: list[Diagnostic] = []
    inputs, notes = [], []
    for name, bound in intake.sources.items():
        if f"rows:{name}" not in tables:
            continue
        row = tables[f"rows:{name}"].row(0, named=True)
        inputs.append(Input(
            source=name, rows=row["rows"], digest=bound.digest, files=len(bound.files),
            from_=_write_micros(row.get("oldest")), to=_write_micros(row.get("newest")),
        ))
        notes += _note_counts(name, row)
        if (unknown := tables.get(f"unknown:{name}")) is not None and unknown.height:
            names = tuple(unknown["name"].to_list()[:NAMES_SHOWN])
            notes.append(IntakeNote(source=name, code="unknown_class", n=int(unknown["n"].sum()), names=names, text=(
                f"{int(unknown['n'].sum())} rows have a class that the taxonomy lacks ({unknown.height} such classes)")))
        for other in model.sources[name].lookup:
            found = tables[f"lookup:{name}:{other}"].row(0, named=True)
            if found["ambiguous"]:
                refused.append(Diagnostic("ambiguous-lookup", (
                    f"source `{other}` has more than one row for {found['ambiguous']} ids that `{name}` looks up, such as {found['example']!r}"),
                    context=", ".join(file.shown for file in intake.sources[other].files),
                    help=f"keep one row per id in `{other}`, or drop the look-up"))
            if found["unmatched"]:
                notes.append(IntakeNote(source=name, code="unmatched_lookup", n=found["unmatched"],
                                        text=f"{found['unmatched']} ids have no row in {other}; what is looked up there is (none)"))
        recent = row.get("recent")
        if derived and recent is not None and name in list_streams(model, intake) and recent * IMPLAUSIBLE < row["rows"]:
            refused.append(Diagnostic("implausible-as-of", (
                f"as-of was taken from the newest row, {row_time(program.as_of)}, and only {recent} of {row['rows']} rows of `{name}` lie "
                "in the window before it"), context=", ".join(file.shown for file in bound.files),
                help="a row may be dated in the future; give --as-of to say which moment is meant"))
    if refused:
        raise Refused(refused, 3)
    return tuple(inputs), tuple(notes)


def row_time(moment: datetime) -> str:
    """Write the date of a moment."""
    return f"{moment:%Y-%m-%d}"


def _note_counts(source: str, row: Mapping[str, Any]) -> Iterator[IntakeNote]:
    if not row["rows"]:
        yield IntakeNote(source=source, code="no_rows", n=0, text="there is no row before as-of")
    for key, n in row.items():
        code, _, column = key.partition(":")
        if n and code in _TEXTS:
            yield IntakeNote(source=source, code=code, n=n, text=_TEXTS[code].format(n=n, column=column), names=(column,) if column else ())


def _write_micros(micros: int | None) -> str | None:
    return None if micros is None else datetime.fromtimestamp(micros / 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
