"""What one scalar says: the value of a plain word, and where each character of a text value stands in the file."""

from __future__ import annotations

import math
import re
from functools import lru_cache

from prism_rules.diagnostics import Problem

Scalar = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {"null": None, "true": True, "false": False}
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")  # JSON's numbers
_TRUE, _FALSE = ("y", "yes", "on", "true"), ("n", "no", "off", "false")  # in YAML 1.1, in several spellings
_OTHER_NUMBER = re.compile(
    r"[-+]?(0x[0-9a-f_]+|0o[0-7_]+|0b[01_]+|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"
    r"|([0-9][0-9_]*(\.[0-9_]*)?|\.[0-9][0-9_]*)(e[-+]?[0-9]+)?)",
    re.IGNORECASE,
)
_NOT_FINITE = re.compile(r"[-+]?\.?(inf|infinity|nan)", re.IGNORECASE)
_MAX_DIGITS = 18


@lru_cache(maxsize=4096)
def read_plain(text: str) -> Scalar | Problem:
    """Return what an unquoted scalar means, or the problem (without a place) if readers of YAML differ about it."""
    if text in _WORDS:
        return _WORDS[text]
    if _NUMBER.fullmatch(text):
        return _read_number(text)
    folded = text.casefold()
    if folded in _TRUE or folded in _FALSE:
        word = "true" if folded in _TRUE else "false"
        return _ambiguous(text, "a boolean to some readers of YAML, text to others", f"`{word}` for the boolean")
    if folded in ("null", "~"):
        return _ambiguous(text, "nothing to some readers of YAML, text to others", "`null` for nothing")
    if _NOT_FINITE.fullmatch(text):
        help = f'write a finite number, or "{text}" in quotes for the text'
        return Problem("non-finite-number", f"`{text}` is no finite number", (), help)
    if _OTHER_NUMBER.fullmatch(text):
        plain = _rewrite_number(text)
        reason = "a number to some readers of YAML, text or a different number to others"
        return _ambiguous(text, reason, f"`{plain}` for the number" if plain else None)
    return text


def _read_number(text: str) -> Scalar | Problem:
    if re.fullmatch(r"-?[0-9]+", text):
        if len(text.lstrip("-")) <= _MAX_DIGITS:
            return int(text)
        return Problem(
            "number-too-long",
            f"a whole number of {len(text.lstrip('-'))} digits; at most {_MAX_DIGITS} are read exactly",
            (),
            "write a smaller number, or put quotes around it if it is an id",
        )
    value = float(text)
    if math.isfinite(value):
        return value
    message = f"`{_cut(text)}` is too large for a number"
    return Problem("non-finite-number", message, (), "write a smaller number, or put quotes around it if it is text")


def _ambiguous(text: str, reason: str, instead: str | None) -> Problem:
    quoted = f'"{_cut(text)}" in quotes for the text'
    help = f"write {instead}, or {quoted}" if instead else f"write {quoted}"
    return Problem("ambiguous-scalar", f"`{_cut(text)}` is ambiguous: {reason}", (), help)


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _rewrite_number(text: str) -> str | None:
    """Return the number as JSON writes it: ``0777`` as 777, which to YAML 1.1 is 511 but to people is not."""
    digits = re.sub(r"^(-?)0+(?=[0-9])", r"\1", text.replace("_", "").lstrip("+"))
    if len(digits) > _MAX_DIGITS or ":" in digits:
        return None
    try:
        return str(int(digits, 0))
    except ValueError:
        pass
    try:
        value = float(digits)
    except ValueError:
        return None
    return repr(value) if math.isfinite(value) else None


_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b",
    " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_BLANK = re.compile(r"[ \t\n]+")
_CONTINUED = re.compile(r"\\\n[ \t\n]*")


def read_flow_scalar(raw: str, quote: str) -> list[tuple[str, int]]:
    """Return each character of a plain or quoted scalar with its offset in `raw`, and ``("", end)`` as the last.

    `raw` includes the quotes.
    """
    read: list[tuple[str, int]] = []
    at, end = len(quote), len(raw) - len(quote)
    while at < end:
        char = raw[at]
        if char in " \t\n":
            blank = _BLANK.match(raw, at, end)
            assert blank is not None
            breaks = blank.group().count("\n")
            if breaks == 0:
                read += [(c, at + i) for i, c in enumerate(blank.group())]
            else:
                read += [("\n", at)] * (breaks - 1) or [(" ", at)]
            at = blank.end()
        elif quote == '"' and char == "\\":
            continued = _CONTINUED.match(raw, at, end)
            escape = _ESCAPE.match(raw, at, end)
            if continued:
                read += [("\n", at)] * (continued.group().count("\n") - 1)
                at = continued.end()
            elif escape:
                code = escape[1] or escape[2] or escape[3]
                read.append((chr(int(code, 16)) if code else _ESCAPES.get(escape[4], escape[4]), at))
                at = escape.end()
            else:
                at += 1
        else:
            read.append((char, at))
            at += 2 if quote == "'" and char == "'" else 1
    return [*read, ("", end)]


def trace_characters(raw: str, style: str, value: str) -> list[int] | None:
    """Return the offset in `raw` of each character of `value` and of its end; None where they do not agree."""
    if style in ("", "'", '"'):
        read = read_flow_scalar(raw, style)
        return [at for _, at in read] if "".join(c for c, _ in read) == value else None
    start = raw.find("\n") + 1
    if style == ">":
        return _trace_folded(raw, start, value)
    traced: list[int] = []
    for wanted in value.split("\n"):
        end = raw.find("\n", start)
        line = raw[start : end if end >= 0 else len(raw)]
        if not line.endswith(wanted):
            return None
        first = start + len(line) - len(wanted)
        traced += range(first, first + len(wanted) + 1)  # the line's break is a character of the value too
        start += len(line) + 1
    return traced[: len(value) + 1]


def _trace_folded(raw: str, start: int, value: str) -> list[int] | None:
    """Trace a folded text: only its blanks differ from what is written, and these stand behind what is before them."""
    written = (at for at in range(start, len(raw)) if raw[at] not in " \t\n")
    traced: list[int] = []
    behind = start
    for char in value:
        at = behind if char in " \t\n" else next(written, None)
        if at is None or (char not in " \t\n" and raw[at] != char):
            return None
        traced.append(at)
        behind = at if char in " \t\n" else at + 1
    return [*traced, behind]
