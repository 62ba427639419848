"""The hostile texts, from hostile.json: each with a name, and why it is one."""

from __future__ import annotations

import json
from pathlib import Path

_ROWS = json.loads((Path(__file__).parent / "hostile.json").read_text("utf-8"))
WHY = {row["name"]: row["why"] for row in _ROWS}
HOSTILE: dict[str, str] = {
    row["name"]: row["text"] if "text" in row else row["repeat"][0] * row["repeat"][1] for row in _ROWS
}
"""Name -> text."""


def is_unicode(text: str) -> bool:
    """Whether a text can be written at all: half a character cannot."""
    return not any("\ud800" <= char <= "\udfff" for char in text)
