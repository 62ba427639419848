"""Planning: findings and causes become actions with gates, order, owners, due dates, queues and acceptance.

Which actions there are is decided by what opens them and by the ledger (`instances`), where they stand by their
acceptance and then by their gates (`stands`); what is still to be done gets its queue (`drawing`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from prism_rules import __version__
from prism_rules.diagnosis import Diagnoses
from prism_rules.diagnostics import Route
from prism_rules.engines import Engine
from prism_rules.evaluation import Evaluation, write_moment
from prism_rules.intake import Intake
from prism_rules.ledger import ActionState, Ledger, list_lost
from prism_rules.model.plan import (
    Cleared,
    Finding,
    HistoryPoint,
    LedgerRef,
    Passing,
    Plan,
    PreviousRef,
    RulesetRef,
    Tool,
)
from prism_rules.planning.before import find_later, read_plan_before, read_recorded
from prism_rules.planning.budget import write_governance
from prism_rules.planning.case import Case
from prism_rules.planning.changes import (
    compare_findings,
    list_cleared,
    narrow_plan,
    note_apart,
    rank_finding,
    set_apart,
)
from prism_rules.planning.drawing import bound_previews, draw_queues
from prism_rules.planning.earlier import Previous
from prism_rules.planning.entries import write_action
from prism_rules.planning.files import write_measurements, write_queue
from prism_rules.planning.instances import list_instances
from prism_rules.planning.notes import Note, Notes
from prism_rules.planning.sampling import list_samples, write_rate
from prism_rules.planning.stands import decide_stands
from prism_rules.planning.summary import count, find_worst, list_decisions, list_origins, write_rules
from prism_rules.planning.waivers import list_waivers
from prism_rules.queues import Drawn
from prism_rules.ruleset import Resolved
from prism_rules.sql_gate import Gated

__all__ = ["Made", "Previous", "make_plan", "read_plan_before"]


@dataclass(frozen=True, slots=True)
class Made:
    """A plan and the files that belong to it, but for plan.json and the report."""

    plan: Plan
    files: Mapping[str, bytes]
    drawn: Mapping[str, Drawn]
    """Action id -> the queue that was written for it, for the ledger to freeze."""
    notes: Mapping[str, Sequence[Note]]
    """Action id -> what is told of it now, for the ledger to keep."""


def make_plan(
    resolved: Resolved, intake: Intake, gated: Mapping[Route, Gated], evaluation: Evaluation, diagnoses: Diagnoses,
    engine: Engine, *, ledger: Ledger, recorded: Mapping[str, ActionState] | None = None,
    previous: Previous | None = None, command: str = "prism-rules plan",
) -> Made:  # fmt: skip
    """Make the plan: decide every action, draw its queue, and tell what changed.

    `recorded` is what `read_recorded` read of the ledger, and `previous` is under the names of today (`carry_plan`).
    The same ruleset, data, ledger heads, previous plan and `as_of` give the same plan, to the byte. Raises `Refused`:
    exit 6 (a template's `template-output`), or the engine's.
    """
    model = resolved.model
    last = set_apart(previous, evaluation.annotators) if previous else None
    if last and resolved.selected:
        last = narrow_plan(last, resolved.selected)
    as_of = write_moment(evaluation.as_of)
    recorded = read_recorded(model, ledger) if recorded is None else recorded
    findings = compare_findings(evaluation.findings, last, as_of[:10], evaluation.annotators)
    cleared = list_cleared(findings, last)
    case = Case(model, evaluation, ledger, recorded)
    stands, stuck = decide_stands(case, list_instances(case, diagnoses))
    samples = [] if resolved.selected else list_samples(model, evaluation)
    requests = [each.request for each in samples]
    draws = draw_queues(model, intake, gated, engine, stands, requests, evaluation.as_of, evaluation.people, recorded)
    known = {finding.id: finding for finding in findings}
    entries = bound_previews(write_action(resolved, stand, draws, as_of[:10], known) for stand in stands)
    watch = Notes(case, diagnoses, known, as_of[:10])
    noted = [watch.find(stand, entry) for stand, entry in zip(stands, entries, strict=True)]
    entries = [e.model_copy(update={"escalated_to": n.escalated_to}) for e, n in zip(entries, noted, strict=True)]
    rates = tuple(bound_previews(write_rate(sample, draws.drawn[sample.id]) for sample in samples))
    written = {entry.id: draws.drawn[entry.id] for entry in entries if entry.queue and entry.queue.path}
    files = {"measurements.parquet": write_measurements(evaluation.measurements)}
    for entry in entries:
        if entry.id in written:
            files |= write_queue(entry.id, written[entry.id], entry.priority)
    for sample in samples:
        if draws.drawn[sample.id].rows:
            files |= write_queue(sample.id, draws.drawn[sample.id])
    met = sorted((f for f in findings if f.status != "pass"), key=rank_finding)
    plan = Plan(
        tool=Tool(version=__version__), command=command,
        ruleset=RulesetRef(
            name=model.metadata.name, version=model.metadata.version, digest=resolved.digest, files=resolved.files),
        question=model.question, as_of=as_of,
        previous=PreviousRef(
            digest=previous.digest, as_of=previous.as_of,
            actions=None if previous.actions is None else dict(previous.actions),
        ) if previous else None,
        ledger=LedgerRef(heads=ledger.heads, later=find_later(model, ledger, as_of)),
        inputs=tuple(sorted(evaluation.inputs, key=lambda entry: entry.source)),
        intake=(*evaluation.notes, *note_apart(model, previous, evaluation.annotators)),
        annotators=evaluation.annotators,
        selected=resolved.selected, status=find_worst(findings),
        counts=count(findings, entries, cleared),
        scans=dict(evaluation.scans), rules=write_rules(model, evaluation.measured), origins=list_origins(resolved),
        findings=tuple(met),
        passes=tuple(
            Passing(id=f.id, rule=f.rule, scope=f.scope, value=f.value, n=f.n) for f in findings if f.status == "pass"),
        history=_write_history([*met, *cleared], last) if last else {},
        diagnoses=diagnoses.diagnoses, chain=diagnoses.chain, unexplained=diagnoses.unexplained, stuck=stuck,
        cleared=cleared, actions=tuple(entries), waivers=list_waivers(model, met, evaluation.as_of),
        decisions=list_decisions(ledger, recorded, last),
        lost_history=() if resolved.selected else list_lost(model, ledger), qa_sampling=rates,
        governance=None if resolved.selected else write_governance(
            model, entries, rates, draws.waits.values(), draws.finished),
    )  # fmt: skip
    notes = {entry.id: told.notes for entry, told in zip(entries, noted, strict=True)}
    return Made(plan, files, written, notes)


def _write_history(findings: Iterable[Finding | Cleared], last: Previous) -> dict[str, tuple[HistoryPoint, ...]]:
    return {
        finding.id: tuple(HistoryPoint.model_validate(point._asdict()) for point in last.history[finding.id])
        for finding in findings
        if finding.id in last.history
    }
