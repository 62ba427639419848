"""From YAML text to plain data: one pass over the scanner's events, without recursion and within limits.

Every problem is collected on the way. Only a syntax error, a second document or a limit ends the reading early.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from prism_rules.diagnostics import Diagnostic, Label, Problem, Refused, place_order
from prism_rules.source.characters import clear_traps, decode, digest_bytes, find_tabs, find_traps
from prism_rules.source.places import Lines, Node, Places, Source, Span
from prism_rules.source.scalars import Scalar, read_flow_scalar, read_plain
from prism_rules.source.syntax import describe_syntax_error, describe_template, find_disputed, leave_out_of

MAX_DEPTH = 32
MAX_VALUES = 200_000
MAX_TEXT = 64 * 1024
MAX_KEY = 1024
MAX_PROBLEMS = 1000

_NO_KEY: Any = object()
_LEAF: dict[str | int, Node] = {}
"""What is inside a scalar: one for all."""
_GAP = re.compile(r"(?:[ \t\n]|(?<=[ \t\n])#[^\n]*)*")
_DOCUMENT_END = re.compile(r"^\.\.\.", re.MULTILINE)


def parse(text_bytes: bytes, name: str) -> Source:
    """Return the YAML mapping in `text_bytes` as plain data with places.

    Raises `Refused` (exit code 2) with every problem that could be found, each with line and column in `name`.
    """
    text = decode(text_bytes, name)
    lines = Lines(name, text)
    problems = list(islice(find_traps(text, lines), MAX_PROBLEMS + 1))
    if not any(d.code == "merge-conflict" for d in problems):
        reader = _Reader(text, lines)
        reader.read()
        problems += reader.problems
        if not problems:
            return Source(name, reader.root, text, digest_bytes(text_bytes), Places(reader.node))
    problems.sort(key=place_order)
    if len(problems) > MAX_PROBLEMS:
        message = f"more than {MAX_PROBLEMS:,} problems; the rest was not looked for"
        problems[MAX_PROBLEMS:] = [Diagnostic("too-many-problems", message, (), "mend these first", context=name)]
    raise Refused(problems)


def scan_events(text: str, *, pure: bool = False) -> Iterator[Any]:
    """Yield ruamel.yaml's parsing events; its C scanner is used where it is installed, unless `pure`."""
    from ruamel.yaml import YAML

    yield from YAML(typ="safe", pure=pure).parse(text)


@dataclass(slots=True)
class _Frame:
    """A collection that is still open."""

    items: dict[str, Any] | list[Any]
    start: int
    style: str
    slot: Any
    """Where it stands in the collection around it; `_NO_KEY` when it stands for a key there."""
    slot_span: Span | None
    key: Any
    """The key that waits for its value; `_NO_KEY` when a key is due, None in a list."""
    key_span: Span | None = None
    nodes: dict[str | int, Node] = field(default_factory=dict)


class _Reader:
    """The state of one reading: open collections, values so far, places, problems."""

    def __init__(self, text: str, lines: Lines) -> None:
        self.text = text
        self.lines = lines
        self.root: Any = _NO_KEY
        self.node: Node = (None, (0, 0), "", _LEAF)
        self.problems: list[Diagnostic] = []
        self.templates: list[Diagnostic] = []
        """Those of templates without quotes, from which others follow."""
        self.frames: list[_Frame] = []
        self.quoted: list[Span] = []
        self.values = 0
        self.documents = 0
        self.end = 0

    def read(self) -> None:
        from ruamel.yaml.error import YAMLError

        try:
            whole = self._read_events()
        except (YAMLError, ValueError, OverflowError) as error:  # pure ruamel lets chr() fail on \U00110000
            self.problems.append(describe_syntax_error(error, self.text, self.end, self.lines))
            whole = False
        self.problems = [*self.templates, *leave_out_of(self.templates, self.problems)]
        end = len(self.text) if whole else self.end
        self.problems += islice(find_tabs(self.text, self.quoted, end, self.lines), MAX_PROBLEMS + 1)
        if self.root is _NO_KEY and whole:
            self._refuse_root("nothing", (0, 1))
        elif self.root is not _NO_KEY and not isinstance(self.root, dict) and whole:
            self._refuse_root("a list" if isinstance(self.root, list) else "a single value", self.node[1])

    def _refuse_root(self, found: str, span: Span) -> None:
        message = f"expected a mapping of keys to values, but the file holds {found}"
        self._report("expected-mapping", message, span, "begin with `apiVersion: prism-rules/v1` and `kind: ...`")

    def _read_events(self) -> bool:
        """Read until the end (True), or until a limit or a second document stops it (False)."""
        for event in scan_events(clear_traps(self.text)):
            span = (event.start_mark.index, event.end_mark.index)
            match type(event).__name__:
                case "ScalarEvent":
                    if event.anchor or event.tag:
                        span = self._check_properties(event, span)
                    in_brackets = bool(self.frames) and self.frames[-1].style == "flow"
                    if event.style or in_brackets:
                        disputed = find_disputed(event, self.text, span, self.lines, in_brackets=in_brackets)
                        if disputed:
                            self.problems.append(disputed)
                            return False
                    self._add_scalar(event.value, event.style or "", span)
                case "MappingStartEvent" | "SequenceStartEvent" as kind:
                    if event.anchor or event.tag:
                        span = self._check_properties(event, span)
                    if len(self.frames) == MAX_DEPTH:
                        return self._stop_at_depth(span)
                    self._open(kind == "MappingStartEvent", span, "flow" if event.flow_style else "block")
                case "MappingEndEvent" | "SequenceEndEvent":
                    self._close(span[1])
                case "AliasEvent":
                    alias = f"*{event.anchor}"
                    self._report("anchor", f"`{_cut(alias)}` repeats a value by reference", span, "write the value out")
                    self._add(alias, span, "")
                case "DocumentStartEvent":
                    self.documents += 1
                    if self.documents > 1:
                        return self._stop_at_document(span)
                case "DocumentEndEvent" if event.explicit:
                    again = _DOCUMENT_END.search(self.text, span[1])
                    if again:  # the C scanner reads over it
                        return self._stop_at_document(again.span())
            self.end = max(self.end, span[1])
            if len(self.problems) > MAX_PROBLEMS:
                return False
            if self.values > MAX_VALUES:
                self._report("too-many-values", f"more than {MAX_VALUES:,} values", span, "split the file")
                return False
        return True

    def _stop_at_depth(self, span: Span) -> bool:
        self._report("too-deep", f"nested more than {MAX_DEPTH} levels deep", span, "write it flatter")
        return False

    def _stop_at_document(self, span: Span) -> bool:
        self._report("several-documents", "a second document begins here", span, "keep one document per file")
        return False

    def _report(self, code: str, message: str, span: Span, help: str | None, *more: Label, text: str = "") -> None:
        self.problems.append(Diagnostic(code, message, (self.lines.label(span, text), *more), help))

    def _report_length(self, kind: str, text: str, most: int, span: Span) -> None:
        message = f"a {kind} of {len(text):,} characters; at most {most:,} are read"
        self._report("text-too-long", message, span, "shorten it")

    def _check_properties(self, event: Any, span: Span) -> Span:
        """Refuse anchor and tag, which stand before the node and in either order; return the span of what follows."""
        at = span[0]
        if event.tag and self.text[at : at + 1] == "&":  # the pure scanner marks `!tag &anchor` at its anchor
            tag = re.search(r"![^\s,[\]{}]*[ \t\n]+$", self.text[self.end : at])
            at -= len(tag.group()) if tag else 0
        for _ in range(bool(event.anchor) + bool(event.tag)):
            if self.text[at : at + 1] not in ("&", "!"):
                break
            end = at
            while end < len(self.text) and self.text[end] not in " \t\n,[]{}":
                end += 1
            word = self.text[at:end]
            if word[0] == "&":
                self._report("anchor", f"`{_cut(word)}` names a value to be repeated", (at, end), "write values out")
            else:
                self._report("tag", f"`{_cut(word)}` is a tag; tags are not read", (at, end), "remove it")
            at = end
            gap = _GAP.match(self.text, at)
            at = gap.end() if gap else at
        return (at, max(at, span[1]))

    def _add_scalar(self, text: str, style: str, span: Span) -> None:
        value: Scalar = text
        if not style and text:
            value = self._read_plain(text, span)
        elif not style:
            if not self.frames:
                return  # the file holds nothing
            value = None
            self._report_empty(span)
        elif style in ("'", '"'):
            self.quoted.append(span)
            raw = self.text[slice(*span)]
            if "\t" in raw:  # `clear_traps` blanked it
                value = text = "".join(char for char, _ in read_flow_scalar(raw, style))
            if "\0" in text:
                # It ends a path or a name where systems take it for their own.
                self._report("control-character", "no text holds U+0000", span, "take the escape out")
        if len(text) > MAX_TEXT:
            self._report_length("text", text, MAX_TEXT, span)
        self._add(value, span, style)

    def _report_empty(self, span: Span) -> None:
        frame = self.frames[-1]
        help = "write a value, or `null` to remove what is inherited"
        if isinstance(frame.items, list):
            self._report("empty-value", "a list item without a value", (span[0] - 1, span[0]), help)
        elif frame.key is not _NO_KEY:
            self._report("empty-value", f"`{_cut(str(frame.key))}` has no value", frame.key_span or span, help)

    def _read_plain(self, text: str, span: Span) -> Scalar:
        value = read_plain(text)
        if isinstance(value, Problem):
            help = f'put quotes around it: "{_cut(text)}"; or choose another name' if self._awaits_key() else value.help
            self._report(value.code, value.message, span, help)
            return text
        if value == "<<" and self._awaits_key():
            self._report("merge-key", "`<<` merges another mapping in", span, "write the keys out, or use `extends`")
        return value

    def _awaits_key(self) -> bool:
        return bool(self.frames) and self.frames[-1].key is _NO_KEY

    def _open(self, is_mapping: bool, span: Span, style: str) -> None:
        items: dict[str, Any] | list[Any] = {} if is_mapping else []
        slot, slot_span = _NO_KEY, None
        if self._awaits_key():
            frame = self.frames[-1]
            if is_mapping and frame.style == style == "flow" and frame.start == span[0] - 1:
                in_brackets = len(self.frames) > 1 and self.frames[-2].style == "flow"
                self.templates.append(describe_template(self.text, frame.start, self.lines, in_brackets=in_brackets))
            self._take_key(items, span)
        elif self.frames:
            slot, slot_span = self._put(self.frames[-1], items)
        else:
            self.root = items
        self.frames.append(_Frame(items, span[0], style, slot, slot_span, _NO_KEY if is_mapping else None))

    def _close(self, end: int) -> None:
        frame = self.frames.pop()
        node = (frame.slot_span, (frame.start, end), frame.style, frame.nodes)
        if not self.frames:
            self.node = node
        elif frame.slot is not _NO_KEY:
            self.frames[-1].nodes[frame.slot] = node

    def _add(self, value: Scalar, span: Span, style: str) -> None:
        """Put a scalar where the innermost open collection wants it: as its next key, value or item."""
        if not self.frames:
            self.root, self.node = value, (None, span, style, _LEAF)
            return
        frame = self.frames[-1]
        if frame.key is _NO_KEY:
            self._take_key(value, span)
            return
        slot, slot_span = self._put(frame, value)
        frame.nodes.setdefault(slot, (slot_span, span, style, _LEAF))

    def _put(self, frame: _Frame, value: Any) -> tuple[str | int, Span | None]:
        """Put a value under the key that waits for it, or behind the other items; return where it stands now."""
        self.values += 1
        if isinstance(frame.items, list):
            frame.items.append(value)
            return len(frame.items) - 1, None
        slot: str = frame.key
        frame.items[slot] = value
        frame.key = _NO_KEY
        return slot, frame.key_span

    def _take_key(self, key: Any, span: Span) -> None:
        frame = self.frames[-1]
        text = key if isinstance(key, str) else self.text[slice(*span)].split("\n")[0]
        if not isinstance(key, str):
            shown = f"`{_cut(text)}`" if text and not isinstance(key, dict | list) else "this key"
            help = "put quotes around it" if text else "write a key"
            self._report("key-not-text", f"a key must be text, and {shown} is not", span, help)
        elif len(text) > MAX_KEY:
            self._report_length("key", text, MAX_KEY, span)
        elif text in frame.items:
            first = frame.nodes[text][0] or span
            other = self.lines.label(first, "first given here")
            help = "keep one of the two"
            self._report("duplicate-key", f"`{_cut(text)}` is given twice", span, help, other, text="given again here")
        frame.key, frame.key_span = text, span


def _cut(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"
