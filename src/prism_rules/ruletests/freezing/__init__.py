"""Freezing: the smallest rows that reproduce a finding of a plan, as a rule test.

Rows that are alike in what the rule reads are counted, and the counts reduced by trial, until nothing can be taken
away without losing the finding. People are `r1`, `r2`; ids are made up; only columns are kept that the rule reads.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.engines import Limits
from prism_rules.engines.isolation import open_engine
from prism_rules.evaluation import evaluate
from prism_rules.evaluation.people import choose_people
from prism_rules.intake import bind
from prism_rules.model.moments import parse_moment
from prism_rules.model.plan import Finding, Plan, Scope, Slice
from prism_rules.model.ruleset import Ruleset
from prism_rules.model.ruletest import TestData
from prism_rules.pipeline import pick_data
from prism_rules.program import compile_program
from prism_rules.program.expressions import gate_expressions
from prism_rules.render.words import format_beside
from prism_rules.ruleset import Resolved, select_rules
from prism_rules.ruleset.grain import ANNOTATOR
from prism_rules.ruletests.freezing.pieces import (
    Form,
    Piece,
    list_rows,
    list_trimmed,
    make_pieces,
    order_piece,
    touches,
)
from prism_rules.ruletests.freezing.reducing import Reduction, Spent
from prism_rules.ruletests.freezing.taking import Taking
from prism_rules.ruletests.freezing.trying import Trial, is_alike
from prism_rules.ruletests.freezing.writing import write_data, write_test
from prism_rules.ruletests.rows import read_given
from prism_rules.wording import name_scope

__all__ = ["Frozen", "freeze_finding"]

MOST_TRIALS = 200
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
    key: str | None = None,
) -> Frozen:
    """Freeze a finding of a plan, or a pass: find the fewest rows of the data that give it, and write them as a test.

    `ruleset` is the path that the test names it by; `data`, `root`, `confined` and `key` are those that `pipeline.run`
    takes. Raises `Refused`: exit 2 (`unknown-finding`), exit 3 (`finding-gone`, where data or ruleset are not what they
    were, or where more than rows decides), or what evaluation raises.
    """
    selected = select_rules(resolved, [_find_rule(plan, finding_id)])
    as_of, gated, people = parse_moment(plan.as_of), gate_expressions(selected), choose_people(selected.model, key)
    with (
        open_engine(replace(limits or Limits(), threads=1), isolated=bool(gated)) as engine,
        tempfile.TemporaryDirectory(prefix="prism-rules-") as folder,
    ):
        intake = bind(selected, pick_data(selected, data), engine, root=root, confined=confined)
        program = compile_program(selected, intake, gated, as_of)
        findings = evaluate(selected, intake, program, engine, people=people).findings
        finding = _check_same(plan, next((one for one in findings if one.id == finding_id), None), finding_id)
        taking = Taking(selected.model, intake, gated, engine, as_of, people)
        trial = Trial(selected, gated, engine, Path(folder), as_of)
        search = _Search(selected.model, finding, taking, trial, finding.scope, trials)
        for search.scope, rows in taking.list_takes(finding.scope):
            for form in _list_forms(taking, search.scope):
                left = search.reduce(make_pieces(selected.model, taking.frame, rows, form), form)
                told = search.write(left)
                if told is not None:
                    data, reduced = told
                    name = _name_test(finding, as_of)
                    text = write_test(reduced, data, name=name, ruleset=ruleset, as_of=as_of)
                    kept = sum(len(piece) * count for piece, count in left.items())
                    taken = sum(map(len, rows.values()))
                    return Frozen(text, reduced, kept, taken, trials - search.trials, search.early)
    if not search.trials:
        message = f"no rows were found in {trials:,} trials that give `{finding_id}` by themselves"
        raise _refuse_gone(message, finding_id)
    raise _refuse_gone(f"the rows of `{finding_id}` do not give it without the rest of their files", finding_id)


@dataclass
class _Search:
    """The search for the fewest pieces that give a finding."""

    model: Ruleset
    finding: Finding
    taking: Taking
    trial: Trial
    scope: Scope
    trials: int
    """How many are left."""
    early: bool = False
    slices: tuple[Slice, ...] = ()
    """What stands out first in all rows, and is to stand out in few of them, too: else they tell another story."""

    def reduce(self, made: Mapping[Piece, int], form: Form) -> dict[Piece, int]:
        """Reduce pieces until nothing can be taken away; none are left where all of them do not give the finding."""
        left = dict(made)
        self.slices = ()
        try:
            whole = self._find(left)
            if whole is None or not is_alike(self.finding, whole):
                return {}
            # Annotators go by other letters where fewer of them are left.
            self.slices = tuple(told for told in whole.slices[:1] if ANNOTATOR not in told.of)
            left = self._reduce(left, Reduction.run)
            trimmed = self._trim(left, form)
            return trimmed if trimmed == left or self.early else self._reduce(trimmed, Reduction.finish)
        except Spent:
            return {}

    def write(self, left: Mapping[Piece, int]) -> tuple[Mapping[str, Any], Finding] | None:
        """Write pieces as a test's data, with what is found in the rows that a test reads; None if it is not that."""
        if not left:
            return None
        data = write_data(self.model, self.finding.rule, self.taking.frame, [*left.items()], self.taking.as_of)
        rows = {
            source: read_given(
                self.model, source, TestData.model_validate(given), as_of=self.taking.as_of,
                rules=[self.finding.rule], route=(), folder=Path(), root=Path(),
            ).rows
            for source, given in data.items()
        }  # fmt: skip
        found = self.trial.find(rows, self.scope)
        return (data, found) if found is not None and is_alike(self.finding, found) else None

    def _find(self, left: Mapping[Piece, int]) -> Finding | None:
        if self.trials <= 0:
            raise Spent
        self.trials -= 1
        return self.trial.find(list_rows(self.model, self.taking.frame, left.items()), self.scope)

    def _holds(self, left: Mapping[Piece, int]) -> bool:
        found = self._find(left)
        if found is None or not is_alike(self.finding, found):
            return False
        told = [(one.of, one.kind) for one in found.slices]
        return all((one.of, one.kind) in told for one in self.slices)

    def _reduce(self, left: Mapping[Piece, int], how: Callable[[Reduction], None]) -> dict[Piece, int]:
        pieces = sorted(left, key=order_piece)
        reduction = Reduction(
            # What lies elsewhere goes first.
            groups=[f"{int(touches(self.model, piece, self.scope))} {piece[0].source}" for piece in pieces],
            holds=lambda counts: self._holds({p: c for p, c in zip(pieces, counts, strict=True) if c}),
            best=tuple(left[piece] for piece in pieces),
        )
        try:
            how(reduction)
        except Spent:
            self.early = True
        return {piece: count for piece, count in zip(pieces, reduction.best, strict=True) if count}

    def _trim(self, left: Mapping[Piece, int], form: Form) -> dict[Piece, int]:
        """Cut rows out of pieces of several, such as the third label of every unit."""
        trimmed = dict(left)
        try:
            for piece in [*left] if not self.early else ():
                whole: Piece | None = piece
                while whole is not None:
                    cuts = list_trimmed(whole, form)
                    whole = next((rest for rest in cuts if self._replace(trimmed, whole, rest)), None)
        except Spent:
            self.early = True
        return trimmed

    def _replace(self, left: dict[Piece, int], piece: Piece, other: Piece) -> bool:
        """Let another piece stand for one in what is left, if that holds, and say so."""
        candidate = {one: count for one, count in left.items() if one != piece}
        candidate[other] = candidate.get(other, 0) + left[piece]
        if not self._holds(candidate):
            return False
        left.clear()
        left.update(candidate)
        return True


def _list_forms(taking: Taking, scope: Scope) -> Iterator[Form]:
    """List how much of rows to keep, the least first."""
    timed = any("time" in columns for columns in taking.columns.values())
    peopled = any(ANNOTATOR in columns for columns in taking.columns.values())
    for times in (False, True) if timed else (False,):
        for people in (False, True) if peopled else (False,):
            # Who it is about has to be the same person in every unit.
            if people or ANNOTATOR not in scope:
                yield from (Form(times, people, spare) for spare in (False, True))


def _find_rule(plan: Plan, finding_id: str) -> str:
    rules = {finding.id: finding.rule for finding in plan.findings} | {one.id: one.rule for one in plan.passes}
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


def _name_test(finding: Finding, as_of: datetime) -> str:
    verb = _VERBS.get(finding.status, f"is {finding.status.replace('_', ' ')}")
    value = f" at {format_beside(finding.value, finding.bound)}" if finding.value is not None else ""
    return f"{finding.rule} {verb} for {name_scope(finding.scope)}, as on {as_of:%Y-%m-%d}{value}"
