"""Trying: what a rule finds in rows that are made up, and whether that is the finding which was asked for."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import Any

from prism_rules.diagnostics import Route
from prism_rules.engines import Engine
from prism_rules.evaluation import evaluate
from prism_rules.evaluation.people import People, choose_people
from prism_rules.intake import BoundSource, Column, DataFile, Intake
from prism_rules.intake.columns import SQL_TYPES
from prism_rules.model.plan import COMPARED, Bound, Finding, Scope
from prism_rules.model.ruleset import Kind, Ruleset
from prism_rules.program import compile_program
from prism_rules.program.people import write_salt
from prism_rules.ruleset import Resolved
from prism_rules.ruleset.grain import ANNOTATOR
from prism_rules.ruleset.judgement import find_limits
from prism_rules.ruletests.freezing.pieces import Rows
from prism_rules.ruletests.running import write_rows
from prism_rules.sql_gate import Gated

_TYPES: Mapping[Kind, str] = {"time": "TIMESTAMP WITH TIME ZONE"}
"""Kind -> the type in files of rows that are made up, where it is not that of clean columns."""


class Trial:
    """A ruleset of one rule, to be evaluated over rows at a moment, again and again, by one engine."""

    def __init__(
        self, resolved: Resolved, gated: Mapping[Route, Gated], engine: Engine, folder: Path, as_of: datetime
    ) -> None:
        self._resolved = resolved
        self._gated = gated
        self._engine = engine
        self._folder = folder
        self._as_of = as_of

    def find(self, rows: Rows, scope: Scope) -> Finding | None:
        """Find what the rule says at a scope. An annotator in it goes by the name that the rows have."""
        model = self._resolved.model
        intake = self._write(rows)
        program = compile_program(self._resolved, intake, self._gated, self._as_of)
        found = evaluate(self._resolved, intake, program, self._engine).findings
        shown = scope
        if ANNOTATOR in scope:
            people = {row[ANNOTATOR] for listed in rows.values() for row in listed if row.get(ANNOTATOR) is not None}
            shown = {**scope, ANNOTATOR: name_people(model, people).get(scope[ANNOTATOR], scope[ANNOTATOR])}
        return next((finding for finding in found if finding.scope == shown), None)

    def _write(self, rows: Rows) -> Intake:
        """Write rows to files that are like the data in all but their bytes: the same every time, so that the engine
        keeps its connection. It knows a file by its time, and one that was just written not even by that."""
        sources = {}
        for name, listed in rows.items():
            source = self._resolved.model.sources[name]
            path = self._folder / f"{name}.parquet"
            write_rows(source, listed, self._folder / "written")
            os.replace(self._folder / "written", path)
            digest: Future[str] = Future()
            digest.set_result("")
            file = DataFile(os.path.realpath(path), path.name, 0, 0, digest)
            kinds = {logical: source.name_kind(logical) for logical in source.columns}
            columns = {
                x: Column(source.columns[x], kind, _TYPES.get(kind, SQL_TYPES[kind])) for x, kind in kinds.items()
            }
            sources[name] = BoundSource((file,), columns, len(listed))
        return Intake(sources)


def name_people(model: Ruleset, names: Iterable[str], people: People | None = None) -> dict[str, str]:
    """Name annotators as findings tell them apart, in the order of their codes: as a plan does that `people` say, or as
    a rule test does, which has no key."""
    codes = {hashlib.sha256(f"{write_salt(model)}{name}".encode()).hexdigest(): name for name in names}
    how = people or choose_people(model)
    shown = {} if how.kind == "named" else how.name(codes)
    return {codes[code]: shown.get(code, codes[code]) for code in sorted(codes)}


def is_alike(one: Finding, other: Finding | None) -> bool:
    """Whether a finding is the one that was asked for: of the same status, for the same bound, crossed at one end."""
    return other is not None and _tell(one) == _tell(other)


def _tell(finding: Finding) -> tuple[Any, ...]:
    unjudged = finding.reason if finding.status == "no_data" else None
    decided = (finding.bound, finding.doubted) if finding.status != "pass" else ()
    told = tuple((bound.level, bound.origin, _find_end(bound, finding)) if bound else None for bound in decided)
    return finding.status, finding.hides, finding.unsure_of, unjudged, told


def _find_end(bound: Bound, finding: Finding) -> str | None:
    baseline = finding.baseline.value if finding.baseline else None
    value = finding.value
    if value is None or (baseline is None and (bound.kind in COMPARED or bound.relative)):
        return None
    low, high = find_limits(bound, baseline)
    moved = value - (baseline or 0.0) if bound.kind in COMPARED else value
    return "low" if moved < low else "high" if moved > high else None
