"""Running: a test's rows through the whole pipeline, over files that are gone again, with one engine for all tests."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Any

from prism_rules.diagnostics import Diagnostic, Refused, Route
from prism_rules.engines import Engine, Limits
from prism_rules.engines.isolation import open_engine
from prism_rules.escaping import show_plain
from prism_rules.intake.digests import Digests
from prism_rules.model.moments import parse_moment
from prism_rules.model.plan import Plan
from prism_rules.model.ruleset import Source
from prism_rules.model.ruletest import RuleTest
from prism_rules.pipeline import Outcome, run_stages
from prism_rules.planning import Previous, read_plan_before
from prism_rules.planning.changes import narrow_plan
from prism_rules.program.expressions import gate_expressions
from prism_rules.progress import Phase, Tell, tell_nobody
from prism_rules.ruleset import Resolved, list_needed_sources
from prism_rules.ruletests.choosing import read_choice
from prism_rules.ruletests.collecting import collect_files
from prism_rules.ruletests.comparing import Difference, compare
from prism_rules.ruletests.reading import Case, Suite, read_suite
from prism_rules.ruletests.rows import Row
from prism_rules.sql_gate import Gated

if TYPE_CHECKING:
    from prism_rules.ruletests.coverage import Coverage

_LIMITS = Limits(threads=1, memory_mb=512)
"""Tests are small: more threads would only be started."""
_NO_DIGEST = "sha256:test"


@dataclass(frozen=True, slots=True)
class Trial:
    """A test that was run, and how what came out differs from what it expects."""

    suite: Suite
    case: Case
    outcome: Outcome | None
    """None where the data could not be evaluated."""
    refused: tuple[Diagnostic, ...] = ()
    differences: tuple[Difference, ...] = ()

    @property
    def test(self) -> RuleTest:
        """What the test says."""
        return self.case.test

    @property
    def resolved(self) -> Resolved:
        """The ruleset, whole."""
        return self.suite.resolved

    @property
    def passed(self) -> bool:
        """Whether everything came out as expected."""
        return self.outcome is not None and not self.differences

    @property
    def off(self) -> tuple[str, ...]:
        """The rules that were off."""
        return tuple(name for name in self.resolved.model.rules if name not in self.case.rules)


class Runner:
    """Runs tests one after the other. A context: what it opens is closed at its end."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._engines: dict[bool, Engine] = {}
        self._gated: dict[Path, Mapping[Route, Gated]] = {}
        self._folders: dict[Path, Path] = {}
        self._outcomes: dict[tuple[Path, str], Outcome | Refused] = {}

    def __enter__(self) -> Runner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def prepare(self, suite: Suite) -> None:
        """Look at a ruleset's SQL, and start the engine that its tests need. Raises `Refused` (exit 2)."""
        if suite.path not in self._gated:
            gated = self._gated[suite.path] = gate_expressions(suite.resolved)
            # One for all tests of a file: while its files go by the same names, the engine keeps its connection.
            folder = self._stack.enter_context(TemporaryDirectory(prefix="prism-rules-test-"))
            self._folders[suite.path] = Path(folder)
            # An author's SQL runs where it can reach nothing, as in a plan.
            isolated = bool(gated)
            if isolated not in self._engines:
                self._engines[isolated] = self._stack.enter_context(open_engine(_LIMITS, isolated=isolated))

    def run(self, suite: Suite, case: Case) -> Trial:
        """Run a test, after those that it says it follows. Raises `Refused` (exit 2) for the ruleset's SQL."""
        self.prepare(suite)
        outcome = self._find_outcome(suite, case)
        if isinstance(outcome, Refused):
            return Trial(suite, case, None, tuple(outcome.diagnostics))
        return Trial(suite, case, outcome, (), tuple(compare(case, outcome, suite.source)))

    def _find_outcome(self, suite: Suite, case: Case) -> Outcome | Refused:
        key = suite.path, case.test.name
        if key not in self._outcomes:
            try:
                self._outcomes[key] = self._evaluate(suite, case)
            except Refused as refused:
                self._outcomes[key] = refused
        return self._outcomes[key]

    def _evaluate(self, suite: Suite, case: Case) -> Outcome:
        gated = self._gated[suite.path]
        previous = self._find_previous(suite, case)
        return run_stages(
            suite.resolved,
            dict(_write_data(suite.resolved, case, self._folders[suite.path])),
            gated,
            self._engines[bool(gated)],
            digests=Digests(),
            root=Path(),
            as_of=parse_moment(case.test.as_of),
            ledger=case.ledger,
            previous=previous,
            rules=case.rules,
        )

    def _find_previous(self, suite: Suite, case: Case) -> Previous | None:
        plan = case.previous
        if isinstance(plan, str):
            before = next(each for each in suite.cases if each.test.name == plan)
            outcome = self._find_outcome(suite, before)
            if isinstance(outcome, Refused):
                raise outcome
            plan = outcome.plan
        return narrow_plan(read_plan_before(plan, _NO_DIGEST), case.rules) if isinstance(plan, Plan) else None


def _write_data(resolved: Resolved, case: Case, folder: Path) -> Iterator[tuple[str, str]]:
    """Write a file per source that is read, without a row where none is given; give what `bind` takes."""
    model = resolved.model
    rules = {name: model.rules[name] for name in case.rules}
    for name in list_needed_sources(model.model_copy(update={"rules": rules})):
        given = case.data.get(name)
        if given and given.file:
            yield name, os.path.relpath(given.file)
            continue
        path = folder / f"{name}.parquet"
        write_rows(model.sources[name], given.rows if given else [], path)
        yield name, str(path)


def write_rows(source: Source, rows: Sequence[Row], path: Path) -> None:
    """Write rows to Parquet in every column that a source declares; what they do not give is null."""
    import polars as pl

    types: dict[str, Any] = {
        "text": pl.String, "time": pl.Datetime("us", "UTC"), "number": pl.Float64, "flag": pl.Boolean
    }  # fmt: skip
    data: dict[str, list[Any]] = {}
    for logical, physical in source.columns.items():
        values = [row.get(logical) for row in rows]
        if physical in data:
            # Two names of one column: it holds what either was given.
            values = [one if one is not None else other for one, other in zip(values, data[physical], strict=True)]
        data[physical] = values
    schema = {physical: types[source.name_kind(logical)] for logical, physical in source.columns.items()}
    pl.DataFrame(data, schema=schema, strict=False).write_parquet(path, compression="uncompressed")


def read_suites(paths: Iterable[Path]) -> list[Suite]:
    """Read all files of rule tests. Raises `Refused` (exit 2 or 7) with the problems of all of them."""
    suites: list[Suite] = []
    found: dict[Diagnostic, None] = {}
    exit_code = 2
    for path in collect_files(paths):
        try:
            suites.append(read_suite(path))
        except Refused as refused:
            # Files of one ruleset tell its problems once.
            found |= dict.fromkeys(refused.diagnostics)
            exit_code = max(exit_code, refused.exit_code)
    if found:
        raise Refused([*found], exit_code)
    return suites


def run_suites(suites: Iterable[Suite], choice: str | None = None, tell: Tell = tell_nobody) -> list[Trial]:
    """Run the tests whose names are chosen, each told of before it runs. Raises `Refused` (exit 2)."""
    try:
        chosen = read_choice(choice) if choice else None
    except ValueError as error:
        help = "write it like 'gate and not waiver'"
        raise Refused([Diagnostic("usage", f"-k {choice}: {error}", help=help)]) from error
    picked = [
        (suite, case)
        for suite in suites
        for case in suite.cases
        if chosen is None or chosen(f"{suite.path.name} {case.test.name}")
    ]
    trials = []
    with Runner() as runner:
        for number, (suite, case) in enumerate(picked, 1):
            tell(Phase(f"running test {number:,} of {len(picked):,}: {show_plain(case.test.name)}"))
            trials.append(runner.run(suite, case))
    return trials


def measure_trials(trials: Iterable[Trial]) -> list[Coverage]:
    """Measure what tests try of each ruleset that they are about."""
    from prism_rules.ruletests.coverage import measure_coverage

    rulesets: dict[str, list[Trial]] = {}
    for trial in trials:
        rulesets.setdefault(trial.resolved.files[0].path, []).append(trial)
    return [
        measure_coverage(mine[0].resolved, [trial.outcome for trial in mine if trial.outcome])
        for mine in rulesets.values()
    ]
