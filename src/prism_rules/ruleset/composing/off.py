"""Off: entries of parents that need a source, a field or a dimension that the ruleset does not declare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from prism_rules.diagnostics import Diagnostic, Problem, Route, Spot
from prism_rules.model.plan import Origin
from prism_rules.model.ruleset import FIELDS
from prism_rules.ruleset.checks import NEEDS
from prism_rules.ruleset.composing.expressions import find_missing_columns
from prism_rules.ruleset.composing.mentions import Mention, Pruning
from prism_rules.ruleset.composing.parts import Composition, Part
from prism_rules.ruleset.composing.roles import list_holders
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.form import name_place
from prism_rules.ruleset.resolved import Off, place_label
from prism_rules.source import find_label

_CODES = ("unknown-source", "unknown-dimension", "unknown-column", "metric-needs-field")
"""What is said where a source, a field or a dimension is wanting."""
_NO_CLASSES = "metric-dimension"
"""What is said of metrics about the taxonomy where no class is declared."""
_KINDS = {"rules": "rule", "causes": "cause", "actions": "action", "waivers": "waiver"}


def switch_off(composition: Composition, draft: Draft) -> tuple[Composition, list[Off], list[Diagnostic]]:
    """Leave out what cannot be evaluated here, and what rests on it; refuse names of it that are needed: `off-entry`.

    An entry is off where a parent says what it needs and leaves it to others to declare. What this file says itself
    must be there, and so must what a parent says of its own sources.
    """
    why: dict[Route, str] = {}
    for problem in _list_wants(draft):
        route = problem.spots[0].route
        entry = route[:2]
        if entry[0] in ("rules", "actions") and entry not in draft.shaken and _is_asked(composition, draft, problem):
            why.setdefault(entry, _say_want(composition, problem))
    if not why:
        return composition, [], []
    tree = composition.part

    def is_off(mention: Mention) -> bool:
        return (mention.section, mention.name) in why and mention.part.source is not composition.root

    while True:
        pruned = Pruning(tree, is_off)
        new = [entry for entry in pruned.void if entry not in why and entry[0] in _KINDS]
        if not new:
            break
        for entry in new:
            why[entry] = _say_why(entry, pruned)
    problems = list(_refuse_needed(composition, why, pruned))
    off = [
        Off(_KINDS[section], str(name), why[section, name], _place(composition, (section, name)))
        for section in _KINDS for name in composition.data.get(section, {}) if (section, name) in why
    ]  # fmt: skip
    return composition.turn(_leave_out(pruned.part, why)), off, problems


def _list_wants(draft: Draft) -> Iterator[Problem]:
    codes = _CODES if draft.model.classes else (*_CODES, _NO_CLASSES)
    for check in NEEDS:
        yield from (problem for problem in check(draft) if problem.code in codes)
    yield from find_missing_columns(draft)


def _is_asked(composition: Composition, draft: Draft, problem: Problem) -> bool:
    """Whether what is wanting is asked of whoever extends: not by this file, nor of sources that the asker declares."""
    route = problem.spots[0].route
    file = composition.find(route)[0]
    declared = composition.declared[file]
    if file is composition.root:
        return False
    if problem.code == "unknown-source":
        name = _look_up(composition, route)
        return not declared or name in declared or name in FIELDS
    return not declared & {*_list_sources(draft, route[:2])}


def _list_sources(draft: Draft, entry: Route) -> Iterator[str]:
    section, name = map(str, entry)
    if section == "rules":
        rule = draft.model.rules[name]
        yield rule.source
        if rule.baseline and rule.baseline.source:
            yield rule.baseline.source
    elif queue := draft.model.actions[name].queue:
        yield queue.from_


def _look_up(composition: Composition, route: Route) -> Any:
    found: Any = composition.data
    for step in route:
        found = found[step]
    return found


def _say_want(composition: Composition, problem: Problem) -> str:
    if problem.code == _NO_CLASSES:
        return f"{problem.message}: {problem.help}"
    if problem.code != "unknown-source":
        return problem.message
    name = _look_up(composition, problem.spots[0].route)
    meant = list_holders(composition).get(name, [])
    listed = " and ".join(f"`{source}`" for source in meant)
    return f"{listed} both hold {name}, and none is called so" if meant else f"there is no source `{name}`"


def _say_why(entry: Route, pruned: Pruning) -> str:
    names = dict.fromkeys(mention.name for mention in pruned.needed if mention.by == entry)
    listed = " and ".join(f"`{name}`" for name in names)
    return f"it rests on {listed}, which {'are' if len(names) > 1 else 'is'} off" if names else "nothing is left of it"


def _refuse_needed(composition: Composition, why: Mapping[Route, str], pruned: Pruning) -> Iterator[Diagnostic]:
    """Refuse gates that are off, and what this file names itself."""
    written = Pruning(
        composition.part, lambda found: (found.section, found.name) in why and found.part.source is composition.root
    )
    # Of what is taken over, only gates are left: a cause or an action that needs what is off is off itself.
    gates = [mention for mention in pruned.needed if mention.key == "requires" or mention.by[0] == "governance"]
    for mention in [*gates, *written.needed, *written.dropped]:
        if mention.by in why:
            continue
        kind = _KINDS[mention.section]
        message = (
            f"{name_place(mention.by)} needs the {kind} `{mention.name}`, which is off: "
            + why[mention.section, mention.name]
        )
        yield Diagnostic("off-entry", message, (mention.part.label("off"),), "declare what it needs, or take this out")


def _leave_out(tree: Part, why: Mapping[Route, str]) -> Part:
    sections = tree.open()
    for section in {str(entry[0]): None for entry in why}:
        entries = sections[section].open()
        left = {name: part for name, part in entries.items() if (section, name) not in why}
        sections[section] = sections[section].hold(left)
    return tree.hold(sections)


def _place(composition: Composition, route: Route) -> Origin:
    return place_label(find_label(Spot(route, at="key"), composition))
