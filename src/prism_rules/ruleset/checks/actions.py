"""Actions that know for what they are taken, that a gate can close, and that somebody owns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.model.ruleset import Action, Leaf, Occasion
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.effort import LEAST, count_minutes, find_budget, never_fits
from prism_rules.ruleset.grain import find_grain, list_scope
from prism_rules.ruleset.terms import list_gates, list_holds, list_terms


def check_grains(draft: Draft) -> Iterator[Problem]:
    """Hold an action to one grain, which its causes and its gates have: `action-grain`, `action-by`, `gate-grain`."""
    model = draft.model
    for name, action in model.actions.items():
        route: Route = ("actions", name)
        targets = list(_list_targets(draft, action, route))
        if "by" in action.model_fields_set:
            for index, dimension in enumerate(action.by):
                for target, by, place in targets:
                    if dimension not in by:
                        message = f"`{target}` has no `{dimension}`, per which `actions.{name}` is taken"
                        yield Problem(
                            "action-by",
                            message,
                            (Spot((*route, "by", index)), Spot(place, "told apart by " + (", ".join(by) or "nothing"))),
                            did_you_mean(dimension, by),
                        )
        elif len({frozenset(by) for _, by, _ in targets}) > 1:
            spots = [Spot(place, "told apart by " + (", ".join(by) or "nothing")) for _, by, place in targets]
            yield Problem(
                "action-grain",
                f"`actions.{name}` does not say per what it is taken, and its causes differ",
                (Spot(route, at="key"), *spots),
                "add `by: [...]`",
            )
            continue
        if len(targets) < len(action.for_):
            continue
        grain = find_grain(model, action)
        for hold, place in list_gates(action.requires, (*route, "requires")):
            rule = model.rules.get(hold.rule)
            left_out = [dimension for dimension in list_scope(rule) if dimension not in grain] if rule else []
            if left_out:
                message = f"the gate is judged by {', '.join(left_out)}, per which `actions.{name}` is not taken"
                yield Problem(
                    "gate-grain", message, (Spot(place),), f"add {', '.join(left_out)} to the `by` of the action"
                )


def check_gates(draft: Draft) -> Iterator[Problem]:
    """Warn of a gate that no action is there to open, or none once a warning shuts it: `gate-without-key`."""
    actions, rules = draft.model.actions, draft.model.rules
    keys: dict[str, list[Action]] = {}
    for action in actions.values():
        for rule, _ in list_holds(action.done_when):
            keys.setdefault(rule, []).append(action)
    for name, action in actions.items():
        for hold, place in list_gates(action.requires, ("actions", name, "requires")):
            if hold.rule not in rules:
                continue
            spots = (Spot(place),)
            if hold.rule not in keys:
                message = f"no action is done when `{hold.rule}` holds: once shut, this gate may stay shut"
                help = f"add an action with `done_when: [{hold.rule}]`"
                yield Problem("gate-without-key", message, spots, help, "warning")
            elif (
                hold.at == "pass" and rules[hold.rule].warn and not _opens_on_warning(draft, keys[hold.rule], hold.rule)
            ):
                message = f"a warning of `{hold.rule}` shuts this gate and opens no action that is done when it holds"
                help = f"let one begin on `{{rule: {hold.rule}, status: [warn, fail]}}`, or take `at: pass` out"
                yield Problem("gate-without-key", message, spots, help, "warning")


def _opens_on_warning(draft: Draft, keys: Iterable[Action], rule: str) -> bool:
    """Whether an action may be opened while a rule only warns; what rests on other rules, or on none, may."""
    for target in (target for key in keys for target in key.for_):
        cause = draft.model.causes.get(target) if isinstance(target, str) else None
        leaves: list[Leaf | Occasion] = [target] if isinstance(target, Occasion) else []
        leaves += [leaf for leaf, place in list_terms(cause.when, ()) if "none" not in place] if cause else []
        if not leaves or any(leaf.rule != rule or "warn" in leaf.statuses for leaf in leaves):
            return True
    return False


def check_idle_gates(draft: Draft) -> Iterator[Problem]:
    """Warn of a gate of experimental rules alone, which shuts nothing: `idle-gate`."""
    for name, action in draft.model.actions.items():
        rules = [draft.model.rules.get(rule) for rule, _ in list_holds(action.requires)]
        if rules and all(rule is not None and rule.status == "experimental" for rule in rules):
            message = f"no gate rests on experimental rules alone: this one never keeps `actions.{name}` back"
            help = "make a rule of it stable, or take `requires` out until then"
            spot = Spot(("actions", name, "requires"), at="key")
            yield Problem("idle-gate", message, (spot,), help, "warning")


def check_owners(draft: Draft) -> Iterator[Problem]:
    """Warn of actions that nobody owns: `no-owner`."""
    if not draft.model.metadata.owners:
        for name, action in draft.model.actions.items():
            if not action.owner:
                message = f"nobody owns `actions.{name}`"
                yield Problem(
                    "no-owner",
                    message,
                    (Spot(("actions", name), at="key"),),
                    "add `owner` here, or `owners` to the metadata",
                    "warning",
                )


def check_efforts(draft: Draft) -> Iterator[Problem]:
    """Refuse a review budget below a minute: `out-of-range`; warn of one that counts no queue, or has no room for one
    at any time: `no-effort`, `never-fits`."""
    governance, budget = draft.model.governance, find_budget(draft.model)
    if governance is None or budget is None:
        return
    queues = {name: action.queue for name, action in draft.model.actions.items() if action.queue}
    if not budget:
        spot = Spot(("governance", "review_budget"))
        yield Problem("out-of-range", "work is counted in minutes, and this is less than one", (spot,), "write `40h`")
        return
    for name, queue in queues.items():
        if never_fits(queue.effort, queue.size, budget):
            rows = min(queue.size, LEAST)
            message = (
                f"{rows} rows take {count_minutes(queue.effort, rows):,} min, more than the budget of {budget:,} min: "
                "this queue has rows only where fewer are found"
            )
            spots = (Spot(("actions", name, "queue", "effort")), Spot(("governance", "review_budget"), "the budget"))
            yield Problem("never-fits", message, spots, "raise `review_budget`, or ask for fewer rows", "warning")
    if not any(each.effort for each in (*queues.values(), governance.qa_sampling) if each):
        message = "nobody says how long a row of any queue takes, so the review budget counts nothing"
        spot = Spot(("governance", "review_budget"), at="key")
        yield Problem("no-effort", message, (spot,), "add `effort: 2m`, the time for one row, to queues", "warning")


def _list_targets(draft: Draft, action: Action, route: Route) -> Iterator[tuple[str, tuple[str, ...], Route]]:
    for index, target in enumerate(action.for_):
        place = (*route, "for", index)
        if isinstance(target, Occasion):
            if target.rule in draft.model.rules:
                yield target.rule, list_scope(draft.model.rules[target.rule]), place
        elif target in draft.model.causes:
            yield target, draft.model.causes[target].by, place
