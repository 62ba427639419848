"""Evaluation: measurements out of counted tables, and rules' judgement of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.engines import Engine
from prism_rules.evaluation.hiding import hide_few
from prism_rules.evaluation.judging import decide_holding, judge_rule, show_bound
from prism_rules.evaluation.measurement import Measurement, ScopeKey, key_scope, round_value, write_moment
from prism_rules.evaluation.measuring import measure_rules
from prism_rules.evaluation.people import People, choose_people, read_codes
from prism_rules.evaluation.survey import read_survey
from prism_rules.evaluation.waiving import waive_findings
from prism_rules.intake import Intake
from prism_rules.model.plan import Annotators, Finding, Input, IntakeNote, Scope
from prism_rules.model.ruleset import Ruleset
from prism_rules.model.scopes import NONE
from prism_rules.program import Program
from prism_rules.program.survey import list_streams, write_newest
from prism_rules.ruleset import Resolved
from prism_rules.ruleset.grain import ANNOTATOR

__all__ = [
    "Evaluation",
    "Measurement",
    "ScopeKey",
    "decide_holding",
    "evaluate",
    "find_as_of",
    "key_scope",
    "round_value",
    "show_bound",
    "write_moment",
]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the data says: every finding, passes too, and what intake met."""

    as_of: datetime
    findings: tuple[Finding, ...]
    measurements: Mapping[str, tuple[Measurement, ...]]
    """Rule -> a measurement for each of its scopes."""
    inputs: tuple[Input, ...]
    notes: tuple[IntakeNote, ...]
    scans: Mapping[str, str]
    """Id -> SELECT, of every scan that was made."""
    measured: Mapping[str, str]
    """Rule -> the id of the scan that measured it."""
    acceptance: Mapping[tuple[str, datetime], Mapping[ScopeKey, Measurement]] = field(default_factory=dict)
    """(rule, anchor) -> scope -> the second measurement, on rows from the anchor on."""
    people: Mapping[str, str] = field(default_factory=dict)
    """What the engine calls an annotator -> the pseudonym."""
    annotators: Annotators | None = None
    """How annotators are told apart, where they are."""


def find_as_of(model: Ruleset, intake: Intake, engine: Engine) -> datetime:
    """Find the first midnight UTC after the newest row of the streams that rules use.

    Raises `Refused` with exit 3 when no stream has a row with a time.
    """
    tables = engine.answer(write_newest(model, intake)) if list_streams(model, intake) else {}
    newest = [row for table in tables.values() if (row := table["newest"][0]) is not None]
    if not newest:
        raise Refused(
            [
                Diagnostic(
                    "no-as-of",
                    "no stream that rules use has a row with a time",
                    context="as_of",
                    help="give --as-of (in Python, `as_of`), such as 2026-03-01",
                )
            ],
            3,
        )
    last = datetime.fromtimestamp(max(newest) // 1_000_000, UTC)
    return last.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def evaluate(
    resolved: Resolved,
    intake: Intake,
    program: Program,
    engine: Engine,
    *,
    expected: Mapping[str, Iterable[Scope]] | None = None,
    derived_as_of: bool = False,
    people: People | None = None,
) -> Evaluation:
    """Measure everything once, then judge it.

    `expected` names, per rule, scopes that must have a finding even if no row was met there: those of the last plan
    that did not pass, and those of live actions. `derived_as_of` says that `as_of` was taken from the data and is
    doubted when hardly any row lies in the last window. `people` says how annotators are told apart; without it by
    letters, or as the ruleset says.

    Raises `Refused`: exit 3 (`implausible-as-of`, `ambiguous-lookup`), exit 6 (`too-many-scopes`), or the engine's.
    """
    model = resolved.model
    tables = engine.answer(program.batch)
    inputs, notes = read_survey(model, intake, program, tables, engine, derived_as_of)
    people, codes = people or choose_people(model), read_codes(tables)
    names = people.name(codes)
    if people.kind != "named":
        known = {NONE, *names.values()}
        expected = {
            rule: [scope for scope in scopes if scope.get(ANNOTATOR, NONE) in known]
            for rule, scopes in (expected or {}).items()
        }
    measured = measure_rules(model, program, tables, expected, names)
    if people.kind != "named":
        measured = {name: hide_few(model, name, mine) for name, mine in measured.items()}
    findings = [finding for name in model.rules for finding in judge_rule(resolved, name, measured[name])]
    return Evaluation(
        program.as_of,
        waive_findings(model, findings, program.as_of),
        {name: tuple(mine.steps[0].values()) for name, mine in measured.items()},
        inputs,
        notes,
        program.scans,
        {r.part.rule: r.scan for r in program.readings if r.part.side == "current" and not r.part.step},
        {(name, anchor): found for name, mine in measured.items() for anchor, found in mine.acceptance.items()},
        names,
        people.describe(model, codes),
    )
