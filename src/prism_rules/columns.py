"""Columns: how wide a text is on a screen, where it is wrapped, and tables that fit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence

from prism_rules.escaping import show_invisible
from prism_rules.escaping.workflow import defuse_text

WIDTH = 80
"""Of what is told to anybody but a terminal, which knows its own."""
PROSE = 120
"""Wider than this nobody likes to read a paragraph, however wide the terminal is."""
MOST = 12
"""Lines of one table; the report has the rest."""
UNPARTED = "\xa0"
"""A space at which `tabulate` breaks no line."""
Tone = Callable[[str], str]
"""Gives a text the colour that it is to have."""

_GAP = "  "
_ITEM = re.compile(" *(?:[-*]|[0-9]+\\.) ")
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
        while rest and not whole and measure_width(line + rest) > width:
            part = _take(rest, width - measure_width(line))
            lines.append(line + part)
            line, rest = indent, rest[len(part) :]
        line, begun = line + rest, bool(rest)
    return [*lines, line] if begun else lines


def _take(word: str, room: int) -> str:
    """Take of a word what fits into a line, at least one character."""
    end = 1
    while end < len(word) and measure_width(word[: end + 1]) <= room:
        end += 1
    hyphen = word.rfind("-", 0, end) + 1
    return word[: hyphen if hyphen > end // 2 else end]


def wrap_page(page: str, width: int) -> str:
    """Show a page of Markdown in a width: paragraphs and lists wrapped, tables in columns, code as it is."""
    lines: list[str] = []
    block: list[str] = []
    fenced = False

    def end_block() -> None:
        if block and block[0].startswith("|"):
            head, _, *rows = (line.strip("|").split(" | ") for line in block)
            table = tabulate([*map(str.strip, head)], [[*map(str.strip, row)] for row in rows], width=width)
            lines.extend(table.strip("\n").split("\n"))
        elif block:
            mark = match[0] if (match := _ITEM.match(block[0])) else ""
            lines.extend(wrap_text(" ".join(block)[len(mark) :], width, mark, whole=True))
        block.clear()

    for line in page.splitlines():
        fence = line.startswith("```")
        if fenced or fence or not line or line.startswith("#"):
            end_block()
            lines += wrap_text(line, width, whole=True) if line.startswith("#") and not fenced else [line]
        else:
            if _ITEM.match(line):
                end_block()
            block.append(line.strip() if block else line)
        fenced ^= fence
    end_block()
    return "\n".join(lines) + "\n"


def tabulate(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    width: int = WIDTH,
    widest: Sequence[int] = (),
    firm: Collection[int] = (),
    prose: bool = False,
    tones: Sequence[Tone | None] = (),
) -> str:
    """Align a table within a width; cells that are too long go on in the lines below.

    Columns give way between words, the widest first, but not the `firm` ones; what still does not fit beside the
    others stands below its row, firm columns last. `widest` bounds columns before the last one. Of the last no word
    is parted, such as an id or a place that people copy; `prose` is, and is the first to stand below. `tones` colour
    the first cells, row by row. What could move the cursor is shown escaped, and a runner obeys none of it.
    """
    table = [[*head], *([show_invisible(cell) for cell in row] for row in rows)]
    columns = [*zip(*table, strict=True)]
    words = [max(map(_measure_word, column)) for column in columns]
    sizes = [max(map(measure_width, column)) for column in columns]
    sizes = [
        max(min(size, most), word)
        for size, most, word in zip(sizes, [*widest, *sizes[len(widest) :]], words, strict=True)
    ]
    least = [size if place in firm else word for place, (size, word) in enumerate(zip(sizes, words, strict=True))]
    last = len(sizes) - 1
    beside = [*range(len(sizes))]
    if prose and last and _sum(sizes) > width:
        beside.remove(last)
    while len(beside) > 1 and (over := _sum(least[place] for place in beside) - width) > 0:
        # Rather the one that makes room enough by itself, so that few go.
        beside.remove(max(beside[1:], key=lambda at: (at not in firm, least[at] + len(_GAP) >= over, at)))
    room = width - len(_GAP) * (len(beside) - 1)
    kept = _narrow([sizes[place] for place in beside], room, [least[place] for place in beside])
    if len(beside) == 1:
        kept = [min(*kept, width)]
    lead = " " * min(kept[0] + len(_GAP), width // 3)
    lines: list[str] = []
    for row, tone in zip(table, [None, *tones, *[None] * (len(table) - 1 - len(tones))], strict=True):
        lines += _align([wrap_text(row[place], size) for place, size in zip(beside, kept, strict=True)], kept, tone)
        for place in range(len(row)):
            if place not in beside and row[place] not in ("", "-"):
                lines += wrap_text(row[place], width, lead, whole=place == last and not prose)
    return defuse_text("\n".join(lines).replace(UNPARTED, " "))


def count_left(rows: Sequence[object], most: int) -> list[str]:
    """Say how many rows were left out, if any were."""
    return [f"... and {len(rows) - most:,} more"] if len(rows) > most else []


def _sum(sizes: Iterable[int]) -> int:
    """Sum columns and the gaps between them."""
    listed = [*sizes]
    return sum(listed) + len(_GAP) * (len(listed) - 1)


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
