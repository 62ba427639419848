"""A diagnosis in paragraphs: what speaks for it and against it, what is missing, and what follows."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape

from prism_rules.escaping import GAP, show_plain
from prism_rules.manual.paragraphs import Paragraph
from prism_rules.model.plan import Diagnosis
from prism_rules.render.screen.references import References
from prism_rules.render.words import name_slices


def tell_diagnosis(references: References, diagnosis: Diagnosis) -> Iterator[Paragraph]:
    """Tell a cause at its place."""
    plan = references.plan
    gap = f"; gap: {diagnosis.gap.replace('_', ' ')}" if diagnosis.gap else ""
    yield Paragraph("Cause", f"{show_plain(diagnosis.cause)}: {diagnosis.kind.replace('_', ' ')}{gap}")
    if diagnosis.text.strip():
        yield Paragraph("Says", _read_markdown(diagnosis.text))
    head = "; head of the chain" if diagnosis.head and diagnosis.leads_to else ""
    risk = f"; risk: {diagnosis.risk}" if diagnosis.risk else ""
    yield Paragraph("Rank", f"{diagnosis.rank} of {len(plan.diagnoses):,}{head}{risk}")
    yield Paragraph("Score", _say_score(diagnosis))
    yield from references.tell_list("For it", diagnosis.evidence)
    yield from references.tell_list("Against it", diagnosis.against)
    yield from references.tell_list("Not known", diagnosis.unknown)
    if inside := [place for place in diagnosis.at if place]:
        yield Paragraph("Met where", name_slices(inside))
    yield from references.tell_list("Follows from", (d.id for d in plan.diagnoses if diagnosis.id in d.leads_to))
    yield from references.tell_list("Leads to", diagnosis.leads_to)
    actions = [action.id for action in plan.actions if diagnosis.id in action.covers]
    yield from references.tell_list("Actions", actions)
    if not actions:
        yield Paragraph("Actions", "none")


def _say_score(diagnosis: Diagnosis) -> str:
    counts = [f"{len(diagnosis.evidence):,} for it", f"{len(diagnosis.against):,} against it"]
    unknown = f", {len(diagnosis.unknown):,} not known and left out" if diagnosis.unknown else ""
    whole = "all that was asked for, by weight" if diagnosis.score == 1 else "by weight, of what was asked for"
    return f"{diagnosis.score:.2f}, {whole}: {' and '.join(counts)}{unknown}"


def _read_markdown(text: str) -> str:
    """Read a text in which data is escaped as a terminal can show it: in one line."""
    return show_plain(" ".join(unescape(text.replace(GAP, "")).split()), 600)
