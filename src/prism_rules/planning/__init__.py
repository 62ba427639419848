"""Planning: findings and causes become actions with gates, order, owners, due dates, queues and acceptance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from prism_rules import __version__
from prism_rules.diagnosis import Diagnoses
from prism_rules.diagnostics import Route
from prism_rules.engines import Batch, Engine
from prism_rules.escaping import escape_markdown
from prism_rules.evaluation import Evaluation, write_moment
from prism_rules.intake import Intake
from prism_rules.ledger import ActionState, Ledger, fold
from prism_rules.metrics import METRICS
from prism_rules.model.plan import (
    Acceptance, ActionEntry, Blocker, Counts, Decision, Finding, Input, LedgerRef, Origin, Passing, Plan, PreviousRef, QueueEntry,
    RuleEntry, RulesetRef, Stratum, Tool,
)
from prism_rules.model.ruleset import Ruleset
from prism_rules.planning.changes import SEVERITY, compare_findings, list_cleared
from prism_rules.planning.files import write_measurements, write_queue
from prism_rules.planning.gates import Gates, settle_state
from prism_rules.planning.instances import Instance, list_instances
from prism_rules.program import write_views
from prism_rules.queues import Drawn, Request, digest_rows, draw, write_query
from prism_rules.ruleset import Resolved
from prism_rules.ruleset.judgement import effective_bounds
from prism_rules.sql_gate import Gated

LIVE = ("proposed", "open", "done")


@dataclass(frozen=True, slots=True)
class Previous:
    """The plan that changes are told against, and its digest."""

    plan: Plan
    digest: str


@dataclass(frozen=True, slots=True)
class Made:
    """A plan and the files that belong to it, but for plan.json and the report."""

    plan: Plan
    files: Mapping[str, bytes]
    drawn: Mapping[str, Drawn]
    """Action id -> the queue that was written for it, for the ledger to freeze."""


@dataclass(frozen=True, slots=True)
class Stand:
    """An action with everything decided about it but its queue."""

    instance: Instance
    state: str
    blockers: tuple[Blocker, ...]
    acceptance: tuple[Acceptance, ...]
    priority: int

    @property
    def shown(self) -> str:
        """The state people see: `blocked` in place of proposed or open while a gate is closed."""
        return "blocked" if self.blockers and self.state in ("proposed", "open") else self.state


def make_plan(
    resolved: Resolved, intake: Intake, gated: Mapping[Route, Gated], evaluation: Evaluation, diagnoses: Diagnoses, engine: Engine, *,
    ledger: Ledger, previous: Previous | None = None, command: str = "prism-rules plan",
) -> Made:
    """Make the plan: decide every action, draw its queue, and tell what changed.

    The same ruleset, data, ledger heads, previous plan and `as_of` give the same plan, to the byte.
    """
    model = resolved.model
    recorded = fold(ledger, model.metadata.name)
    today = evaluation.as_of.date()
    findings = compare_findings(evaluation.findings, previous.plan if previous else None, today.isoformat())
    instances = list_instances(model, findings, diagnoses, recorded, evaluation.as_of)
    gates = Gates(model, evaluation, instances, ledger)
    stands = order_stands(model, [_decide(gates, instance) for instance in instances])
    drawn = _draw_queues(model, intake, gated, engine, stands, evaluation)
    known = {finding.id: finding for finding in findings}
    entries = [_write_action(resolved, stand, drawn.get(stand.instance.id), today, stands, known) for stand in stands]
    files: dict[str, bytes] = {"measurements.parquet": write_measurements(evaluation.measurements)}
    written = {entry.id: drawn[entry.id] for entry in entries if entry.queue and entry.queue.path}
    for entry in entries:
        if entry.id in written:
            files.update(write_queue(entry, written[entry.id]))
    shown = sorted((f for f in findings if f.status != "pass"), key=lambda f: (-SEVERITY.get(f.status, 0), f.rule, sorted(f.scope.items())))
    blocked = [(s.instance, s.blockers) for s in stands if s.shown == "blocked"]
    working = [s.instance for s in stands if s.state in LIVE and s.shown != "blocked"]
    stuck = gates.list_stuck(blocked, working)
    plan = Plan(
        tool=Tool(version=__version__), command=command,
        ruleset=RulesetRef(name=model.metadata.name, version=model.metadata.version, digest=resolved.digest, files=resolved.files),
        question=model.question, as_of=write_moment(evaluation.as_of),
        previous=PreviousRef(digest=previous.digest, as_of=previous.plan.as_of) if previous else None,
        ledger=LedgerRef(heads=ledger.heads), inputs=_order_inputs(evaluation.inputs), intake=evaluation.notes,
        status=_find_worst(findings), counts=_count(findings, entries, previous.plan if previous else None),
        rules=_write_rules(model, evaluation), origins=_list_origins(resolved, findings),
        findings=tuple(shown), passes=tuple(
            Passing(id=f.id, rule=f.rule, scope=f.scope, value=f.value, n=f.n) for f in findings if f.status == "pass"),
        diagnoses=diagnoses.diagnoses, chain=diagnoses.chain, unexplained=diagnoses.unexplained, stuck=stuck,
        cleared=list_cleared(findings, previous.plan if previous else None), actions=tuple(entries),
        decisions=_list_decisions(ledger, recorded, previous),
    )
    return Made(plan, files, written)


def _decide(gates: Gates, instance: Instance) -> Stand:
    acceptance = gates.list_acceptance(instance)
    state = settle_state(instance, acceptance)
    blockers = gates.find_blockers(instance) if state in ("proposed", "open") else ()
    return Stand(instance, state, blockers, acceptance, 0)


def order_stands(model: Ruleset, stands: Sequence[Stand]) -> list[Stand]:
    """Order actions: what others come `after` first, then by the rank of what they cover, and number them from 1."""
    order = {name: index for index, name in enumerate(model.actions)}
    depth: dict[str, int] = {}

    def measure_depth(name: str) -> int:
        if name not in depth:
            depth[name] = 1 + max((measure_depth(before) for before in model.actions[name].after), default=-1)
        return depth[name]

    finished = ("verified", "closed", "rejected")
    ordered = sorted(stands, key=lambda s: (
        s.state in finished, measure_depth(s.instance.name), s.instance.rank, order[s.instance.name], sorted(s.instance.scope.items())))
    return [Stand(s.instance, s.state, s.blockers, s.acceptance, number) for number, s in enumerate(ordered, 1)]


def _draw_queues(
    model: Ruleset, intake: Intake, gated: Mapping[Route, Gated], engine: Engine, stands: Sequence[Stand], evaluation: Evaluation
) -> dict[str, Drawn]:
    requests = {}
    for stand in stands:
        queue = model.actions[stand.instance.name].queue
        if queue is not None and stand.state in ("proposed", "open"):
            requests[stand.instance.id] = _request(stand, queue)
    if not requests:
        return {}
    queries = tuple((identity, write_query(model, gated, request, evaluation.as_of)) for identity, request in requests.items())
    paths = tuple(file.path for file in intake.files)
    tables = engine.answer(Batch(paths, write_views(model, intake, evaluation.as_of), queries))
    return {identity: draw(request, tables[identity]) for identity, request in requests.items()}


def _request(stand: Stand, queue: Any) -> Request:
    recorded = stand.instance.recorded
    places = tuple(stand.instance.places)
    if recorded is None:
        return Request(stand.instance.id, stand.instance.name, queue, places)
    if recorded.opening.rows and not stand.instance.reopened:
        strata = tuple(Stratum(value=s.value, weight=float(s.weight), eligible=s.eligible, taken=s.taken) for s in recorded.opening.strata)
        return Request(stand.instance.id, stand.instance.name, queue, places, frozen=recorded.opening.rows, strata=strata)
    drawn = frozenset(row for step in recorded.history if step.event.opening for row in step.event.opening.rows)
    return Request(stand.instance.id, stand.instance.name, queue, places, drawn=drawn)


def _write_action(
    resolved: Resolved, stand: Stand, drawn: Drawn | None, today: date, stands: Sequence[Stand], known: Mapping[str, Finding]
) -> ActionEntry:
    model = resolved.model
    instance = stand.instance
    action = model.actions[instance.name]
    recorded = instance.recorded
    context = _build_context(model, instance, known)
    blocked = stand.shown == "blocked"
    opened_due = recorded.opening.due if recorded and not instance.reopened else None
    due = opened_due or (None if blocked or action.due is None else _add_days(today, action.due))
    owner = _render(resolved, ("actions", instance.name, "owner"), context, plain=True) or context["class"].get("owner")
    return ActionEntry(
        id=instance.id, action=instance.name, kind=action.kind, scope=instance.scope, covers=instance.covers, state=stand.shown,
        overdue=bool(due and due < today.isoformat() and stand.state in ("proposed", "open")),
        title=_render(resolved, ("actions", instance.name, "title"), context, plain=True) or instance.name,
        steps=_render(resolved, ("actions", instance.name, "steps"), context), owner=owner or next(iter(model.metadata.owners), None),
        due=due, priority=stand.priority, after=_list_predecessors(model, stand, stands),
        opened_at=recorded.opened_at if recorded else None,
        episode=(recorded.episode + (1 if instance.reopened else 0)) if recorded else 1,
        blocked_by=stand.blockers, acceptance=stand.acceptance, queue=_write_queue_entry(stand, action.queue, drawn),
    )


def _add_days(today: date, due: timedelta) -> str:
    # Whole days: a due date is a day, and half a day is the next one.
    return (today + timedelta(days=-(-int(due.total_seconds()) // 86_400))).isoformat()


def _list_predecessors(model: Ruleset, stand: Stand, stands: Sequence[Stand]) -> tuple[str, ...]:
    names = model.actions[stand.instance.name].after
    from prism_rules.model.scopes import add_family, agree

    scope = add_family(model, stand.instance.scope)
    return tuple(s.instance.id for s in stands if s.instance.name in names and agree(add_family(model, s.instance.scope), scope))


def _write_queue_entry(stand: Stand, queue: Any, drawn: Drawn | None) -> QueueEntry | None:
    if queue is None or drawn is None:
        return None
    blocked = stand.shown == "blocked"
    rows = () if blocked else drawn.rows
    minutes = -(-int(queue.effort.total_seconds() * len(rows)) // 60) if queue.effort else None
    return QueueEntry(
        path=f"queues/{stand.instance.id}.csv" if rows else None, source=queue.from_, rows=len(rows), size=queue.size,
        eligible=drawn.eligible, seed=queue.seed, digest=digest_rows(rows) if rows else None, effort_minutes=minutes,
        strata=tuple(s.model_copy(update={"taken": 0}) if blocked else s for s in drawn.strata) if queue.weights else (),
    )


def _build_context(model: Ruleset, instance: Instance, known: Mapping[str, Finding]) -> dict[str, Any]:
    evidence = [known[f] for f in dict.fromkeys(f for d in instance.diagnoses for f in d.evidence)] + instance.occasions
    name = instance.scope.get("class")
    declared = model.classes.get(name) if name else None
    of_class = {"id": name, **(declared.model_dump(include={"risk", "owner", "family"}) if declared else {})} if name else {}
    return {
        "scope": instance.scope, "class": of_class,
        "action": {"id": instance.id, "kind": model.actions[instance.name].kind},
        "covers": [{"cause": d.cause, "title": d.title, "kind": d.kind, "gap": d.gap, "risk": d.risk, "score": d.score, "scope": d.scope}
                   for d in instance.diagnoses],
        "evidence": [{"rule": f.rule, "title": model.rules[f.rule].title or f.rule, "status": f.status, "value": f.value, "n": f.n,
                      "unit": f.unit, "scope": f.scope} for f in evidence],
        "question": model.question.model_dump(),
    }


def _render(resolved: Resolved, route: Route, context: Mapping[str, Any], *, plain: bool = False) -> str | None:
    template = resolved.templates.get(route)
    # Plain fields are escaped whole by each format; in Markdown fields data is escaped as it is substituted.
    return template.render(context, escape=str if plain else escape_markdown) if template else None


def _find_worst(findings: Sequence[Finding]) -> Any:
    order = ("fail", "warn", "unsure", "no_data", "insufficient", "pass")
    statuses = {f.status for f in findings}
    return next((status for status in order if status in statuses), "no_data")


def _count(findings: Sequence[Finding], actions: Sequence[ActionEntry], previous: Plan | None) -> Counts:
    statuses = ("fail", "warn", "unsure", "insufficient", "no_data", "pass", "waived")
    states = ("proposed", "blocked", "open", "done", "verified", "closed", "rejected")
    changes = ("new", "worse", "same", "better", "lost")
    met = [f for f in findings if f.status != "pass"]
    counted = {c: sum(f.change == c for f in met if c != "new" or f.status in ("fail", "warn", "unsure")) for c in changes}
    return Counts(
        findings={s: sum(f.status == s for f in findings) for s in statuses},
        actions={s: sum(a.state == s for a in actions) for s in states},
        changes={**counted, "cleared": len(list_cleared(findings, previous))},
    )


def _write_rules(model: Ruleset, evaluation: Evaluation) -> dict[str, RuleEntry]:
    return {
        name: RuleEntry(
            title=rule.title or name.replace("-", " ").capitalize(), source=rule.source, metric=rule.metric, by=rule.by, status=rule.status,
            unit=METRICS[rule.metric].unit, sql=evaluation.sql[name], bounds=effective_bounds(model, name),
        )
        for name, rule in model.rules.items()
    }


def _list_origins(resolved: Resolved, findings: Sequence[Finding]) -> dict[str, Origin]:
    origins: dict[str, Origin] = {}
    for name in resolved.model.rules:
        for bound in effective_bounds(resolved.model, name):
            origins[bound.origin] = resolved.origin(bound.origin)
    return origins


def _order_inputs(inputs: Sequence[Input]) -> tuple[Input, ...]:
    return tuple(sorted(inputs, key=lambda entry: entry.source))


def _list_decisions(ledger: Ledger, recorded: Mapping[str, ActionState], previous: Previous | None) -> tuple[Decision, ...]:
    from prism_rules.ledger import DECISIONS
    from prism_rules.ledger.graph import restrict_ledger

    heads = [head for head in (previous.plan.ledger.heads if previous else ()) if head in ledger.entries]
    told = restrict_ledger(ledger, heads).entries if heads else {}
    order = {name: index for index, name in enumerate(ledger.entries)}
    decisions = [
        Decision(action=state.action, name=state.name, scope=state.scope, event=step.event.event, by=step.event.by,
                 because=step.event.because, at=step.event.at, entry=step.entry)
        for state in recorded.values() for step in state.history
        if step.event.event in DECISIONS and step.entry not in told
    ]
    return tuple(sorted(decisions, key=lambda d: (order[d.entry], d.action)))


__all__ = ["Made", "Previous", "make_plan"]
