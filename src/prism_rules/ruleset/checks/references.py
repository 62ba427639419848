"""Names that must exist: every id that one entry says of another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.model.ruleset import Action, Occasion, Ruleset
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.form import name_place
from prism_rules.ruleset.renames import Renames, list_renames, say_renamed
from prism_rules.ruleset.terms import list_gates, list_leaves
from prism_rules.ruleset.turnaround import NAME, is_built_in

NOUNS = {"sources": "source", "rules": "rule", "causes": "cause", "actions": "action"}


@dataclass(frozen=True, slots=True)
class Reference:
    """An id of another entry, and where it is said."""

    section: str
    name: str
    route: Route
    on_key: bool = False


def check_references(draft: Draft) -> Iterator[Problem]:
    """Refuse ids that no entry has: `unknown-source`, `unknown-rule`, `unknown-cause`, `unknown-action`."""
    renames = list_renames(draft.model)
    for reference in list_references(draft.model):
        if draft.knows(reference.section, reference.name):
            continue
        noun = NOUNS[reference.section]
        owner, article = name_place(reference.route[:2]), "an" if noun == "action" else "a"
        yield Problem(
            f"unknown-{noun}", f"{owner} names {article} {noun} that does not exist: `{reference.name}`",
            (Spot(reference.route, f"no {noun} has this id", "key" if reference.on_key else "value"),),
            _suggest(draft, reference, renames),
        )  # fmt: skip


def check_unread(draft: Draft) -> Iterator[Problem]:
    """Warn of rules that no cause and no action reads, in a ruleset that has causes: `unread-rule`."""
    read = [
        reference for reference in list_references(draft.model)
        if reference.section == "rules" and reference.route[0] != "waivers"
    ]  # fmt: skip
    unsettled = ("causes",) in draft.shaken or ("actions",) in draft.shaken
    if not draft.model.causes or unsettled or not all(draft.knows("rules", reference.name) for reference in read):
        return  # what reads the rule may be what is misspelt
    names = {reference.name for reference in read} | ({NAME} if is_built_in(draft.model) else set())
    for name in draft.model.rules.keys() - names:
        if draft.model.rules[name].status == "stable":
            spot = Spot(("rules", name), at="key")
            help = "name it under `against` or `any` of a cause, or let an action be `for: [{rule: ...}]`"
            yield Problem(
                "unread-rule",
                f"nothing reads `rules.{name}`: whatever it finds, it explains and starts nothing",
                (spot,),
                help,
                "warning",
            )


def list_references(model: Ruleset) -> Iterator[Reference]:
    """List every reference of a ruleset to a source, rule, cause or action."""
    for name, source in model.sources.items():
        yield from (Reference("sources", other, ("sources", name, "lookup", other), True) for other in source.lookup)
    for name, rule in model.rules.items():
        yield Reference("sources", rule.source, ("rules", name, "source"))
        if rule.baseline and rule.baseline.source:
            yield Reference("sources", rule.baseline.source, ("rules", name, "baseline", "source"))
    for name, cause in model.causes.items():
        yield from (Reference("rules", leaf.rule, route) for leaf, route in list_leaves(cause, ("causes", name)))
        yield from _list_ids("causes", cause.leads_to, ("causes", name, "leads_to"))
    for name, action in model.actions.items():
        yield from _list_action(action, ("actions", name))
    for name, waiver in model.waivers.items():
        yield Reference("rules", waiver.rule, ("waivers", name, "rule"))
    if model.governance and model.governance.qa_sampling:
        yield Reference("rules", model.governance.qa_sampling.rule, ("governance", "qa_sampling", "rule"))


def _list_action(action: Action, route: Route) -> Iterator[Reference]:
    for index, target in enumerate(action.for_):
        place = (*route, "for", index)
        if isinstance(target, Occasion):
            yield Reference("rules", target.rule, (*place, "rule"))
        else:
            yield Reference("causes", target, place)
    for key, gates in (("requires", action.requires), ("done_when", action.done_when)):
        yield from (Reference("rules", hold.rule, place) for hold, place in list_gates(gates, (*route, key)))
    yield from _list_ids("actions", action.after, (*route, "after"))
    if action.queue:
        yield Reference("sources", action.queue.from_, (*route, "queue", "from"))


def _list_ids(section: str, names: tuple[str, ...], route: Route) -> Iterator[Reference]:
    return (Reference(section, name, (*route, index)) for index, name in enumerate(names))


def _suggest(draft: Draft, reference: Reference, renames: Renames) -> str | None:
    if said := say_renamed(renames, reference.section, reference.name):
        return said
    for section, noun in NOUNS.items():
        if section != reference.section and reference.name in (draft.written[section] or ()):
            hint = (
                f", and `{{rule: {reference.name}}}` names it here"
                if reference.route[2:3] == ("for",) and noun == "rule"
                else ""
            )
            return f"`{reference.name}` is {'an' if noun == 'action' else 'a'} {noun}{hint}"
    return did_you_mean(reference.name, sorted(draft.written[reference.section] or ()))
