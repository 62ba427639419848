"""How a sentence is written where it is read: in a terminal, or in Markdown with links from entry to entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from prism_rules.escaping import show_invisible
from prism_rules.escaping.markdown import escape_line, write_code, write_quoted
from prism_rules.model.ruleset import Hold, Leaf, Occasion

MOST = 2_000
"""Characters of one text that are shown."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How the parts of a sentence are written that come from the file."""

    refer: Callable[[str, str], str]
    """(kind of entry, its id) -> a reference to it."""
    name: Callable[[str], str]
    """A name of something else: a source, a column, an owner."""
    text: Callable[[str], str]
    """A text, as plain text in one line."""
    code: Callable[[str], str]
    """An expression, or a template that only data can fill."""


def _quote(text: str) -> str:
    return f"`{_cut(text)}`"


def _cut(text: str) -> str:
    shown = " ".join(show_invisible(line).strip() for line in text.splitlines())
    return shown if len(shown) <= MOST else f"{shown[: MOST - 1]}…"


TERMINAL = Voice(lambda _, name: _quote(name), _quote, _cut, _quote)
MARKDOWN = Voice(
    lambda kind, name: f"[`{name}`](#{kind}-{name})",
    write_code,
    lambda text: escape_line(text, MOST),
    lambda text: write_quoted(text, MOST),
)

Asked = Leaf | Occasion | Hold
"""A rule, and what is asked of its finding."""

STATUSES = {
    "fail": "fails",
    "warn": "warns",
    "unsure": "is in doubt",
    "pass": "passes",
    "insufficient": "has too little data",
    "no_data": "has no value",
}
"""Status -> what is said of a rule whose finding has it."""


def say_asked(asked: Asked, voice: Voice) -> str:
    """Say what is asked of a rule: "`a` fails or is in doubt anywhere", "`a` holds"."""
    rule = voice.refer("rule", asked.rule)
    if isinstance(asked, Hold):
        return f"{rule} {'passes' if asked.at else 'holds'}"
    anywhere = ", wherever that is" if isinstance(asked, Leaf) and asked.anywhere else ""
    return f"{rule} {' or '.join(STATUSES[status] for status in asked.statuses)}{anywhere}"
