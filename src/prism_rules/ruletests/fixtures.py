"""Fixtures: data files beside a test, with the data's own columns. They may not lie outside the project."""

from __future__ import annotations

import json
import os
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any

from prism_rules.diagnostics import Diagnostic, Label, Problem, Route, Spot
from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.files import place_inside
from prism_rules.model.ruleset import FIELDS, Source
from prism_rules.model.ruletest import MOST_ROWS
from prism_rules.ruletests.cells import Misread, read_text, read_value
from prism_rules.ruletests.tables import BadTable, read_table
from prism_rules.source.places import Lines

FORMS = (".csv", ".jsonl", ".parquet")
MOST_BYTES = 16 * 1024 * 1024
MOST_CELLS = 1_000_000
HELP_JSON = 'write an object for each row, such as {"id": "a", "class": "dent"}'
MOST_TOLD = 20
"""Problems of one file; a column of the wrong kind has one per row."""


def read_fixture(file: str, folder: Path, root: Path, route: Route, problems: list[Problem]) -> Path | None:
    """Find a file that a test names; what is wrong with it is added to `problems`, at `route`."""
    place = place_inside(folder, file, root)
    if place is None:
        found = "outside-root", f"`{file}` lies outside the project", "move it into the project"
    elif not file.endswith(FORMS):
        found = "unsupported-format", f"`{file}` is not one of {', '.join(FORMS)}", "convert it"
    elif not os.path.exists(place):
        found = "missing-data", f"there is no file `{file}`", "check the path; it starts at the test's folder"
    elif not os.path.isfile(place):
        found = "unreadable-data", f"`{file}` is not a regular file", "name a file"
    elif place.stat().st_size > MOST_BYTES:
        found = "file-too-large", f"`{file}` is larger than {MOST_BYTES:,} bytes", "keep the rows that matter"
    else:
        return place
    code, message, help = found
    problems.append(Problem(code, message, (Spot(route),), help))
    return None


def read_records(path: Path, name: str, source: Source) -> tuple[list[dict[str, Any]], list[Diagnostic]]:
    """Read CSV or JSON lines by the columns of the data; give rows under the names that rules use, and what is wrong.

    A column that the file lacks is null, but for those that the source's role needs.
    """
    shown = path.as_posix()
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        return [], [Diagnostic("unreadable-data", f"the file cannot be read: {said}", context=shown)]
    if text.count(",") > MOST_CELLS:
        message, help = f"the file has more than {MOST_CELLS:,} cells", "keep the rows and columns that matter"
        return [], [Diagnostic("file-too-large", message, context=shown, help=help)]
    lines, is_csv = Lines(shown, text), path.suffix == ".csv"
    wanted = {*source.columns.values()}
    try:
        names, read = _read_csv(text, lines, wanted) if is_csv else _read_json(lines, wanted)
    except BadTable as bad:
        label = lines.label((bad.start, bad.start + bad.length))
        return [], [Diagnostic("bad-table", bad.message, (label,), bad.help)]
    if len(read) > MOST_ROWS:
        return [], [Diagnostic("out-of-range", f"the file has more than {MOST_ROWS:,} rows", context=shown)]
    found = _find_missing(name, source, names, shown) if names else []
    rows = []
    for cells in [] if found else read:
        row = {}
        for logical, physical in source.columns.items():
            if physical not in cells:
                continue
            value, label = cells[physical]
            kind = source.name_kind(logical)
            row[logical] = read_text(kind, value) if isinstance(value, str) and is_csv else read_value(kind, value)
            if isinstance(typed := row[logical], Misread):
                found.append(Diagnostic(typed.code, f"`{physical}` {typed.message}", (label,), typed.help))
        rows.append(row)
    return rows, found[:MOST_TOLD]


_Cells = Mapping[str, tuple[Any, Label]]
_Read = tuple[Mapping[str, None], list[_Cells]]
"""The names of a file's columns, and of each row the cells that rules may read."""


def _read_csv(text: str, lines: Lines, wanted: Container[str]) -> _Read:
    head, rows = read_table(text)
    names = [str(column.text) for column in head]
    return dict.fromkeys(names), [
        {
            column: (cell.text, lines.label((cell.start, cell.start + cell.length)))
            for column, cell in zip(names, row, strict=True)
            if column in wanted
        }
        for row in rows
    ]


def _read_json(lines: Lines, wanted: Container[str]) -> _Read:
    names: dict[str, None] = {}
    read: list[_Cells] = []
    for line, start in zip(lines.lines, lines.starts, strict=False):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise BadTable("a line is no JSON from here on", start + error.pos, 1, HELP_JSON) from error
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict):
            raise BadTable("a line is no JSON object", start, len(line), HELP_JSON)
        label = lines.label((start, start + len(line)))
        names |= dict.fromkeys(record)
        read.append({column: (value, label) for column, value in record.items() if column in wanted})
    return names, read


def _find_missing(name: str, source: Source, present: Mapping[str, None], shown: str) -> list[Diagnostic]:
    needed = [column for column, required in FIELDS[source.role].items() if required and column in source.fields]
    return [
        Diagnostic(
            "missing-column",
            f"source `{name}` has no column `{source.fields[column]}`",
            context=shown,
            help=did_you_mean(source.fields[column], present),
        )
        for column in needed
        if source.fields[column] not in present
    ]
