"""Diagnostics as GitHub shows them beside the lines of a change: one workflow command each.

Of what one step says GitHub shows ten errors and ten warnings. So the tenth says how many more there are.
"""

from __future__ import annotations

from collections.abc import Iterable

from prism_rules.diagnostics import Diagnostic, place_order
from prism_rules.diagnostics.text import show_text

MAX_SHOWN = 10
"""Of each severity, in one step."""
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def format_github(diagnostics: Iterable[Diagnostic]) -> str:
    """Return one line for each diagnostic, errors first and then in the order of their places.

    Files are named as the diagnostics name them; GitHub wants them from the top of the repository.
    """
    ordered = sorted(diagnostics, key=place_order)
    lines = []
    for severity in ("error", "warning"):
        found = _rank([diagnostic for diagnostic in ordered if diagnostic.severity == severity])
        shown = found if len(found) <= MAX_SHOWN else found[: MAX_SHOWN - 1]
        lines += [_write_command(diagnostic) for diagnostic in shown]
        if more := len(found) - len(shown):
            lines.append(f"::{severity} title=prism-rules::{more:,} more {severity}s: see the log, or run the check")
            lines += [_write_log(diagnostic) for diagnostic in found[len(shown) :]]
    # The runner's older commands count wherever they stand in a line.
    return "".join(f"{line}\n" for line in lines).replace("##[", "## [")


def _rank(ordered: list[Diagnostic]) -> list[Diagnostic]:
    """Put the first of each code before its repetitions: ten of one mistake say no more than one."""
    seen: dict[str, int] = {}
    rounds = []
    for diagnostic in ordered:
        rounds.append(seen.get(diagnostic.code, 0))
        seen[diagnostic.code] = rounds[-1] + 1
    return [ordered[number] for number in sorted(range(len(ordered)), key=lambda number: rounds[number])]


def _write_command(diagnostic: Diagnostic) -> str:
    properties = {}
    if diagnostic.labels:
        label = diagnostic.labels[0]
        # Theirs is the last column that is marked, ours the first that is not.
        properties = {
            "file": label.file, "line": label.line, "endLine": label.line, "col": label.col, "endColumn": label.end - 1,
        }  # fmt: skip
    elif diagnostic.context:
        properties = {"file": diagnostic.context}
    properties["title"] = diagnostic.code
    said = ",".join(f"{key}={show_text(str(value)).translate(_PROPERTY)}" for key, value in properties.items())
    return f"::{diagnostic.severity} {said}::{_write_message(diagnostic).translate(_DATA)}"


def _write_message(diagnostic: Diagnostic) -> str:
    further = [f"{label.file}:{label.line}: {label.text}" for label in diagnostic.labels[1:] if label.text]
    help = [f"help: {diagnostic.help}"] if diagnostic.help else []
    return "\n".join(map(show_text, [diagnostic.message, *further, *help]))


def _write_log(diagnostic: Diagnostic) -> str:
    """Write what the log alone shows. Its first word is ours, so that no file can write a command here."""
    place = diagnostic.context or ""
    if diagnostic.labels:
        place = f"{diagnostic.labels[0].file}:{diagnostic.labels[0].line}:{diagnostic.labels[0].col}"
    return f"at {show_text(place)}: {diagnostic.severity}[{diagnostic.code}]: {show_text(diagnostic.message)}"
