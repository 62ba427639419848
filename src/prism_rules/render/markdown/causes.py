"""The chain of causes: a sentence for each diagnosis, and a picture of what leads to what."""

from __future__ import annotations

import re
from collections.abc import Sequence

from prism_rules.escaping import escape_markdown
from prism_rules.escaping.markdown import escape_line, escape_mermaid, restrict_markdown
from prism_rules.model.plan import Diagnosis, Plan
from prism_rules.render.ranking import rank_diagnosis
from prism_rules.render.told import name_rules, order_told, say_conditions
from prism_rules.wording import name_scopes

PICTURE = 1_900
"""Characters of the picture; hosts draw larger ones slowly or not at all."""
_LABEL, _NAME = 64, 24
"""Characters of a line of a label there, and of one name in it."""
_TEXTS = 3
"""Explanations of one cause."""


def group_causes(plan: Plan) -> list[list[Diagnosis]]:
    """Group diagnoses that one sentence tells of, as they differ in place alone; in the order of `order_told`."""
    groups: dict[str, list[Diagnosis]] = {}
    for one in order_told(plan):
        told = (one.cause, one.title, one.kind, one.verdict, one.head and bool(one.leads_to), one.score, one.at,
                one.against, one.unknown)  # fmt: skip
        groups.setdefault(repr(told), []).append(one)
    return list(groups.values())


def write_cause(group: Sequence[Diagnosis], plan: Plan) -> str:
    """Write an item of a list on a cause: what, where, how sure, and its explanations as far as they differ."""
    group = sorted(group, key=rank_diagnosis)
    texts: dict[str, str] = {}
    for diagnosis in group:
        if diagnosis.text.strip():
            texts.setdefault(_omit_place(diagnosis), diagnosis.text)
    told = [*texts.values()][:_TEXTS]
    more = len(texts) - len(told)
    told += [f"*Left to `plan.json`: {more:,} of {len(texts):,} explanations.*"] if more else []
    return "- " + _write_sentence(group, plan) + "".join(_indent(text, 2) for text in told)


def draw_chain(plan: Plan) -> str:
    """Draw which cause leads to which, heads first, as a Mermaid flowchart; empty when nothing leads to anything."""
    grouped: dict[str, list[Diagnosis]] = {}
    for diagnosis in sorted(order_told(plan), key=lambda d: not d.head):
        grouped.setdefault(diagnosis.cause, []).append(diagnosis)
    cause_of = {diagnosis.id: diagnosis.cause for diagnosis in plan.diagnoses}
    edges = dict.fromkeys(
        (diagnosis.cause, cause_of[other])
        for diagnosis in plan.diagnoses
        for other in diagnosis.leads_to
        if cause_of.get(other, diagnosis.cause) != diagnosis.cause
    )
    if not edges:
        return ""
    lines = ["flowchart LR"]
    drawn: dict[str, str] = {}
    for cause, diagnoses in grouped.items():
        name = _name_node(cause)
        head = ":::head" if any(one.head and one.leads_to for one in diagnoses) else ""
        candidates = [f'  {name}["{_write_label(diagnoses)}"]{head}']
        candidates += [
            f"  {drawn.get(a, name)} --> {drawn.get(b, name)}"
            for a, b in edges
            if cause in (a, b) and {a, b} <= {*drawn, cause}
        ]
        if sum(len(line) + 1 for line in lines + candidates) > PICTURE:
            break
        drawn[cause] = name
        lines += candidates
    lines.append("  classDef head stroke-width:3px")
    missing = len(grouped) - len(drawn)
    note = f"\n\n*The picture leaves out {missing:,} of {len(grouped):,} causes.*" if missing else ""
    return "```mermaid\n" + "\n".join(lines) + "\n```" + note


def _omit_place(diagnosis: Diagnosis) -> str:
    text = diagnosis.text
    for value in diagnosis.scope.values():
        for written in (escape_markdown(value), value) if value else ():
            text = text.replace(written, "")
    return text


def _write_sentence(group: Sequence[Diagnosis], plan: Plan) -> str:
    first = group[0]
    findings = {finding.id: finding for finding in plan.findings} if first.against or first.unknown else {}
    inside = say_conditions(first)
    place = name_scopes([one.scope for one in group], 6)
    place += f", {inside}" if inside else ""
    head = ", head of the chain" if first.head and first.leads_to else ""
    doubt = "".join(
        f"; {words}: {escape_line(name_rules(ids, findings, plan), 600)}"
        for words, ids in (("against it", first.against), ("not known", first.unknown)) if ids
    )  # fmt: skip
    return (
        f"**{escape_line(first.title)}** ({first.kind.replace('_', ' ')}{head}) is {first.verdict} for "
        f"{escape_line(place, 400)}{f'; score {first.score:.2f}' if first.score < 1 else ''}{doubt}."
    )


def _indent(text: str, width: int) -> str:
    if not text.strip():
        return ""
    lines = restrict_markdown(text).split("\n")
    return "\n\n" + "\n".join(" " * width + line if line.strip() else "" for line in lines)


def _name_node(cause: str) -> str:
    """Name a node by its cause and not by its number, so that one more cause changes no other line."""
    return f"c_{re.sub('[^a-z0-9]', '_', cause)[:40]}"


def _write_label(diagnoses: list[Diagnosis]) -> str:
    gap = f"{diagnoses[0].gap} gap" if diagnoses[0].gap else diagnoses[0].kind
    lines = [diagnoses[0].title, gap.replace("_", " "), _name_places(sorted(diagnoses, key=rank_diagnosis))]
    title, *rest = (escape_mermaid(line, _LABEL) for line in lines)
    return "<br/>".join([f"<b>{title}</b>", *rest])


def _name_places(diagnoses: Sequence[Diagnosis]) -> str:
    """Name as many places as a line of a label has room for, those of the highest risk first, and count the others."""
    scopes = [diagnosis.scope for diagnosis in diagnoses]
    for kept in range(min(len(scopes), 3), 0, -1):
        more = f" and {len(scopes) - kept:,} more" if kept < len(scopes) else ""
        told = name_scopes(scopes[:kept], kept, _NAME) + more
        if len(told) <= _LABEL:
            break
    return told
