"""What a YAML scanner's error means to the person who wrote the file.

The two scanners word the same error differently; both wordings are known here and become one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from prism_rules.diagnostics import Diagnostic
from prism_rules.source.places import Lines, Span

_MEANINGS: tuple[tuple[str, str, str], ...] = (
    # pattern over "context: problem", message, help
    (r"quoted scalar: found unexpected (end of stream|document)", "this quoted text never ends", "close the quote"),
    (r"mapping values are not allowed", "a `: ` cannot stand here", "quote text that holds `: `, or indent it rightly"),
    (r"cannot start any token", "a text without quotes cannot begin with this character", "quote the text"),
    (r"flow sequence", "expected `,` or `]` in this list", "close the list with `]`"),
    (r"flow mapping", "expected `,` or `}` in this mapping", "close the mapping with `}`"),
    (r"could not find expected ':'", "this is neither `key: value` nor `- item`", "check the indentation and the `:`"),
    (r"scanning a directive", "`%` cannot begin a line", "put the text in quotes"),
    (r"node content", "a value is missing here", "write a value, or remove the comma or bracket that is too many"),
    (
        r"block (mapping|collection|sequence)",
        "this does not belong where it stands",
        "check indentation, quotes and `:`",
    ),
    (r"block scalar", "this block text is not well formed", "write `|` alone, then indent all lines alike"),
)
_BAD_ESCAPE = re.compile(r"\\(?:u[dD][89a-fA-F][0-9a-fA-F]{2}|U[0-9a-fA-F]{8})")
_BLOCK_HEADER = re.compile(r"[|>][-+0-9]*")
_BLANK_START = re.compile(r"[^\n]*\n( +)\n((?: *\n)* *)")
_BRACKET_MARK = re.compile(r"[:?]")
_TEMPLATE = re.compile(r"\{\{(?:[^\n}]*\}\})?")
_TEMPLATE_LINE = re.compile(r"\{\{(?:(?! #)[^\n])*(?<! )")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPE_HELP = r"write `\\` for a backslash, or use single quotes; write a character beyond U+FFFF as \U and 8 digits"


def describe_syntax_error(error: Exception, text: str, read: int, lines: Lines) -> Diagnostic:
    """Return the diagnostic of a scanner's `error`; `read` is how far the text had been understood."""
    problem = str(getattr(error, "problem", None) or "")
    context = str(getattr(error, "context", None) or "")
    at = _index(getattr(error, "problem_mark", None))
    start = _index(getattr(error, "context_mark", None))
    if "more indented" in context and start is not None:
        return _describe_blank_start(start, lines)
    if "escape" in problem or not isinstance(at, int):
        return _describe_escape(text, read, at, lines)
    if "found unexpected ':'" in problem:
        return _describe_mark(at, text, lines)
    span = (at, _end_of_word(text, at))
    if "document start" in problem:
        help = "keep one document per file"
        return Diagnostic("several-documents", "the document ends before this text", (lines.label(span),), help)
    message, help = _explain(context, problem)
    labels = [lines.label(span)]
    if start is not None and start != at:
        labels.append(lines.label((start, start + 1), "it begins here"))
    return Diagnostic("yaml-syntax", message, tuple(labels), help)


def describe_template(text: str, start: int, lines: Lines, *, in_brackets: bool) -> Diagnostic:
    """Return the diagnostic of a template without quotes that begins at `start`: to YAML, a mapping in a mapping."""
    found = (_TEMPLATE if in_brackets else _TEMPLATE_LINE).match(text, start)
    assert found is not None
    quote = "'" if '"' in found.group() else '"'
    label = lines.label(found.span())
    help = f"put the template in quotes: {quote}{found.group()}{quote}"
    return Diagnostic("yaml-syntax", "a template without quotes is read as a mapping", (label,), help)


def leave_out_of(templates: Iterable[Diagnostic], problems: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Leave out what is only found because templates without quotes are read as mappings."""
    marked = [label for template in templates for label in template.labels]
    for problem in problems:
        line, col = problem.labels[0].line, problem.labels[0].col
        behind = sys.maxsize if problem.code == "yaml-syntax" else 0
        if not any(label.line == line and label.col <= col < max(label.end, behind) for label in marked):
            yield problem


def find_disputed(event: Any, text: str, span: Span, lines: Lines, *, in_brackets: bool) -> Diagnostic | None:
    """Return the diagnostic of a scalar that one of the two scanners takes for an error and the other does not."""
    if event.style == '"':
        return _describe_escape(text, span[0], None, lines) if _SURROGATE.search(event.value) else None
    if event.style in ("|", ">"):
        return _find_disputed_block(text, span[0], lines)
    mark = _BRACKET_MARK.search(text, *span) if in_brackets and not event.style else None
    return _describe_mark(mark.start(), text, lines) if mark else None


def _find_disputed_block(text: str, start: int, lines: Lines) -> Diagnostic | None:
    header = _BLOCK_HEADER.match(text, start)
    end = header.end() if header else start
    if text.startswith("#", end):
        label = lines.label((end, end + 1))
        return Diagnostic("yaml-syntax", "a comment needs a space before its `#`", (label,), "write ` #`")
    blank = None if re.search("[0-9]", text[start:end]) else _BLANK_START.match(text, end)
    if blank and max(map(len, blank.group(2).split("\n"))) > len(blank.group(1)):
        return _describe_blank_start(blank.end(), lines)
    return None


def _describe_blank_start(at: int, lines: Lines) -> Diagnostic:
    message = "a blank line before this block text has spaces, but fewer than the text"
    return Diagnostic("yaml-syntax", message, (lines.label((at, at + 1)),), "remove the spaces of the blank line")


def _describe_mark(at: int, text: str, lines: Lines) -> Diagnostic:
    message = f"a text with `{text[at]}` needs quotes inside brackets"
    day = re.search(r"(\d{4}-\d{2}-\d{2})[Tt ]\d{1,2}\Z", text[max(0, at - 13) : at])
    help = f"write the day alone, {day[1]}, or put the text in quotes" if day else "put the text in quotes"
    return Diagnostic("yaml-syntax", message, (lines.label((at, at + 1)),), help)


def _describe_escape(text: str, read: int, at: int | None, lines: Lines) -> Diagnostic:
    """The scanners mark an escape at its backslash, at its letter or behind it: go back to the backslash."""
    found = text.rfind("\\", 0, at + 1) if at is not None else -1
    if found < 0:
        match = _BAD_ESCAPE.search(text, read)
        found = match.start() if match else read
    return Diagnostic("yaml-syntax", "this escape is no character", (lines.label((found, found + 2)),), _ESCAPE_HELP)


def _explain(context: str, problem: str) -> tuple[str, str]:
    said = f"{context}: {problem}"
    for pattern, message, help in _MEANINGS:
        if re.search(pattern, said):
            return message, help
    return "this is not YAML", f"the scanner says: {problem}"


def _index(mark: Any) -> int | None:
    return None if mark is None else int(mark.index)


def _end_of_word(text: str, at: int) -> int:
    match = re.compile(r"[\w-]+|.").match(text, at)
    return match.end() if match else at + 1
