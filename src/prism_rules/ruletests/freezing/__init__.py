"""Freezing: the smallest rows that reproduce a finding of a plan, as a rule test.

Rows that are alike in what the rule reads are counted, and the counts reduced by trial, until nothing can be taken
away without losing the finding. People are `r1`, `r2`; ids are made up; only columns are kept that the rule reads.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.engines import Limits
from prism_rules.engines.isolation import open_engine
from prism_rules.evaluation import evaluate
from prism_rules.intake import bind
from prism_rules.model.moments import parse_moment
from prism_rules.model.plan import Finding, Plan, Scope
from prism_rules.pipeline import pick_data
from prism_rules.program import compile_program
from prism_rules.program.expressions import gate_expressions
from prism_rules.render.words import format_beside, name_scope
from prism_rules.ruleset import Resolved, select_rules
from prism_rules.ruleset.grain import ANNOTATOR
from prism_rules.ruletests.freezing.pieces import Form, Piece, list_rows, make_pieces, order_piece
from prism_rules.ruletests.freezing.reducing import Reduction
from prism_rules.ruletests.freezing.taking import Taking
from prism_rules.ruletests.freezing.trying import Trial, is_alike
from prism_rules.ruletests.freezing.writing import write_data, write_test

__all__ = ["Frozen", "freeze_finding"]

MOST_TRIALS = 400
"""Evaluations that the reduction may take."""
_VERBS = {"fail": "fails", "warn": "warns", "pass": "passes", "unsure": "is in doubt", "waived": "is waived"}


@dataclass(frozen=True, slots=True)
class Frozen:
    """A rule test that reproduces a finding."""

    text: str
    """A whole test file."""
    finding: Finding
    """What the rule says of the rows of the test: of the same status as the finding, not of the same value."""
    rows: int
    taken: int
    """How many rows the reduction began with."""
    trials: int
    early: bool
    """Whether it was stopped before nothing more could be taken away."""


def freeze_finding(
    resolved: Resolved,
    plan: Plan,
    finding_id: str,
    data: Mapping[str, str],
    *,
    root: Path,
    ruleset: str,
    confined: Collection[str] = (),
    limits: Limits | None = None,
    trials: int = MOST_TRIALS,
) -> Frozen:
    """Freeze a finding of a plan, or a pass: find the fewest rows of the data that give it, and write them as a test.

    `ruleset` is the path that the test names it by; `data`, `root` and `confined` are those that `pipeline.run` takes.
    Raises `Refused`: exit 2 (`unknown-finding`), exit 3 (`finding-gone`, where data or ruleset are not what they were,
    or where more than rows decides), or what evaluation raises.
    """
    selected = select_rules(resolved, [_find_rule(plan, finding_id)])
    as_of, gated = parse_moment(plan.as_of), gate_expressions(selected)
    with (
        open_engine(replace(limits or Limits(), threads=1), isolated=bool(gated)) as engine,
        tempfile.TemporaryDirectory(prefix="prism-rules-") as folder,
    ):
        intake = bind(selected, pick_data(selected, data), engine, root=root, confined=confined)
        program = compile_program(selected, intake, gated, as_of)
        findings = evaluate(selected, intake, program, engine).findings
        finding = _check_same(plan, next((one for one in findings if one.id == finding_id), None), finding_id)
        taking = Taking(selected.model, intake, gated, engine, as_of)
        trial = Trial(selected, gated, engine, Path(folder), as_of)
        return _reduce(selected, finding, taking, trial, trials, ruleset)


def _reduce(resolved: Resolved, finding: Finding, taking: Taking, trial: Trial, trials: int, ruleset: str) -> Frozen:
    model, frame = resolved.model, taking.frame
    for scope, rows in taking.list_takes(finding.scope):
        for form in _list_forms(taking, scope):
            made = make_pieces(model, frame, rows, form)
            pieces = sorted(made, key=order_piece)
            find = partial(_find, model, frame, trial, scope)
            if not is_alike(finding, find(pieces, [made[piece] for piece in pieces])):
                continue
            left, reduction = reduce_pieces(model, made, pieces, scope, lambda p, c, find=find: is_alike(finding, find(p, c)), trials)
            ...
    raise _refuse_gone(f"the rows of `{finding.id}` do not give it without the rest of their files", finding.id)


def _list_forms(taking: Taking, scope: Scope) -> Iterator[Form]:
    """List how much of rows to keep, the least first."""
    timed = any("time" in columns for columns in taking.columns.values())
    peopled = any(ANNOTATOR in columns for columns in taking.columns.values())
    for times in (False, True) if timed else (False,):
        for people in (False, True) if peopled else (False,):
            # Who it is about has to be the same person in every unit.
            if people or ANNOTATOR not in scope:
                yield Form(times, people)


def _find_rule(plan: Plan, finding_id: str) -> str:
    rules = {finding.id: finding.rule for finding in (*plan.findings, *plan.passes)}
    if finding_id not in rules:
        message = f"the plan has no finding `{finding_id}`"
        raise Refused([Diagnostic("unknown-finding", message, help=did_you_mean(finding_id, rules))], 2)
    return rules[finding_id]


def _check_same(plan: Plan, finding: Finding | None, finding_id: str) -> Finding:
    was = next((one.status for one in plan.findings if one.id == finding_id), "pass")
    if finding is None or finding.status != was:
        now = f"it is `{finding.status}` now" if finding else "there is nothing at its scope now"
        raise _refuse_gone(f"the plan has `{finding_id}` as `{was}`, and {now}", finding_id)
    return finding


def _refuse_gone(message: str, finding_id: str) -> Refused:
    help = "run `prism-rules plan` again and take a finding of that plan, or write the rows of the test by hand"
    return Refused([Diagnostic("finding-gone", message, context=finding_id, help=help)], 3)


def _name_test(finding: Finding, taking: Taking) -> str:
    verb = _VERBS.get(finding.status, f"is {finding.status.replace('_', ' ')}")
    value = f" at {format_beside(finding.value, finding.bound)}" if finding.value is not None else ""
    return f"{finding.rule} {verb} for {name_scope(finding.scope)}, as on {taking.as_of:%Y-%m-%d}{value}"
