"""Cheap limits before any parser sees the text: length, brackets, list items, characters, comments.

DuckDB's parser is quadratic or worse on some short texts (2,000 nested parentheses: seconds and hundreds of MB), reads
`sum<zero-width space>(x)` as `sum(x)`, and copies the operand of `CASE x WHEN` into every branch, so that twenty nested
ones make a million nodes. Such texts end here. What passes is made of a few plain kinds of word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from prism_rules.sql_gate.faults import Fault, Span

MAX_CHARACTERS = 1_000
MAX_DEPTH = 32
MAX_ITEMS = 100

_TOKEN = re.compile(
    r"""(?P<space>[ \n]+)
    | (?P<comment>--|/\*|\*/)
    | (?P<string>'(?:[^']|'')*')
    | (?P<name>"[A-Za-z_][A-Za-z0-9_]*"|[A-Za-z_][A-Za-z0-9_]*)
    | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<symbol><=|>=|<>|!=|!?~~\*?|::|//|\|\||==|[-+*/%=<>(),])""",
    re.VERBOSE,
)
_INSTEAD = {
    "//": "write floor(a / b)",
    "||": "compare the parts one by one",
    "==": "write `=`",
    ".": "a column is written by its own name alone",
    ";": "write one expression",
    "`": "a name is written plain, or in double quotes",
    '"': "a name in double quotes has letters, digits and `_`; text stands in single quotes",
    "'": "close the text with `'`; a quote inside it is doubled",
    "^": "write x * x",
}


def scan(text: str) -> Fault | None:
    """Return what forbids even parsing the text, or None."""
    if len(text) > MAX_CHARACTERS:
        return Fault(
            "sql-too-large",
            f"the SQL has {len(text):,} characters, at most {MAX_CHARACTERS:,} are read",
            (MAX_CHARACTERS, len(text) - MAX_CHARACTERS),
            "split it into several rules",
        )
    return _scan_tokens(text) or _scan_brackets(text)


def _scan_tokens(text: str) -> Fault | None:
    before, end = "", 0
    for match in _TOKEN.finditer(text):
        if match.start() != end:
            return _refuse_character(text, end)
        kind, word, end = str(match.lastgroup), match[0], match.end()
        at = (match.start(), len(word))
        if kind == "comment":
            return Fault("sql-forbidden", "a comment has no place in SQL here", at, "comment in YAML, after `#`")
        if kind == "string" and not word.isprintable():
            return Fault("sql-forbidden", "the text in quotes has a control or invisible character", at, "leave it out")
        if word in ("//", "||", "=="):
            return Fault("sql-forbidden", f"`{word}` is not allowed", at, _INSTEAD[word])
        # `0x1f`, `x'41'`, `1_000`: words that run into one another mean different things in different versions.
        if {before, kind} <= {"number", "name", "string"} and before:
            return Fault("sql-syntax", f"`{word}` runs into what stands before it", at, "put a space between them")
        if word.lower() == "case" and not re.match(r"\s+when\b", text[end:], re.IGNORECASE):
            return Fault("sql-forbidden", "`CASE` must be followed by `WHEN`", at, "write CASE WHEN ... THEN ... END")
        before = kind
    return None if end == len(text) else _refuse_character(text, end)


def _refuse_character(text: str, offset: int) -> Fault:
    char = text[offset]
    if char in "'\"":
        return Fault(
            "sql-syntax", "what is quoted from here on is not closed, or not plain", (offset, 1), _INSTEAD[char]
        )
    shown = f"`{char}`" if char.isascii() and char.isprintable() else f"U+{ord(char):04X}"
    return Fault(
        "sql-forbidden",
        f"{shown} has no place in SQL here",
        (offset, 1),
        _INSTEAD.get(char, "outside quotes there are letters, digits and + - * / % = < > ( ) , only"),
    )


def _scan_brackets(text: str) -> Fault | None:
    commas: list[int] = [0]
    opened: list[Span] = []
    for sign, at in _list_signs(text):
        if sign == "(":
            commas.append(0)
            opened.append(at)
            if len(commas) - 1 > MAX_DEPTH:
                return Fault("sql-too-large", f"the parentheses are nested more than {MAX_DEPTH} deep", at, "say less")
        elif sign == ",":
            commas[-1] += 1
            if commas[-1] == MAX_ITEMS:
                return Fault(
                    "sql-too-large",
                    f"the list has more than {MAX_ITEMS} items",
                    at,
                    "name fewer, or add a column to the data that says what they share",
                )
        elif len(commas) == 1:
            return Fault("sql-syntax", "`)` closes nothing", at)
        else:
            commas.pop()
            opened.pop()
    return Fault("sql-syntax", "this parenthesis is not closed", opened[-1], "add `)`") if opened else None


def _list_signs(text: str) -> Iterator[tuple[str, Span]]:
    for match in _TOKEN.finditer(text):
        if match[0] in ("(", ")", ","):
            yield match[0], (match.start(), 1)
