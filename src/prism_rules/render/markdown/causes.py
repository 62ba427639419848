"""The chain of causes: a sentence for each diagnosis, and a picture of what leads to what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prism_rules.escaping.markdown import escape_line, escape_mermaid, restrict_markdown
from prism_rules.model.plan import Diagnosis, Plan
from prism_rules.render.words import name_slices
from prism_rules.wording import list_some, name_scope, name_scopes

PICTURE = 1_900
"""Characters of the picture; hosts draw larger ones slowly or not at all."""


def list_causes(plan: Plan) -> Iterator[str]:
    """List one item per diagnosis, chain by chain: what, where, how sure, and its explanation."""
    rules = {finding.id: finding.rule for finding in plan.findings}
    for number, diagnosis in enumerate(order_told(plan), start=1):
        marker = f"{number}. "
        yield f"{marker}{_write_sentence(diagnosis, rules)}{_indent(diagnosis.text, len(marker))}"


def order_told(plan: Plan) -> list[Diagnosis]:
    """Order diagnoses as a story: each chain from its head on, then those in no chain, by rank."""
    by_id = {diagnosis.id: diagnosis for diagnosis in plan.diagnoses}
    told = [one for chain in plan.chain for one in chain if one in by_id]
    return [by_id[one] for one in dict.fromkeys((*told, *by_id))]


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
        name = f"c{len(drawn)}"
        candidates = [f'  {name}["{_write_label(diagnoses)}"]{":::head" if diagnoses[0].head else ""}']
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


def name_causes(plan: Plan) -> dict[str, str]:
    """Name all that actions can be for, by id, as plain text: a cause's title, or the rule of a finding."""
    titles = {rule: entry.title for rule, entry in plan.rules.items()}
    rules = {finding.id: titles.get(finding.rule, finding.rule) for finding in plan.findings}
    return rules | {diagnosis.id: diagnosis.title for diagnosis in plan.diagnoses}


def _write_sentence(diagnosis: Diagnosis, rules: Mapping[str, str]) -> str:
    kind = diagnosis.kind.replace("_", " ")
    inside = [place for place in diagnosis.at if place]
    overall = " overall and" if len(inside) < len(diagnosis.at) else ""
    place = name_scope(diagnosis.scope) + (f",{overall} where {name_slices(inside)}" if inside else "")
    head = ", head of the chain" if diagnosis.head and diagnosis.leads_to else ""
    against = list_some(dict.fromkeys(rules.get(one, one) for one in diagnosis.against), 3)
    unknown = list_some(dict.fromkeys(rules.get(one, one) for one in diagnosis.unknown), 3)
    doubt = (f"; against it: {escape_line(against)}" if against else "") + (
        f"; not known: {escape_line(unknown)}" if unknown else ""
    )
    return (
        f"**{escape_line(diagnosis.title)}** ({kind}{head}) is {diagnosis.verdict} for {escape_line(place, 400)}"
        f"{f'; score {diagnosis.score:.2f}' if diagnosis.score < 1 else ''}{doubt}."
    )


def _indent(text: str, width: int) -> str:
    if not text.strip():
        return ""
    return "\n\n" + "\n".join(
        " " * width + line if line.strip() else "" for line in restrict_markdown(text).split("\n")
    )


def _write_label(diagnoses: list[Diagnosis]) -> str:
    gap = f"{diagnoses[0].gap} gap" if diagnoses[0].gap else diagnoses[0].kind
    lines = [diagnoses[0].title, gap.replace("_", " "), name_scopes([diagnosis.scope for diagnosis in diagnoses])]
    title, *rest = (escape_mermaid(line, 60) for line in lines)
    return "<br/>".join([f"<b>{title}</b>", *rest])
