"""Who reads what: which entries of a ruleset name a rule, a cause or an action, and as what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, cast, get_args

from prism_rules.model.ruleset import Action, Occasion, Ruleset
from prism_rules.ruleset.checks.references import list_references

Section = Literal["causes", "actions", "governance"]
Part = Literal["evidence", "against", "opens", "gate", "acceptance", "sampling"]
_PARTS: Mapping[str, Part] = {
    "when": "evidence", "against": "against", "for": "opens", "requires": "gate", "done_when": "acceptance",
    "rule": "sampling",
}  # fmt: skip
"""Key under which an entry names a rule -> what the rule is to it."""


class Reader(NamedTuple):
    """An entry that asks for a rule's findings."""

    section: Section
    id: str
    part: Part
    """What the rule is to it: `evidence` for a cause or `against` it; of an action what `opens` it, its `gate`, or its
    `acceptance`; or what the rates of `sampling` follow."""


def list_readers(model: Ruleset) -> dict[str, list[Reader]]:
    """List who reads each rule, in the order of the file; nobody reads some."""
    readers: dict[str, list[Reader]] = {rule: [] for rule in model.rules}
    for rule, reader in _list_all(model):
        if reader not in readers.setdefault(rule, []):
            readers[rule].append(reader)
    return readers


def _list_all(model: Ruleset) -> Iterator[tuple[str, Reader]]:
    for reference in list_references(model):
        section, name, key, *_ = map(str, reference.route)
        if reference.section == "rules" and section in get_args(Section):
            yield reference.name, Reader(cast(Section, section), name, _PARTS[key])


def list_occasions(action: Action) -> list[Occasion]:
    """List the findings that open an action without a cause."""
    return [target for target in action.for_ if isinstance(target, Occasion)]


def list_causes(action: Action) -> list[str]:
    """List the causes that an action is for."""
    return [target for target in action.for_ if not isinstance(target, Occasion)]
