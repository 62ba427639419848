"""Governance of time: lengths that people can live with, days that count, and steps that tell somebody of something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.ruleset.checks.dimensions import check_value
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.turnaround import LONGEST, PLACE


def check_lengths(draft: Draft) -> Iterator[Problem]:
    """Refuse what is to be done in more than ten years: `out-of-range`."""
    for length, route in _list_lengths(draft):
        if length is not None and length > LONGEST:
            yield Problem("out-of-range", "nobody plans for more than ten years", (Spot(route),), "write less: `30d`")


def _list_lengths(draft: Draft) -> Iterator[tuple[timedelta | None, Route]]:
    for name, action in draft.model.actions.items():
        yield action.due, ("actions", name, "due")
    if governance := draft.model.governance:
        yield governance.turnaround, PLACE
        for index, step in enumerate(governance.escalation):
            yield step.when.overdue, ("governance", "escalation", index, "when", "overdue")


def check_days(draft: Draft) -> Iterator[Problem]:
    """Warn of holidays that change nothing, and refuse those that stand twice: `idle-holiday`, `repeated-entry`."""
    governance = draft.model.governance
    route: Route = ("governance", "holidays")
    if governance is None or ("governance", "days") in draft.shaken:
        return
    if governance.holidays and governance.days != "business":
        message = "every day counts here, so holidays change nothing"
        help = "add `days: business`, or take them out"
        yield Problem("idle-holiday", message, (Spot(route, at="key"),), help, "warning")
        return
    for index, day in enumerate(governance.holidays):
        first = governance.holidays.index(day)
        if first != index:
            spots = (Spot((*route, index)), Spot((*route, first), "first here"))
            yield Problem("repeated-entry", f"`{day}` stands here twice", spots, "take one out")
        elif date.fromisoformat(day).weekday() >= 5:
            message = f"{day} is a {date.fromisoformat(day):%A}, which is no business day anyway"
            help = "take it out, or write the day on which people are off instead"
            yield Problem("idle-holiday", message, (Spot((*route, index)),), help, "warning")


def check_escalation(draft: Draft) -> Iterator[Problem]:
    """Refuse steps that ask for nothing, stand twice or name no class: `empty-when`, `repeated-entry`, `unknown-class`;
    warn of one for what is late where nothing is due: `idle-escalation`."""
    model = draft.model
    steps = model.governance.escalation if model.governance else ()
    due = any(action.due for action in model.actions.values()) or ("actions",) in draft.shaken
    for index, step in enumerate(steps):
        route: Route = ("governance", "escalation", index)
        when = step.when
        if not (when.overdue or when.status or when.risk or when.class_):
            message = "this step asks for nothing, so that every action would be told"
            help = "say when: `overdue`, `status`, `risk` or `class`"
            yield Problem("empty-when", message, (Spot((*route, "when"), at="key"),), help)
        elif step in steps[:index]:
            spots = (Spot(route), Spot((*route[:-1], steps.index(step)), "first here"))
            yield Problem("repeated-entry", "this step stands here twice", spots, "take one out")
        for key, values in (("risk", when.risk), ("class", when.class_)):
            for value, count in Counter(values).items():
                if count > 1:
                    first, second = [place for place, other in enumerate(values) if other == value][:2]
                    spots = (Spot((*route, "when", key, second)), Spot((*route, "when", key, first), "first here"))
                    yield Problem("repeated-entry", f"`{value}` stands here twice", spots, "take one out")
        for place, pattern in enumerate(when.class_):
            yield from check_value(draft, "class", pattern, Spot((*route, "when", "class", place)))
        if when.overdue and not due:
            message = "no action has a `due`, so none is ever late, and this step tells nobody"
            spot = Spot((*route, "when", "overdue"), at="key")
            yield Problem("idle-escalation", message, (spot,), "give an action a `due`, or take this out", "warning")
