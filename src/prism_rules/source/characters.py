"""From bytes to text that both scanners, the one in C and the pure one, read alike; what they would not is refused."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace

from prism_rules.diagnostics import Diagnostic, Label, Refused
from prism_rules.source.places import Lines, Span

MAX_BYTES = 2 * 1024 * 1024
TRAPS = re.compile(
    "(?P<line>[\x85\u2028\u2029]+)"
    "|(?P<control>[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]+)"
    "|(?P<invisible>[\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]+)"
)
_CONFLICT = re.compile(r"^(?:<{7}|\|{7}|={7}|>{7})(?: .*)?$", re.MULTILINE)
_CONFLICT_START = re.compile(r"^<{7} ", re.MULTILINE)
_HEAD = re.compile(r"(?: *(?:#[^\n]*)?\n|%[^\n]*\n?)*")
_DIRECTIVE = re.compile(r"^%[^\n]*", re.MULTILINE)


def digest_bytes(data: bytes) -> str:
    """Return ``sha256:`` and the hex digest of `data` with CRLF read as LF: a checkout's line ends do not count."""
    return "sha256:" + hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def describe_size(size: int, name: str) -> Diagnostic:
    """Return the diagnostic of a file of `size` bytes, which is more than is read."""
    message = f"the file has {size:,} bytes; at most {MAX_BYTES:,} are read"
    return Diagnostic("file-too-large", message, (), "split the file; `extends` joins rulesets", context=name)


def decode(data: bytes, name: str) -> str:
    """Return the text, without byte order mark and with LF line ends.

    Raises `Refused` where it is not UTF-8, or of more than `MAX_BYTES`.
    """
    if len(data) > MAX_BYTES:
        raise Refused([describe_size(len(data), name)])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Not error.start alone: the codec counts from behind the byte order mark.
        skipped = len(data) - len(error.object)
        before = len(_unify_ends(data[: error.start + skipped].decode("utf-8-sig")))
        lines = Lines(name, _unify_ends(data.decode("utf-8-sig", "replace")))
        byte = error.object[error.start]
        message = f"byte 0x{byte:02X} at position {error.start + skipped} is not UTF-8"
        raise _refuse_bytes(message, lines.label((before, before + 1))) from None
    if "\0" in text[:4]:
        raise _refuse_bytes("the file begins like UTF-16 or like a binary file", Lines(name, text).label((0, 1)))
    return _unify_ends(text)


def _refuse_bytes(message: str, label: Label) -> Refused:
    help = "save the file as UTF-8 (it may be UTF-16 or Latin-1 now)"
    if not (label.source_line or "").replace("\t", "").isprintable():
        label = replace(label, source_line=None)  # of what is no text, nothing is to be seen
        help = "name a text file; if this is one, save it as UTF-8 (it may be UTF-16 now)"
    return Refused([Diagnostic("not-utf8", message, (label,), help)])


def _unify_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def find_traps(text: str, lines: Lines) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each character, directive or merge marker that is refused before YAML is read."""
    for match in TRAPS.finditer(text) if _may_trap(text) else ():
        names = ", ".join(f"U+{ord(c):04X}" for c in dict.fromkeys(match.group()))
        labels = (lines.label(match.span()),)
        if match["line"]:
            help = r"break the line with a plain line end, or write \N, \L or \P in double quotes"
            yield Diagnostic("line-separator", f"{names} is a line end to some readers of YAML only", labels, help)
        elif match["control"]:
            help = r"remove it, or write it as an escape (such as \x07) in double quotes"
            yield Diagnostic("control-character", f"control character {names}", labels, help)
        else:
            help = r"remove it, or write it as an escape (such as \u200B) in double quotes"
            yield Diagnostic("invisible-character", f"{names} is invisible or reorders text", labels, help)
    for span in _find_directives(text):
        help = "remove the line: rulesets are YAML 1.2, without tags"
        yield Diagnostic("directive", "YAML directives are not read", (lines.label(span),), help)
    if _CONFLICT_START.search(text):
        for match in _CONFLICT.finditer(text):
            help = "keep the lines that are right, and remove the markers"
            yield Diagnostic("merge-conflict", "a merge conflict is unresolved", (lines.label(match.span()),), help)


def _find_directives(text: str) -> list[Span]:
    head = _HEAD.match(text)
    return [m.span() for m in _DIRECTIVE.finditer(text, 0, head.end() if head else 0)]


def clear_traps(text: str) -> str:
    """Return a text of the same length without tabs and what `find_traps` finds, to read on for more problems."""
    head = _HEAD.match(text)
    end = head.end() if head else 0
    text = _DIRECTIVE.sub(lambda m: "#" + m.group()[1:], text[:end]) + text[end:]
    text = TRAPS.sub(lambda m: "\ufffd" * len(m.group()), text) if _may_trap(text) else text
    return text.replace("\t", " ")


def _may_trap(text: str) -> bool:
    """Say whether some character might be a trap. None is printable, and asking that is fast."""
    return not text.replace("\n", "").replace("\t", "").isprintable()


def find_tabs(text: str, quoted: list[Span], end: int, lines: Lines) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each run of tabs before `end` that lies outside the `quoted` spans (sorted)."""
    remaining = iter([*quoted, (end, len(text) + 1)])
    start, stop = next(remaining)
    for match in re.finditer(r"\t+", text[:end]):
        while match.start() >= stop:
            start, stop = next(remaining)
        if match.start() < start:
            labels = (lines.label(match.span()),)
            yield Diagnostic("tab", "a tab outside quotes", labels, r"use spaces, or \t in double quotes")
