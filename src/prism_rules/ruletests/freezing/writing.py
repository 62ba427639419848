"""Writing: pieces as the data of a rule test, and the test as YAML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from prism_rules.model.plan import Finding
from prism_rules.model.ruleset import Ruleset
from prism_rules.program.parts import find_window
from prism_rules.program.views import key_field
from prism_rules.ruleset.grain import ANNOTATOR
from prism_rules.ruletests.freezing.pieces import Frame, Moment, Piece, PieceRow
from prism_rules.ruletests.rows import JUST_BEFORE

MOST_ROWS = 8
"""Rows that are written one by one; more stand in a table."""


def write_data(
    model: Ruleset, rule: str, frame: Frame, counts: Sequence[tuple[Piece, int]], as_of: datetime
) -> dict[str, Any]:
    """Write pieces as the `data` of a test: groups of rows that are alike, and the other rows one by one."""
    groups: dict[str, list[dict[str, Any]]] = {source: [] for source in frame.edges}
    rows: dict[str, list[dict[str, Any]]] = {source: [] for source in frame.edges}
    number = 0
    for piece, count in counts:
        group = _write_group(model, rule, frame, piece, count, as_of) if count > 1 else None
        if group is not None:
            groups[piece[0].source].append(group)
            continue
        for _ in range(count):
            number += 1
            for row in piece:
                rows[row.source].append({key_field(model.sources[row.source]): f"u{number}"} | _write_cells(frame, row))
    data: dict[str, Any] = {}
    for source in frame.edges:
        listed = _leave_out_usual(model, frame, source, rows[source], as_of)
        data[source] = {"generate": groups[source]} if groups[source] else {}
        if len(listed) > MOST_ROWS:
            data[source]["table"] = _write_table(listed)
        elif listed or not groups[source]:
            data[source]["rows"] = listed
    return data


def _leave_out_usual(
    model: Ruleset, frame: Frame, source: str, rows: list[dict[str, Any]], as_of: datetime
) -> list[dict[str, Any]]:
    """Leave out of all rows of a source what a test gives a row that does not say it: an id of its own, and the time
    just before `as_of`. One row that needs it makes all say it, as they may stand in a table."""
    usual = set() if source in frame.keyed else {key_field(model.sources[source])}
    if all(row.get("time") == _write_time(as_of - JUST_BEFORE) for row in rows):
        usual.add("time")
    return [{column: value for column, value in row.items() if column not in usual} for row in rows]


def _write_group(
    model: Ruleset, rule: str, frame: Frame, piece: Piece, count: int, as_of: datetime
) -> dict[str, Any] | None:
    """Write rows that are alike as a group; None where a group cannot say what they are."""
    source = piece[0].source
    shared = {column: value for column, value in piece[0].cells if column not in (ANNOTATOR, "class")}
    time = shared.pop("time", None)
    if any(row.source != source for row in piece) or not (time is None or time == Moment(getattr(time, "cell", -1))):
        return None
    alike = {tuple(cell for cell in row.cells if cell[0] not in (ANNOTATOR, "class")) for row in piece}
    if len(alike) > 1:
        return None
    group: dict[str, Any]
    if model.sources[source].role == "annotations":
        labels = {dict(row.cells).get(ANNOTATOR): dict(row.cells).get("class") for row in piece}
        names = [f"r{place}" for place in range(1, len(piece) + 1)]
        if sorted(map(str, labels)) != sorted(names) or None in labels.values():
            return None
        group = {"units": count, "labels": [labels[name] for name in names]}
    elif len(piece) > 1:
        return None
    else:
        group = {"rows": count}
        shared = {column: value for column, value in piece[0].cells if column != "time"}
    if shared := {column: value for column, value in shared.items() if value is not None}:
        group["with"] = shared
    if isinstance(time, Moment):
        group |= _write_span(model, rule, frame, source, time, as_of)
    return group


def _write_span(
    model: Ruleset, rule: str, frame: Frame, source: str, moment: Moment, as_of: datetime
) -> dict[str, str]:
    """Write between which times a group lies; nothing for the window that it lies in if nothing is said."""
    start, end = frame.find_span(source, moment.cell)
    declared = model.rules[rule]
    usual = find_window(model, source, declared.window, as_of) if source == declared.source else None
    if end == as_of and ((usual and usual == (start, end)) or model.sources[source].collection):
        return {}
    return {"from": _write_time(start or frame.place(source, moment)), "to": _write_time(end)}


def _write_cells(frame: Frame, row: PieceRow) -> dict[str, Any]:
    cells = {}
    for column, value in row.cells:
        moment = frame.place(row.source, value) if isinstance(value, Moment) else value
        if moment is not None or column == "time":
            cells[column] = _write_time(moment) if isinstance(moment, datetime) else moment
    return cells


def _write_time(moment: datetime) -> str:
    text = moment.isoformat().replace("+00:00", "Z")
    return text.removesuffix("T00:00:00Z")


def _write_table(rows: Iterable[Mapping[str, Any]]) -> str:
    listed = list(rows)
    columns = list(dict.fromkeys(column for row in listed for column in row))
    cells = [columns, *([_write_cell(row.get(column)) for column in columns] for row in listed)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(columns))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) + " |" for line in cells]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "".join(f"{line}\n" for line in lines)


def _write_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).replace("\\", "\\\\").replace("|", "\\|")


def write_test(finding: Finding, data: Mapping[str, Any], *, name: str, ruleset: str, as_of: datetime) -> str:
    """Write a file of one rule test, which expects the finding and says nothing of any other."""
    from prism_rules.formatting import format_source
    from prism_rules.source import parse
    from prism_rules.source.writing import write_value

    expected: dict[str, Any] = {"rule": finding.rule, "scope": finding.scope, "status": finding.status}
    told = {"hides": finding.hides, "unsure_of": finding.unsure_of, "value": finding.value, "support": finding.n}
    expected |= {key: value for key, value in told.items() if value is not None}
    if finding.status == "no_data" and finding.reason:
        expected["reason"] = finding.reason
    expect = {"findings": [expected], "partial": True}
    test = {"name": name, "as_of": _write_time(as_of), "data": data, "expect": expect}
    document = {"apiVersion": "prism-rules/v1", "kind": "RulesetTest", "ruleset": ruleset, "tests": [test]}
    lines = [f"{key}:" + "".join(write_value(value, f"{key}:", 0)) for key, value in document.items()]
    return format_source(parse("\n".join([*lines, ""]).encode(), name))
