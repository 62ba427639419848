"""A resolved ruleset's bounds as Markdown: what `text` tells in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from prism_rules.escaping.markdown import escape_line, write_code, write_table
from prism_rules.manual.decisions import list_rows, write_value
from prism_rules.manual.text import WITHOUT_CLASSES, write_origin, write_origins
from prism_rules.ruleset import Resolved
from prism_rules.ruleset.segments import MOST, list_segments

_MOST = 400
"""Characters of one cell."""


def write_bounds(resolved: Resolved, *, rules: Sequence[str], only: str | None = None) -> str:
    """Write these rules' bounds, each with its origin, a table per rule; `only` those of a class."""
    metadata = resolved.model.metadata
    parts = [f"# Bounds of {escape_line(metadata.name)} {escape_line(metadata.version, 40)}"]
    for name in rules:
        rule = resolved.model.rules[name]
        segments, home = list_segments(resolved.model, name), resolved.origin(("rules", name))
        parts.append(f"## {name}")
        about = f"{escape_line(rule.title)}: " if rule.title else ""
        by = f", by {', '.join(map(write_code, rule.by))}" if rule.by else ""
        parts.append(
            f"{about}{write_code(rule.metric)} on {write_code(rule.source)}{by}; {write_code(write_origin(home))}."
        )
        if only is not None and not {"class", "family"} & {*rule.by}:
            parts.append(WITHOUT_CLASSES)
        rows = [
            [
                write_code(row.decision.field),
                write_value(row.decision.winner.value),
                escape_line(row.where, _MOST),
                escape_line(write_origins(row.decision, resolved, home), _MOST),
            ]
            for row in list_rows(resolved.model, name, segments, only=only)
        ]
        parts.append(write_table(["Field", "Value", "For", "From"], rows))
        if not segments.complete:
            parts.append(f"More than {MOST:,} scopes are told apart; the rest is not shown.")
    return "\n\n".join(parts) + "\n"
