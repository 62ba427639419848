"""Diagnostics as a person reads them in a terminal: message, place, the line with carets, what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from prism_rules.columns import measure_width, wrap_text
from prism_rules.diagnostics import Diagnostic, Label, place_order
from prism_rules.escaping import show_invisible
from prism_rules.escaping.workflow import defuse_text

MAX_SHOWN = 50
MAX_WIDTH = 120
"""Characters of a line that are shown; a longer line is cut around the carets."""
MAX_PLACES = 100
"""Of a group, that are listed."""
_MAX_MESSAGE = 500
_MAX_MARKED = 40
_NAME = re.compile(r"`[^`]*`")
_RED, _YELLOW, _BLUE, _BOLD, _PLAIN = "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"


def format_text(diagnostics: Iterable[Diagnostic], *, color: bool = False) -> str:
    """Return the diagnostics in the order of their places, at most `MAX_SHOWN`, and a last line that counts all."""
    ordered = sorted(diagnostics, key=place_order)
    groups = _group_alike(ordered)
    blocks = ["\n".join(_format_group(group, color)) for group in groups[:MAX_SHOWN]]
    if more := sum(map(len, groups[MAX_SHOWN:])):
        blocks.append(f"... and {more:,} more")
    return defuse_text("\n\n".join([*blocks, count_problems(ordered)]) + "\n")


def _group_alike(ordered: Iterable[Diagnostic]) -> list[list[Diagnostic]]:
    """Group what is said of several places of a file and differs in the names alone; two of a kind stay apart."""
    alike: dict[object, list[Diagnostic]] = {}
    for number, diagnostic in enumerate(ordered):
        repeats = len(diagnostic.labels) == 1 and diagnostic.labels[0].source_line is not None
        said = (diagnostic.code, diagnostic.severity, _NAME.sub("``", diagnostic.message), diagnostic.help)
        place = (diagnostic.labels[0].file, diagnostic.labels[0].text) if repeats else number
        alike.setdefault((place, *said), []).append(diagnostic)
    apart = ([group] if len(group) > 2 else [[each] for each in group] for group in alike.values())
    return sorted((group for groups in apart for group in groups), key=lambda group: place_order(group[0]))


def _format_group(group: list[Diagnostic], color: bool) -> Iterator[str]:
    """Yield the lines of the first, and before its help where the others stand, each with what is marked there."""
    first, *others = group
    lines = list(_format_one(first, color))
    said: list[str] = []
    if others:
        margin = " " * len(str(first.labels[0].line))
        # What belongs together is not broken: by a space that is none to the wrapping.
        places = [f"{_cut(label)}\xa0({label.line}:{label.col})" for d in others[:MAX_PLACES] for label in d.labels]
        places += ["..."] * (len(others) > MAX_PLACES)
        wrapped = wrap_text(f"and {len(others):,} more: {', '.join(places)}", MAX_WIDTH, whole=True)
        said = [f"{margin} {' ' if number else '='} {line}" for number, line in enumerate(wrapped)]
    at = len(lines) - (first.help is not None)
    yield from lines[:at]
    yield from (line.replace("\xa0", " ") for line in said)
    yield from lines[at:]


def _cut(label: Label) -> str:
    marked = (label.source_line or "")[label.col - 1 : label.end - 1]
    return show_invisible(marked if len(marked) <= _MAX_MARKED else marked[: _MAX_MARKED - 1] + "…")


def count_problems(diagnostics: Iterable[Diagnostic]) -> str:
    """Return such as ``2 errors, 1 warning``, or ``no problems``."""
    severities = [d.severity for d in diagnostics]
    counts = [(severities.count(s), s) for s in ("error", "warning")]
    return ", ".join(say_count(n, severity) for n, severity in counts if n) or "no problems"


def say_count(n: int, one: str, many: str | None = None) -> str:
    """Return such as ``1 row``, ``2,000 rows``; `many` where that is not `one` and an s."""
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"


def _format_one(diagnostic: Diagnostic, color: bool) -> Iterator[str]:
    def paint(text: str, paint: str) -> str:
        return f"{paint}{text}{_PLAIN}" if color else text

    tone = _RED if diagnostic.severity == "error" else _YELLOW
    message = show_invisible(diagnostic.message)
    message = message if len(message) <= _MAX_MESSAGE else message[: _MAX_MESSAGE - 1] + "…"
    yield f"{paint(f'{diagnostic.severity}[{diagnostic.code}]', tone)}: {paint(message, _BOLD)}"
    numbers = [label.line for label in diagnostic.labels if label.source_line is not None]
    margin = " " * len(str(max(numbers, default=0)))
    bar = paint("|", _BLUE)
    for arrow, labels in _group_by_file(diagnostic.labels):
        place = f"{show_invisible(labels[0].file)}:{labels[0].line}:{labels[0].col}"
        yield f"{margin}{paint(arrow, _BLUE)} {place}"
        framed = sorted((x for x in labels if x.source_line is not None), key=lambda x: (x.line, x.col))
        if framed:
            yield f"{margin} {bar}"
        shown: tuple[int, range] | None = None
        for label in framed:
            window = _cut_window(label, shown)
            if shown and label.line > shown[0] + 1:
                yield "..."
            line, under = _draw(label, window, "^" if label is diagnostic.labels[0] else "-")
            if (label.line, window) != shown:
                yield f"{paint(str(label.line).rjust(len(margin)), _BLUE)} {bar} {line}".rstrip()
            shown = (label.line, window)
            indent = len(under) - len(under.lstrip())
            yield f"{margin} {bar} {under[:indent]}{paint(under[indent:], tone if '^' in under else _BLUE)}"
        yield from (f"{margin} = {show_invisible(x.text)}" for x in labels if x.source_line is None and x.text)
    if diagnostic.context and not diagnostic.labels:
        yield f"{margin}{paint('-->', _BLUE)} {show_invisible(diagnostic.context)}"
    elif diagnostic.context:
        yield f"{margin} = in: {show_invisible(diagnostic.context)}"
    if diagnostic.help:
        yield f"{margin} = help: {show_invisible(diagnostic.help)}"


def _group_by_file(labels: tuple[Label, ...]) -> Iterator[tuple[str, list[Label]]]:
    """Yield an arrow and the labels of each file, that of the first label first."""
    for number, file in enumerate(dict.fromkeys(label.file for label in labels)):
        yield (":::" if number else "-->"), [label for label in labels if label.file == file]


def _cut_window(label: Label, shown: tuple[int, range] | None) -> range:
    """Return which characters of the label's line to show; those shown already, if the label lies within them."""
    length = len(label.source_line or "")
    if shown and shown[0] == label.line and label.col - 1 in shown[1]:
        return shown[1]
    start = 0 if length <= MAX_WIDTH else max(0, min(label.col - 1 - MAX_WIDTH // 3, length - MAX_WIDTH))
    return range(start, max(min(length, start + MAX_WIDTH), label.col))


def _draw(label: Label, window: range, mark: str) -> tuple[str, str]:
    """Return the shown part of the label's line, and the line below it with carets and text."""
    line = label.source_line or ""
    before = "..." if window.start else ""
    after = "..." if window.stop < len(line) else ""
    lead = before + show_invisible(line[window.start : label.col - 1])
    marked = show_invisible(line[label.col - 1 : min(label.end - 1, window.stop)])
    carets = mark * max(1, measure_width(marked))
    under = f"{' ' * measure_width(lead)}{carets} {show_invisible(label.text)}".rstrip()
    return f"{before}{show_invisible(line[window.start : window.stop])}{after}", under
