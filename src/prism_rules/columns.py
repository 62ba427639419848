"""Columns: how wide a text is on a screen, where it is wrapped, and tables that fit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from prism_rules.escaping import show_invisible
from prism_rules.escaping.workflow import defuse_text

WIDTH = 80
"""Of what is told to anybody but a terminal, which knows its own."""
MOST = 12
"""Lines of one table; the report has the rest."""
UNPARTED = "\xa0"
"""A space at which `tabulate` breaks no line."""
Tone = Callable[[str], str]
"""Gives a text the colour that it is to have."""

_GAP = "  "
_LEAST = 6
"""Below this no column is narrowed: a table that is still too wide rather stands out."""
_WORDS = re.compile("([ \\t\\r\\n]*)([^ \\t\\r\\n]+)")


def measure_width(shown: str) -> int:
    """Measure the columns that a text takes: ideographs take two, combining marks none."""
    if shown.isascii():
        return len(shown)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in shown)
    return len(shown) + wide - sum(unicodedata.category(char) in ("Mn", "Me") for char in shown)


def wrap_text(text: str, width: int, lead: str = "", *, hang: int = 0, whole: bool = False) -> list[str]:
    """Wrap a text between spaces; lines after the first are indented as far as `lead` goes, and by `hang` more.

    A word that is too long is parted, at a hyphen where one is near; `whole`, it rather stands out.
    """
    lines: list[str] = []
    indent = " " * (measure_width(lead) + hang)
    line, begun = lead, False
    for gap, word in _WORDS.findall(text):
        if begun and measure_width(line + gap + word) > width:
            lines.append(line)
            line, begun = indent, False
        line += " " * len(gap) if begun else ""
        rest = word
        while not whole and measure_width(line + rest) > width:
            part = _take(rest, width - measure_width(line))
            lines.append(line + part)
            line, rest = indent, rest[len(part) :]
        line, begun = line + rest, True
    return [*lines, line] if begun else lines


def _take(word: str, room: int) -> str:
    """Take of a word what fits into a line, at least one character."""
    end = 1
    while end < len(word) and measure_width(word[: end + 1]) <= room:
        end += 1
    hyphen = word.rfind("-", 0, end) + 1
    return word[: hyphen if hyphen > end // 2 else end]


def tabulate(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    width: int = WIDTH,
    widest: Sequence[int] = (),
    prose: bool = False,
    tones: Sequence[Tone | None] = (),
) -> str:
    """Align a table within a width; cells that are too long go on in the lines below.

    `widest` bounds the columns before the last, which has what is left. Of the last no word is parted, such as an id
    or a place that people copy; `prose` is, and where it does not fit beside the others it stands below them. `tones`
    colour the first cells, row by row. What could move the cursor is shown escaped, and a runner obeys none of it.
    """
    table = [[*head], *([show_invisible(cell) for cell in row] for row in rows)]
    *sizes, last = (max(map(measure_width, column)) for column in zip(*table, strict=True))
    *words, longest = (max(map(_measure_word, column)) for column in zip(*table, strict=True))
    sizes = [min(size, most) for size, most in zip(sizes, widest or sizes, strict=True)]
    gaps = len(_GAP) * len(sizes)
    below = prose and sum(sizes) + gaps + last > width
    room = width - gaps + (len(_GAP) if below else -min(longest, width // 2))
    # Words are parted last.
    sizes = _narrow(_narrow(sizes, room, words), room, [_LEAST] * len(sizes))
    last = max(min(last, width - gaps - sum(sizes)), 1)
    lines: list[str] = []
    for row, tone in zip(table, [None, *tones, *[None] * (len(table) - 1 - len(tones))], strict=True):
        cells = [wrap_text(cell, size) for cell, size in zip(row, sizes, strict=False)]
        cells += [] if below else [wrap_text(row[-1], last, whole=not prose)]
        lines += _align(cells, [*sizes, *([] if below else [last])], tone)
        if below and row[-1] not in ("", "-"):
            lines += wrap_text(row[-1], width, " " * (sizes[0] + len(_GAP)))
    return defuse_text("\n".join(lines).replace(UNPARTED, " "))


def count_left(rows: Sequence[object], most: int) -> list[str]:
    """Say how many rows were left out, if any were."""
    return [f"... and {len(rows) - most:,} more"] if len(rows) > most else []


def _measure_word(text: str) -> int:
    return max(map(measure_width, text.split(" ")))


def _narrow(sizes: list[int], room: int, least: list[int]) -> list[int]:
    """Narrow columns until they fit, the widest first, each to no less than the least that it may have."""
    narrowed, most = sizes, max(sizes, default=0)
    while most > 0 and sum(narrowed) > room:
        most -= 1
        narrowed = [min(size, max(most, floor)) for size, floor in zip(sizes, least, strict=True)]
    return narrowed


def _align(cells: list[list[str]], sizes: list[int], tone: Tone | None) -> Iterable[str]:
    """Write the lines of one row, each cell being the lines of its own."""
    for number in range(max(map(len, cells))):
        texts = [cell[number] if number < len(cell) else "" for cell in cells]
        padded = [text + " " * (size - measure_width(text)) for text, size in zip(texts, sizes, strict=True)]
        if tone and texts[0]:
            padded[0] = tone(texts[0]) + padded[0][len(texts[0]) :]
        yield _GAP.join(padded).rstrip()
