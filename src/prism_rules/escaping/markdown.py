"""The encoder of each format: how a plain text, and an author's Markdown, enter a report."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from prism_rules.escaping import (
    ENTITIES,
    GAP,
    LEADING,
    MOST,
    defuse_references,
    escape_csv,
    escape_markdown,
    show_invisible,
    show_plain,
)
from prism_rules.escaping.workflow import defuse_text

__all__ = [
    "escape_csv",
    "escape_line",
    "escape_mermaid",
    "escape_part",
    "escape_unbroken",
    "quote_markdown",
    "restrict_markdown",
    "show_plain",
    "write_code",
    "write_fence",
    "write_named",
    "write_quoted",
    "write_row",
    "write_table",
    "write_table_head",
]

_OURS = "|".join(re.escape(entity[1:]) for entity in (*ENTITIES.values(), *LEADING.values()))
_TURNED_TO_TEXT = (
    # An entity that spells what is defused here, such as &commat;, unless data was escaped with it.
    (re.compile(rf"&(?=#?\w)(?!{_OURS})"), f"&{GAP}"),
    # Tags, comments, declarations and autolinks, but not "a < b".
    (re.compile(r"<(?=[A-Za-z/!?])"), f"<{GAP}"),
    # Links and images, the definitions that they may refer to, footnotes and alerts.
    (re.compile(r"\](?=[(:])"), f"]{GAP}"),
    (re.compile(r"\[(?=[!^])"), f"[{GAP}"),
    # The language after a fence: hosts draw some of them, with links.
    (re.compile(r"(`{3,}|~{3,})(?= *\w)"), rf"\1{GAP}"),
    # Commands of GitLab and of bots, such as /close.
    (re.compile(r"^( *)(?=/[A-Za-z])", re.MULTILINE), rf"\1{GAP}"),
    # Quotes; then rules, and the lines that make a heading or a table of what stands above them.
    (re.compile(r"^((?: |[-+*] |\d{1,9}[.)] )*)>", re.MULTILINE), rf"\1{GAP}>"),
    (re.compile(r"^( *)(?=[-=*_|:+> ]*[-=*_][-=*_|:+> ]*$)", re.MULTILINE), rf"\1{GAP}"),
)
_SAFE_IN_CODE = re.compile(r"[\w@./:+=,-](?:[\w@./:+=, -]*[\w@./:+=,-])?", re.ASCII)
_BEGUN = re.compile(r"(?:[@#:/]|www\.?|\bGH-?)$", re.IGNORECASE)
_NOT_IN_LABEL = re.compile(r"(?<![A-Za-z0-9])[^A-Za-z0-9 \u00a0-\U0010ffff]|[^A-Za-z0-9 ,_\u00a0-\U0010ffff-]|[-_]$")


def escape_line(text: str, most: int = 200) -> str:
    """Escape a plain text (title, owner, reason) for Markdown as one line; longer than `most` characters, it is cut."""
    return escape_markdown(re.sub(r"[ \t\r\n]+", " ", text).strip(" "), most)


def restrict_markdown(text: str) -> str:
    """Leave an author's Markdown its paragraphs, lists, emphasis and code, and turn anything else into text.

    Data in it is escaped already. What is turned into text is parted by `GAP`, which looks right inside code too,
    where an entity would show. A fence may stay open: the caller puts the text into a quote or a list item, which
    close it.
    """
    plain = defuse_text(text.replace("\r\n", "\n").replace("\t", "    ").strip("\n"))
    shown = "".join(part if part in ("\n", GAP) else show_invisible(part) for part in re.split(f"([\n{GAP}])", plain))
    for pattern, replacement in _TURNED_TO_TEXT:
        shown = pattern.sub(replacement, shown)
    # The number in an entity of ours is no reference to an issue; odd parts are those entities.
    parts = re.split(f"(&(?:{_OURS}))", shown)
    return "".join(part if index % 2 else defuse_references(part) for index, part in enumerate(parts))


def quote_markdown(text: str) -> str:
    """Put Markdown that is restricted already into a quote, which closes whatever it leaves open."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def escape_part(text: str, most: int = 200) -> str:
    """Escape a plain text as `escape_line` does, for a place where other data may follow at once.

    What begins a mention, an issue, an address or a code of an emoji at its end is kept apart from what completes it.
    """
    return _BEGUN.sub(rf"\g<0>{GAP}", escape_line(text, most))


def write_named(text: str, most: int = 200) -> str:
    """Write a sentence that names things between backticks: the names as code, what is around them escaped."""
    shown = []
    for number, part in enumerate(re.split("`([^`]*)`", text)):
        words = part.strip(" ")
        # A space beside code is neither the first of a line nor its last.
        escaped = write_code(part) if number % 2 else part.replace(words, escape_markdown(words, most))
        shown.append(escaped if words else part)
    return "".join(shown).strip(" ")


def write_code(text: str) -> str:
    """Write a name as a code span, in which hosts link nothing; escaped instead if it could leave the span."""
    shown = show_plain(text, 2 * MOST)
    return f"`{shown}`" if _SAFE_IN_CODE.fullmatch(shown) else escape_markdown(text, 2 * MOST)


def escape_unbroken(text: str) -> str:
    """Escape a plain text for a narrow column, as `escape_line` does, with hyphens at which no line is broken."""
    return escape_line(text.replace("-", "\u2011"))


def write_quoted(text: str, most: int = 600) -> str:
    """Write a text of any characters as a code span in one line, outside of tables: their bars would part it."""
    shown = show_plain(re.sub(r"[ \t\r\n]+", " ", text).strip(" "), most)
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    # What begins or ends with a backtick is kept apart from the fence; of the two spaces none is shown.
    apart = " " if "`" in (shown[:1], shown[-1:]) else ""
    return f"{ticks}{apart}{shown}{apart}{ticks}" if shown else '""'


def write_fence(*lines: str) -> str:
    """Write lines of text as a fenced block, its fence longer than any run of backticks inside."""
    shown = "\n".join(defuse_text(show_plain(line, 600)) for line in lines)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    return f"{fence}text\n{shown}\n{fence}"


def escape_mermaid(text: str, most: int = 48) -> str:
    """Escape a text for a quoted Mermaid label: all but letters, digits and a name's inner marks as `#35;` or so."""
    shown = show_plain(re.sub(r"[ \t\r\n]+", " ", text).strip(" "), most)
    return _NOT_IN_LABEL.sub(lambda found: f"#{ord(found[0])};", shown)


def write_table_head(*columns: str) -> str:
    """Write the two lines that begin a table."""
    return f"| {' | '.join(columns)} |\n|{' --- |' * len(columns)}"


def write_row(*cells: str) -> str:
    """Write a row of a table; the cells are escaped already."""
    return f"| {' | '.join(cells)} |"


def write_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; the cells are escaped already."""
    return "\n".join([write_table_head(*head), *(write_row(*row) for row in rows)])
