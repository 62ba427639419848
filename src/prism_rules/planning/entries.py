"""Entries: what the plan says of one action, with its texts filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from prism_rules.diagnostics import Route
from prism_rules.escaping import MOST, escape_markdown, show_plain
from prism_rules.ledger import DECISIONS, next_state, write_decision
from prism_rules.model.calendar import read_calendar
from prism_rules.model.plan import ActionEntry, Finding
from prism_rules.model.ruleset import Ruleset
from prism_rules.planning.drawing import Draws, write_queue_entry
from prism_rules.planning.instances import Instance
from prism_rules.planning.stands import Stand
from prism_rules.ruleset import Resolved
from prism_rules.ruleset.contexts import choose_owner, describe_class


def write_action(
    resolved: Resolved, stand: Stand, draws: Draws, today: str, known: Mapping[str, Finding]
) -> ActionEntry:
    """Write an action's entry. `known` are the findings by id."""
    model = resolved.model
    instance = stand.instance
    action = model.actions[instance.name]
    recorded = instance.recorded
    episode = None if instance.reopened else recorded
    context = _build_context(model, instance, known)
    place: Route = ("actions", instance.name)
    drawn = draws.drawn.get(instance.id)
    due = _find_due(model, stand, today, waiting=draws.is_waiting(instance.id))
    owner = choose_owner(model, _fill(resolved, (*place, "owner"), context), instance.scope.get("class"))
    return ActionEntry(
        id=instance.id, action=instance.name, kind=action.kind, scope=instance.scope, covers=instance.covers,
        state=stand.shown, overdue=bool(due and due < today and stand.waits),
        title=_fill(resolved, (*place, "title"), context, escape=_shorten) or instance.name,
        steps=_fill(resolved, (*place, "steps"), context, escape=escape_markdown),
        owner=owner, due=due, priority=stand.priority, after=stand.after,
        opened_at=episode.opened_at if episode else None, episode=_count_episodes(instance),
        blocked_by=stand.blockers, acceptance=stand.acceptance,
        queue=write_queue_entry(
            instance.id, action.queue, drawn,
            priority=stand.priority, blocked=bool(stand.blockers), kept=_count_kept(stand),
        ) if action.queue and drawn else None,
        conflict=tuple(write_decision(recorded, step) for step in recorded.conflict) if recorded else (),
        history=tuple(write_decision(recorded, step) for step in recorded.history) if recorded else (),
        decidable=tuple(
            event for event in DECISIONS
            if next_state(stand.state, event, in_conflict=bool(recorded and recorded.conflict))
        ),
    )  # fmt: skip


def _find_due(model: Ruleset, stand: Stand, today: str, *, waiting: bool) -> str | None:
    """Find the day that was recorded for this episode, else the one that a plan of today would record.

    While a gate or the review budget keeps it from being worked on it has none: nobody is late who could not begin.
    """
    if stand.blockers:
        return None
    recorded = stand.instance.recorded
    if recorded and recorded.opening.due and stand.continues:
        return recorded.opening.due
    due = model.actions[stand.instance.name].due
    return read_calendar(model.governance).add(today, due) if due and stand.waits and not waiting else None


def _count_kept(stand: Stand) -> int:
    recorded = stand.instance.recorded
    return len(recorded.opening.rows) if recorded and stand.blockers and stand.continues else 0


def _count_episodes(instance: Instance) -> int:
    return (instance.recorded.episode if instance.recorded else 1) + instance.reopened


def _build_context(model: Ruleset, instance: Instance, known: Mapping[str, Finding]) -> dict[str, Any]:
    """Build what templates of actions may name; `prism_rules.ruleset.contexts` has its shape."""
    return {
        "scope": instance.scope,
        "class": describe_class(model, instance.scope.get("class")),
        "action": {"id": instance.id, "kind": model.actions[instance.name].kind},
        "covers": [
            d.model_dump(include={"cause", "title", "kind", "gap", "risk", "score", "scope"})
            for d in instance.diagnoses.values()
        ],
        "evidence": [
            {"title": name_rule(model, known[finding].rule)}
            | known[finding].model_dump(include={"rule", "status", "value", "n", "unit", "scope"})
            for finding in instance.evidence
        ],
        "question": model.question.model_dump(),
    }


def name_rule(model: Ruleset, rule: str) -> str:
    """Name a rule for people: its title, else its id in words."""
    return model.rules[rule].title or rule.replace("-", " ").capitalize()


def _fill(
    resolved: Resolved, route: Route, context: Mapping[str, Any], *, escape: Callable[[str], str] = str
) -> str | None:
    """Fill a template; None where there is none, or where nothing but blanks comes of it."""
    template = resolved.templates.get(route)
    # Plain fields are escaped whole by each format; in Markdown fields data is escaped as it is substituted.
    text = template.render(context, escape=escape) if template else ""
    return text if text.strip() else None


def _shorten(name: str) -> str:
    """Cut a long name as all places do, so that its digest is the same wherever it stands."""
    return name if len(name) <= MOST else show_plain(name)
