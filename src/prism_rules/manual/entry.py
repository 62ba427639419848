"""One entry of a ruleset on one screen: a rule, a cause or an action in words, with the lines that it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prism_rules.columns import PROSE, WIDTH, wrap_text
from prism_rules.escaping import show_invisible
from prism_rules.manual.actions import tell_action
from prism_rules.manual.causes import tell_cause
from prism_rules.manual.overview import Overview
from prism_rules.manual.paragraphs import Paragraph, write_paragraph
from prism_rules.manual.rules import tell_rule
from prism_rules.manual.text import tell_table, write_origin
from prism_rules.manual.voice import TERMINAL, Voice
from prism_rules.ruleset import Resolved

_TOLD: Mapping[str, Callable[[Overview, str, Voice], Iterator[Paragraph]]] = {
    "rules": lambda overview, name, voice: tell_rule(overview, name, voice, bounds=False),
    "causes": tell_cause,
    "actions": tell_action,
}
SECTIONS = tuple(_TOLD)
"""Sections whose entries can be told."""


def tell_entry(resolved: Resolved, section: str, name: str, width: int = WIDTH) -> str:
    """Tell a rule, a cause or an action for a terminal; of one that is off, why it is."""
    room = min(width, PROSE)
    off = next((each for each in resolved.off if (f"{each.kind}s", each.id) == (section, name)), None)
    if off:
        said = write_paragraph(Paragraph("Off", f"{off.why[:1].upper()}{off.why[1:]}."), room)
        return "\n".join([f"{off.kind} {name}", write_origin(off.origin), "", *said]) + "\n"
    entry = getattr(resolved.model, section)[name]
    title = f": {show_invisible(entry.title)}" if entry.title and section != "actions" else ""
    lines = [
        *wrap_text(f"{section[:-1]} {name}{title}", room),
        write_origin(resolved.origin((section, name))),
        "",
    ]
    for paragraph in _TOLD[section](Overview(resolved), name, TERMINAL):
        lines += write_paragraph(paragraph, room)
    if section == "rules":
        lines += ["", tell_table(resolved, name, width)]
    if section == "actions" and entry.steps:
        lines += ["", "Steps:"]
        for line in map(show_invisible, entry.steps.splitlines()):
            indent = " " * (2 + len(line) - len(line.lstrip(" ")))
            lines += wrap_text(line, room, indent) or [""]
    return "\n".join(lines) + "\n"
