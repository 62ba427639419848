"""The rule `turnaround`, which `governance.turnaround` brings along: signals of feedback reach a queue in time.

It is put among the rules once, as the ruleset is read, so that checks, causes, plans and pages see a rule like others.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from prism_rules.diagnostics import Problem, Route, Spot
from prism_rules.metrics import METRICS
from prism_rules.model.frozen import format_duration
from prism_rules.model.ruleset import Rule, Ruleset
from prism_rules.ruleset.draft import Draft
from prism_rules.ruleset.windows import find_length
from prism_rules.source import Document, Source

NAME = "turnaround"
PLACE: Route = ("governance", NAME)
LATE = 0.05
"""The share of late signals above which it fails: the stricter end of what is usual for `late_share`."""
LONGEST = timedelta(days=3650)
"""Nothing that people are to do may take longer."""


def is_built_in(model: Ruleset) -> bool:
    """Whether the rule `turnaround` of a ruleset is the one that governance brings along, not one that is written."""
    rule = model.rules.get(NAME)
    return rule is not None and _is_asked(model) and rule == Rule.model_validate(_write_rule(model, rule.source))


def add_turnaround(document: Document, draft: Draft) -> tuple[Document, Draft, list[Problem]]:
    """Put the rule among those of a ruleset that asks for it and has none of that name.

    It stands where `governance.turnaround` does. Without exactly one source of feedback that has `routed_at` it is
    refused (`turnaround-source`); where a parent asks for it and there is no such source, it is off like other rules.
    """
    model = draft.model
    if model.governance is None or model.governance.turnaround is None or draft.knows("rules", NAME):
        return document, draft, []
    rules = draft.written["rules"] or frozenset()
    # Who reads it reads what is meant to be there.
    known = replace(draft, written={**draft.written, "rules": rules | {NAME}})
    if not _is_asked(model):
        return document, known, []
    feedback = [name for name, source in model.sources.items() if source.role == "feedback"]
    able = [name for name in feedback if "routed_at" in model.sources[name].fields]
    wanted = able or ([*feedback, "feedback"][:1] if _is_taken_over(document) else [])
    if len(wanted) != 1:
        return document, known, [] if ("sources",) in draft.shaken else [_refuse(able, feedback)]
    rule = _write_rule(model, wanted[0])
    entry = Rule.model_validate(rule)
    model = model.model_copy(update={"rules": {**model.rules, NAME: entry}})
    return _insert(document, rule), replace(known, model=model), []


def _is_asked(model: Ruleset) -> bool:
    within = model.governance.turnaround if model.governance else None
    return within is not None and within <= LONGEST


def _write_rule(model: Ruleset, source: str) -> dict[str, Any]:
    governance = model.governance
    assert governance is not None
    assert governance.turnaround is not None
    within = governance.turnaround
    asked: dict[str, Any] = {"within": format_duration(within)}
    if governance.days == "business":
        asked |= {"days": "business"}
        asked |= {"holidays": sorted({*governance.holidays})} if governance.holidays else {}
    rule = {"title": "Signals reach a queue in time", "source": source, "metric": "late_share", "with": asked}
    metric = METRICS["late_share"]
    window = find_length(model, source) if source in model.sources else None
    waits = metric.waits(metric.ask(asked, None, ())) or timedelta()
    if window is None or (isinstance(window, timedelta) and window <= waits):
        rule["window"] = format_duration(4 * within)
    return {**rule, "fail": {"above": LATE}}


def _is_taken_over(document: Document) -> bool:
    from prism_rules.ruleset.composing.parts import Composition

    return isinstance(document, Composition) and document.find(PLACE)[0] is not document.root


def _refuse(able: list[str], feedback: list[str]) -> Problem:
    if able:
        listed = " and ".join(f"`{name}`" for name in able)
        message = f"{listed} hold feedback with `routed_at`, and this does not say of which it is the turnaround"
        help = f"write `rules.{NAME}` yourself, with the metric `late_share` and the `source` that is meant"
    else:
        message = "no source of feedback has `routed_at`, so nobody can tell when a signal reached a queue"
        where = f"source `{feedback[0]}`" if len(feedback) == 1 else "source with `role: feedback`"
        help = f"add `routed_at: <column>` to the fields of the {where}, or take this out"
    return Problem("turnaround-source", message, (Spot(PLACE),), help)


def _insert(document: Document, rule: dict[str, Any]) -> Document:
    from prism_rules.ruleset.composing.parts import Composition, Part

    if isinstance(document, Source):
        document = Composition(document, (document,), Part(document.data, document, ()), {})
    assert isinstance(document, Composition)
    sections = document.part.open()
    source, route = document.find(PLACE)
    rules = sections.get("rules", Part({}, source, route))
    sections["rules"] = rules.hold({**rules.open(), NAME: Part(rule, source, route)})
    return document.turn(document.part.hold(sections))
