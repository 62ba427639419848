"""Paragraphs: what is told under a label, and how a screen shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prism_rules.columns import wrap_text

LABEL = 15
"""Columns that a paragraph's label takes in a terminal."""


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a list; deeper ones belong to the last shallower one above."""

    depth: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Something told of an entry: what it is about, in a sentence, and in a list below it."""

    label: str
    text: str
    items: tuple[Item, ...] = ()


def list_all(label: str, texts: Iterable[str]) -> Paragraph:
    """Make a paragraph of several statements: a list, or a sentence where there is but one."""
    found = list(texts)
    if len(found) == 1:
        return Paragraph(label, f"{found[0][:1].upper()}{found[0][1:]}.")
    return Paragraph(label, "", list_items(found))


def list_items(texts: Iterable[str]) -> tuple[Item, ...]:
    """Make a flat list."""
    return tuple(Item(0, text) for text in texts)


def write_paragraph(paragraph: Paragraph, width: int, *, whole: bool = False) -> Iterator[str]:
    """Write a paragraph as lines for a terminal of this width, its label to the left.

    `whole`: a word that is too long, such as an id that people copy, rather stands out than is parted.
    """
    room = width - LABEL
    lines = wrap_text(paragraph.text, room, whole=whole) if paragraph.text else []
    for item in paragraph.items:
        lines += wrap_text(item.text, room, f"{'  ' * item.depth}- ", whole=whole)
    for number, line in enumerate(lines):
        yield f"{paragraph.label.ljust(LABEL) if number == 0 else ' ' * LABEL}{line}"
