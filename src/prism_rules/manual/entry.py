"""One entry of a ruleset on one screen: a rule, a cause or an action in words, with the lines that it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prism_rules.columns import wrap_text
from prism_rules.escaping import show_invisible
from prism_rules.manual.actions import tell_action
from prism_rules.manual.causes import tell_cause
from prism_rules.manual.overview import Overview
from prism_rules.manual.paragraphs import LABEL, Paragraph, write_paragraph
from prism_rules.manual.rules import tell_rule
from prism_rules.manual.text import WIDTH, tell_table, write_origin
from prism_rules.manual.voice import TERMINAL, Voice
from prism_rules.ruleset import Resolved

_TOLD: Mapping[str, Callable[[Overview, str, Voice], Iterator[Paragraph]]] = {
    "rules": lambda overview, name, voice: tell_rule(overview, name, voice, bounds=False),
    "causes": tell_cause,
    "actions": tell_action,
}
SECTIONS = tuple(_TOLD)
"""Sections whose entries can be told."""


def tell_entry(resolved: Resolved, section: str, name: str) -> str:
    """Tell a rule, a cause or an action for a terminal; of one that is off, why it is."""
    off = next((each for each in resolved.off if (f"{each.kind}s", each.id) == (section, name)), None)
    if off:
        said = write_paragraph(Paragraph("Off", f"{off.why[:1].upper()}{off.why[1:]}."), WIDTH)
        return "\n".join([f"{off.kind} {name}", write_origin(off.origin), "", *said]) + "\n"
    entry = getattr(resolved.model, section)[name]
    title = f": {show_invisible(entry.title)}" if entry.title and section != "actions" else ""
    lines = [
        *wrap_text(f"{section[:-1]} {name}{title}", WIDTH - LABEL),
        write_origin(resolved.origin((section, name))),
        "",
    ]
    for paragraph in _TOLD[section](Overview(resolved), name, TERMINAL):
        lines += write_paragraph(paragraph, WIDTH)
    if section == "rules":
        lines += ["", tell_table(resolved, name)]
    if section == "actions" and entry.steps:
        lines += ["", "Steps:", *(f"  {show_invisible(line)}".rstrip() for line in entry.steps.splitlines())]
    return "\n".join(lines) + "\n"
