"""The encoder of SARIF's messages."""

from __future__ import annotations

from prism_rules.escaping import show_invisible


def escape_message(*lines: str) -> str:
    """Make lines one message whose text is all text: of a plain message, SARIF reads `[word](place)` as a link."""
    return "\n".join(map(show_invisible, lines)).replace("](", "] (")
