"""What the templates of a ruleset may name. Whoever fills one gives exactly these values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from prism_rules.diagnostics import Route
from prism_rules.model.ruleset import Cause, Ruleset
from prism_rules.ruleset.grain import find_grain, list_grains, list_scope
from prism_rules.ruleset.terms import list_leaves
from prism_rules.templating import Kind, Leaf, Many, Shape

_QUESTION: Shape = {
    "task": Leaf.TEXT, "environment": Leaf.TEXT, "concern": Leaf.TEXT, "risk": Leaf.TEXT, "report_to": Many(Leaf.TEXT),
}  # fmt: skip
_CLASS: Shape = {"id": Leaf.TEXT, "risk": Leaf.TEXT, "owner": Leaf.TEXT, "family": Leaf.TEXT}
_ACTION: Shape = {"id": Leaf.TEXT, "kind": Leaf.TEXT}

OUT: Shape = {"as_of": Leaf.TIME, "ruleset": {"name": Leaf.TEXT, "version": Leaf.TEXT}}
"""What `out` of prism.yaml may name."""


def list_templates(model: Ruleset) -> Iterator[tuple[Route, str, Shape]]:
    """List every template of a ruleset: its place, its text, and what it may name."""
    for name, cause in model.causes.items():
        if cause.explain is not None:
            yield ("causes", name, "explain"), cause.explain, _shape_cause(model, cause)
    grains = [*(cause.by for cause in model.causes.values()), *map(list_scope, model.rules.values())]
    dimensions = {dimension for grain in grains for dimension in grain}
    for name, action in model.actions.items():
        if "by" not in action.model_fields_set and len(list_grains(model, action)) < len(action.for_):
            continue  # its scope is not known while a cause of it cannot be read
        grain = find_grain(model, action)
        shape = _shape_scope(grain) | {
            "action": _ACTION,
            "covers": Many({
                "cause": Leaf.TEXT, "title": Leaf.TEXT, "kind": Leaf.TEXT, "gap": Leaf.TEXT, "risk": Leaf.TEXT,
                "score": Leaf.NUMBER, "scope": dict.fromkeys(sorted(dimensions), Leaf.TEXT),
            }),
            "evidence": _shape_evidence(dimensions),
            "question": _QUESTION,
        }  # fmt: skip
        for key in ("title", "steps", "owner"):
            text = getattr(action, key)
            if text is not None:
                yield ("actions", name, key), text, shape


def _shape_cause(model: Ruleset, cause: Cause) -> Shape:
    rules = [model.rules[leaf.rule] for leaf, _ in list_leaves(cause, ()) if leaf.rule in model.rules]
    dimensions = {dimension for rule in rules for dimension in list_scope(rule)}
    return _shape_scope(cause.by) | {
        "at": Many(dict.fromkeys(sorted(dimensions - set(cause.by)), Leaf.TEXT)),
        "evidence": _shape_evidence(dimensions),
        "question": _QUESTION,
    }


def _shape_scope(by: Sequence[str]) -> dict[str, Kind]:
    scope: dict[str, Kind] = {"scope": dict.fromkeys(by, Leaf.TEXT)}
    return scope | {"class": _CLASS} if "class" in by else scope


def _shape_evidence(dimensions: Iterable[str]) -> Kind:
    return Many({
        "rule": Leaf.TEXT, "title": Leaf.TEXT, "status": Leaf.TEXT, "value": Leaf.NUMBER, "n": Leaf.NUMBER,
        "unit": Leaf.TEXT, "scope": dict.fromkeys(sorted(dimensions), Leaf.TEXT),
    })  # fmt: skip


def describe_class(model: Ruleset, name: str | None) -> dict[str, Any]:
    """Describe the class of a scope to templates; {} where there is none."""
    declared = model.classes.get(name) if name else None
    known = declared.model_dump(include={"risk", "owner", "family"}) if declared else {}
    return {"id": name, **known} if name else {}


def choose_owner(model: Ruleset, said: str | None, class_name: str | None) -> str | None:
    """Choose whose an action is: whose it says, else whose its class is, else the ruleset's first owner's."""
    of_class = describe_class(model, class_name).get("owner")
    return next((owner for owner in (said, of_class, *model.metadata.owners) if owner), None)
