"""The map of a ruleset as a Mermaid flowchart: rules, the causes that they speak for, the actions that follow."""

from __future__ import annotations

from collections.abc import Iterator

from prism_rules.escaping.markdown import escape_mermaid
from prism_rules.manual.phrases import list_owners
from prism_rules.manual.readers import list_causes, list_occasions
from prism_rules.model.ruleset import Cause, When
from prism_rules.ruleset import Resolved
from prism_rules.ruleset.terms import BRANCHES, list_holds, read_leaf

Node = tuple[str, str]
"""Section and id."""
GATE = "-.->|gate|"
MOST_EDGES = 400
"""Arrows that hosts draw; Mermaid refuses 500."""


def draw_ruleset(resolved: Resolved) -> str:
    """Draw rules, causes and actions from left to right. Dashed: gates, order, and what speaks against a cause."""
    model = resolved.model
    names = {
        (section, name): f"{section[0]}{number}"
        for section in ("rules", "causes", "actions")
        for number, name in enumerate(getattr(model, section))
    }
    lines = ["flowchart LR"]
    for section in ("rules", "causes", "actions"):
        labels = {name: _write_label(resolved, section, name) for name in getattr(model, section)}
        if labels:
            nodes = [f'    {names[section, name]}["{label}"]' for name, label in labels.items()]
            lines += [f'  subgraph {section}["{section.capitalize()}"]', *nodes, "  end"]
    arrows = list(_list_arrows(resolved))
    lines += [f"  {names[start]} {arrow} {names[end]}" for start, arrow, end in arrows]
    gates = [str(number) for number, (_, arrow, _) in enumerate(arrows) if arrow == GATE]
    lines += [f"  linkStyle {','.join(gates)} stroke-width:3px"] if gates else []
    return "\n".join(lines) + "\n"


def count_arrows(resolved: Resolved) -> int:
    """Count the arrows of the map."""
    return sum(1 for _ in _list_arrows(resolved))


def _list_arrows(resolved: Resolved) -> Iterator[tuple[Node, str, Node]]:
    model = resolved.model
    for name, cause in model.causes.items():
        here = ("causes", name)
        yield from ((("rules", rule), arrow, here) for rule, arrow in dict.fromkeys(_list_evidence(cause)))
        yield from ((here, "==>|leads to|", ("causes", other)) for other in cause.leads_to)
    for name, action in model.actions.items():
        here = ("actions", name)
        yield from ((("causes", cause), "-->", here) for cause in list_causes(action))
        yield from ((("rules", occasion.rule), "-->|opens|", here) for occasion in list_occasions(action))
        yield from ((("rules", rule), GATE, here) for rule, _ in list_holds(action.requires))
        yield from ((("actions", other), "-.->|then|", here) for other in action.after)


def _list_evidence(cause: Cause) -> Iterator[tuple[str, str]]:
    yield from _list_terms(cause.when, "-->")
    yield from ((read_leaf(term).rule, "-.->|against|") for term in cause.against)


def _list_terms(when: When, arrow: str) -> Iterator[tuple[str, str]]:
    for branch in BRANCHES:
        # What must not be so speaks against, however deep it stands.
        inner = "-.->|absent|" if branch == "none" or "absent" in arrow else "-->|any|" if branch == "any" else arrow
        for term in getattr(when, branch):
            yield from _list_terms(term, inner) if isinstance(term, When) else [(read_leaf(term).rule, inner)]


def _write_label(resolved: Resolved, section: str, name: str) -> str:
    model = resolved.model
    if section == "actions":
        action = model.actions[name]
        owners = ", ".join(dict.fromkeys(owner for owner, _ in list_owners(resolved, name) if owner))
        lines = [action.kind.replace("_", " "), owners]
    elif section == "causes":
        lines = [model.causes[name].title or model.causes[name].kind.replace("_", " ")]
    else:
        lines = [model.rules[name].title or ""]
    return "<br/>".join([f"<b>{escape_mermaid(name, 60)}</b>", *(escape_mermaid(line, 60) for line in lines if line)])
