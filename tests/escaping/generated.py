"""Texts made of dangerous pieces, from a seed: PRISM_SEED repeats a run that failed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random

from .table import HOSTILE

SEED = int(os.environ.get("PRISM_SEED", "20260301"))
PIECES = [
    *"|`<>[](){}*_#~&\\!@:$=+-./,;%?^\n\t\r'\" abc019", *(text for text in HOSTILE.values() if len(text) < 12), "\n\n",
    "@a", "#1", "GH-1", "::", "##[", "](", "```", "~~~", "---", "| - |", "</", "<!--", "-->", "&#64;", "&lt;", "%0A",
    "http", "://", "www", ".x", "0123abc", ":tada", "\u200b", "\u202e", "\x1b[", "\ud800", "\udc00", "\u00a0", "\u3000",
    "\u0301", "\ufe0f", "\u00e9", "\u5bc6", "\U0001f600", "=1", ";=", "\\u", "\\", "1. ", "- ", "> ", "    ", "/close",
]  # fmt: skip


def generate(count: int, seed: int = SEED) -> Iterator[str]:
    """Generate so many texts of one to six pieces."""
    random = Random(seed)
    for _ in range(count):
        yield "".join(random.choices(PIECES, k=random.randint(1, 6)))
