"""Plans from findings written by hand: "rule status dimension=value ... value n=40", over small rulesets and a ledger.

Everything between a finding and an action is real: the ruleset is loaded, causes are diagnosed, the ledger is written
and read. Only what data would have measured is made up here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from prism_rules.diagnosis import diagnose
from prism_rules.engines import Batch
from prism_rules.evaluation import Evaluation, Measurement, key_scope, write_moment
from prism_rules.evaluation.waiving import waive_findings
from prism_rules.intake import BoundSource, Intake
from prism_rules.ledger import Ledger, append_entry, read_ledger
from prism_rules.ledger.life import NOTES
from prism_rules.model.identity import make_id
from prism_rules.model.ledger import Event, InputUsed, RulesetUsed
from prism_rules.model.plan import BaselineValue, Finding, Input, Plan
from prism_rules.planning import Previous, make_plan, read_plan_before
from prism_rules.planning.before import carry_plan, read_recorded, read_recorded_before
from prism_rules.planning.needs import list_anchors
from prism_rules.planning.records import list_events, list_found
from prism_rules.ruleset import Resolved, effective_bounds, load_ruleset
from prism_rules.source import parse

NAME = "trial"
WEEK = timedelta(days=7)
SOURCES: dict[str, Any] = {
    "seen": {
        "role": "predictions",
        "fields": {"id": "id", "time": "time", "class": "class", "confidence": "confidence"},
        "dimensions": ["site"],
        "features": ["brightness", "contrast"],
    },
    "run": {
        "role": "predictions",
        "window": "all",
        "fields": {"id": "id", "time": "time", "class": "class", "confidence": "confidence"},
        "dimensions": ["site"],
    },
    "held": {"role": "validation", "fields": {"id": "id", "class": "class", "time": "time"}, "dimensions": ["site"]},
    "labels": {
        "role": "annotations",
        "fields": {"unit": "id", "annotator": "reviewer", "class": "class", "time": "time"},
    },
    "untimed": {"role": "validation", "fields": {"id": "id", "class": "class"}, "dimensions": ["site"]},
}


class NoEngine:
    """An engine for plans without queues: to ask it is a mistake."""

    def answer(self, batch: Batch) -> Mapping[str, Any]:
        raise AssertionError(f"asked for {batch.queries}")


class FiveRows:
    """An engine that finds five rows for every queue, or as many as are said."""

    def __init__(self, rows: int = 5) -> None:
        self.rows = rows
        self.asked: list[tuple[str, str]] = []

    def answer(self, batch: Batch) -> Mapping[str, Any]:
        self.asked += batch.queries
        rows = [(f"row-{number}", "*", self.rows, True) for number in range(self.rows)]
        schema = {"row_id": pl.String, "stratum": pl.String, "eligible": pl.Int64, "c0": pl.Boolean}
        return {name: pl.DataFrame(rows, schema=schema, orient="row") for name, _ in batch.queries}


def build_ruleset(parts: Mapping[str, Any]) -> Resolved:
    """Load a ruleset of `rules`, `causes`, `actions`, `waivers`, `governance`; what is always the same is filled in."""
    rules = {
        name: {"source": "seen", "metric": "mean_confidence", "warn": {"below": 0.8}, "fail": {"below": 0.75}} | rule
        for name, rule in parts["rules"].items()
    }
    document = {
        "apiVersion": "prism-rules/v1",
        "kind": "Ruleset",
        "metadata": {"name": NAME, "version": "1.0.0", "owners": ["@org/all"]} | parts.get("metadata", {}),
        "defaults": {"window": "7d"},
        "sources": {**SOURCES, **parts.get("sources", {})},
        "classes": parts.get("classes", {}),
        "rules": rules,
        "causes": {name: {"kind": "drift", **cause} for name, cause in parts["causes"].items()},
        "actions": {name: {"kind": "review", "title": name, **action} for name, action in parts["actions"].items()},
        "waivers": {
            name: {"by": "@org/reliability", "because": "agreed", **waiver}
            for name, waiver in parts.get("waivers", {}).items()
        },
        "question": parts.get("question", {}),
        "governance": parts.get("governance", {}),
    }
    return load_ruleset(parse(json.dumps(document).encode(), "trial.yaml"))


def read_name(text: str) -> tuple[str, dict[str, str], list[str]]:
    """Read "name dimension=value ... more": the name, the scope, and the words that are neither."""
    name, *words = text.split()
    scope = dict(
        word.split("=", 1) for word in words if "=" in word and not word.startswith(("n=", "from=", "base=", "since="))
    )
    return name, scope, [word for word in words if word.split("=", 1)[0] not in scope]


def write_name(name: str, scope: Mapping[str, str]) -> str:
    """Write a name and a scope as tests do."""
    return " ".join([name, *(f"{dimension}={value}" for dimension, value in sorted(scope.items()))])


def name_action(text: str) -> str:
    """Give the id of the action written "name dimension=value ..."."""
    name, scope, _ = read_name(text)
    return make_id("action", NAME, name, scope)


def read_finding(resolved: Resolved, text: str, as_of: datetime) -> Finding:
    """Read "rule status dimension=value ... value n=40 base=0.9 from=2026-02-22"; `waived:fail` hides `fail`."""
    rule, scope, words = read_name(text)
    word, _, of = words[0].partition("/")
    shown, _, hidden = word.partition(":")
    options = dict(word.split("=", 1) for word in words[1:] if "=" in word)
    values = [float(word) for word in words[1:] if "=" not in word]
    level = "warn" if shown == "warn" else "fail"
    bound = next((b for b in effective_bounds(resolved.model, rule) if b.level == level and not b.match), None)
    since = options.get("from", write_moment(as_of - WEEK))
    window = (None if since == "ever" else since, write_moment(as_of))
    base = None
    if "base" in options:
        base = BaselineValue(value=float(options["base"]), n=100, scope={}, source="held", window=window)
    name = resolved.model.metadata.name
    return Finding(
        id=make_id("finding", name, rule, scope), rule=rule, scope=scope, status=shown, unsure_of=of or None,
        hides=hidden or None, value=values[0] if values else None, n=int(options.get("n", "40")), unit="rows",
        bound=bound and bound_of(bound), baseline=base, window=window, since="1970-01-01",
    )  # type: ignore[arg-type]  # fmt: skip


def bound_of(bound: Any) -> Any:
    """Give a bound without what it matches, as findings hold it."""
    return {key: value for key, value in bound.model_dump().items() if key != "match"}


@dataclass
class Story:
    """A ruleset with its ledger and its last plan, moved on by plans that are recorded and by decisions."""

    resolved: Resolved
    ledger: Path
    previous: Previous | None = None
    events: tuple[Event, ...] = ()
    engine: NoEngine | FiveRows = field(default_factory=NoEngine)
    files: Mapping[str, bytes] = field(default_factory=dict)

    def plan(
        self, findings: Iterable[str], *, as_of: date | str = "2026-03-01", again: Iterable[str] = (),
        inputs: Mapping[str, str] | None = None, record: bool = True, remember: bool = False,
        heads: Sequence[str] | None = None,
    ) -> Plan:  # fmt: skip
        """Make a plan, and record it. `again` are second measurements, `inputs` are digests with the newest row.

        What changed is told against the last plan; to `remember` is to ask the ledger for it.
        """
        moment = datetime.fromisoformat(str(as_of)).replace(tzinfo=UTC)
        ledger = read_ledger(self.ledger, heads=heads)
        recorded = read_recorded(self.resolved.model, ledger)
        anchors = list_anchors(self.resolved.model, recorded.values())
        acceptance: dict[tuple[str, datetime], dict[Any, Measurement]] = {}
        for text in again:
            rule, scope, words = read_name(text)
            n = next((int(word[2:]) for word in words if word.startswith("n=")), 40)
            measured = Measurement(scope, (None, write_moment(moment)), float(words[0]), n)
            since = next((word[6:] for word in words if word.startswith("since=")), "")
            for anchor in {a.time for a in anchors if a.rule == rule and str(a.time).startswith(since)}:
                acceptance.setdefault((rule, anchor), {})[key_scope(scope)] = measured
        evaluation = Evaluation(
            moment,
            waive_findings(
                self.resolved.model, (read_finding(self.resolved, text, moment) for text in findings), moment
            ),
            {},
            tuple(read_input(name, text) for name, text in ({"seen": "first"} if inputs is None else inputs).items()),
            (),
            {"scan-1": "SELECT 1"},
            dict.fromkeys(self.resolved.model.rules, "scan-1"),
            acceptance,
        )
        if remember:
            previous = read_recorded_before(self.resolved.model, ledger, write_moment(moment))
        else:
            previous = self.previous and carry_plan(self.resolved.model, self.previous)
        diagnoses = diagnose(self.resolved, evaluation.findings)
        intake = Intake({name: BoundSource((), {}) for name in self.resolved.model.sources})
        made = make_plan(
            self.resolved,
            intake,
            {},
            evaluation,
            diagnoses,
            self.engine,
            ledger=ledger,
            recorded=recorded,
            previous=previous,
        )
        self.events = list_events(made.plan, recorded, made.drawn, made.notes)
        self.files = made.files
        if record:
            self.previous = read_plan_before(made.plan, "sha256:00")
            used = [InputUsed(source=entry.source, digest=entry.digest) for entry in made.plan.inputs]
            found = list_found(made.plan)
            self.append(self.events, inputs=used, as_of=made.plan.as_of, plan="sha256:00", found=found)
        return made.plan

    def read(self) -> Ledger:
        """Read the ledger as it is."""
        return read_ledger(self.ledger)

    def decide(self, text: str) -> None:
        """Decide "event action dimension=value ... time", as a person."""
        event, _, rest = text.partition(" ")
        name, scope, words = read_name(rest)
        at = words[0] if "T" in words[0] else f"{words[0]}T12:00:00Z"
        states = read_recorded(self.resolved.model, read_ledger(self.ledger)).values()
        known = [state.action for state in states if (state.name, state.scope) == (name, scope)]
        identity = known[0] if known else make_id("action", self.resolved.model.metadata.name, name, scope)
        decided = {"event": event, "action": identity, "name": name, "scope": scope}
        self.append([Event.model_validate({**decided, "by": "@org/reliability", "because": "agreed", "at": at})])

    def append(self, events: Iterable[Event], **more: Any) -> None:
        """Append events to the ledger."""
        used = RulesetUsed(name=self.resolved.model.metadata.name, version="1.0.0", digest=self.resolved.digest)
        append_entry(self.ledger, events=tuple(events), ruleset=used, **more)


def read_input(name: str, text: str) -> Input:
    """Read "digest" or "digest 2026-03-05", the day of the newest row."""
    digest, _, newest = text.partition(" ")
    to = f"{newest}T00:00:00Z" if newest else None
    return Input.model_validate({"source": name, "rows": 1, "digest": digest, "files": 1, "from": to, "to": to})


def tell_actions(plan: Plan) -> dict[str, dict[str, Any]]:
    """Tell each action in the words of the cases."""
    names = {entry.id: write_name(entry.action, entry.scope) for entry in plan.actions}
    told = {}
    for entry in plan.actions:
        blocked = [
            write_name(blocker.rule or "", blocker.scope).strip() + f": {blocker.because}"
            if blocker.action is None
            else f"{names[blocker.action]}: {blocker.because}"
            for blocker in entry.blocked_by
        ]
        accept = {
            write_name(part.rule, part.scope): [
                part.was,
                part.value,
                part.reason or ("holds" if part.holds else "fails"),
            ]
            for part in entry.acceptance
        }
        told[names[entry.id]] = {
            "state": entry.state, "blocked": blocked, "accept": accept, "due": entry.due, "overdue": entry.overdue,
            "owner": entry.owner, "priority": entry.priority, "after": [names[one] for one in entry.after],
            "episode": entry.episode, "covers": len(entry.covers), "title": entry.title,
            "rows": entry.queue and entry.queue.rows, "minutes": entry.queue and entry.queue.effort_minutes,
            "size": entry.queue and entry.queue.size, "escalated": entry.escalated_to,
            "unchanged": {write_name(a.rule, a.scope): [*a.unchanged] for a in entry.acceptance if a.unchanged},
        }  # fmt: skip
    return told


def tell_stuck(plan: Plan) -> list[str]:
    """Tell what is stuck: "rule scope: because, blocks action; action"."""
    names = {entry.id: write_name(entry.action, entry.scope) for entry in plan.actions}
    return [
        f"{write_name(one.rule, one.scope)}: {one.because}, blocks {'; '.join(names[b] for b in one.blocks)}"
        for one in plan.stuck
    ]


def tell_work(plan: Plan) -> dict[str, Any]:
    """Tell how the budget is spent: "budget", "planned", "finished"; per owner and of what waits [minutes, rows]."""
    names = {entry.id: write_name(entry.action, entry.scope) for entry in plan.actions}
    work = plan.governance
    assert work is not None
    return {
        "budget": work.budget_minutes,
        "planned": work.planned_minutes,
        "finished": work.finished_minutes,
        "owners": {owner: [asked.minutes, asked.rows] for owner, asked in work.per_owner.items()},
        "waits": {names[entry.action]: [entry.minutes, entry.rows] for entry in work.waits},
        "never": [names[entry.action] for entry in work.waits if entry.never],
    }


def tell_sampling(plan: Plan) -> dict[str, Any]:
    """Tell the sampling rate of each class: [rate, because, rows]."""
    return {each.class_: [each.rate, each.because, each.queue and each.queue.rows] for each in plan.qa_sampling}


def tell_events(events: Iterable[Event]) -> list[str]:
    """Tell what a plan records: "opened relabel class=a"; of what it notes also to whom and why."""
    told = []
    for event in events:
        why = f"{f' to {event.to}' if event.to else ''}: {event.because}" if event.event in NOTES else ""
        told.append(f"{event.event} {write_name(event.name, event.scope)}{why}")
    return told
