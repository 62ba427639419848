"""The pipeline: all stages in a row, from files to an outcome on disk. The command line and Python both call it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from prism_rules.cache import Cache
from prism_rules.diagnosis import diagnose
from prism_rules.diagnostics import Route
from prism_rules.engines import Engine, Limits
from prism_rules.engines.isolation import open_engine
from prism_rules.engines.kept import open_kept
from prism_rules.evaluation import evaluate, find_as_of, write_moment
from prism_rules.evaluation.people import People, choose_people
from prism_rules.intake import Data, Intake, bind, check_unchanged
from prism_rules.intake.digests import Digests
from prism_rules.ledger import ActionState, Ledger, find_lost, read_ledger
from prism_rules.model.plan import FileDigest
from prism_rules.output import digest_bytes
from prism_rules.pipeline.recording import Outcome, find_recorded
from prism_rules.planning import Previous, make_plan
from prism_rules.planning.before import carry_plan, check_before, read_recorded, read_recorded_before
from prism_rules.planning.needs import list_anchors, list_expected
from prism_rules.planning.records import list_events, list_found
from prism_rules.program import Program, compile_program
from prism_rules.program.estimate import Estimate, estimate_program, write_chunks
from prism_rules.program.expressions import gate_expressions
from prism_rules.progress import Tell, tell_nobody
from prism_rules.progress.stages import Progress
from prism_rules.render import RENDERERS
from prism_rules.render.charts import TRENDS, draw_trends
from prism_rules.render.markdown import render_markdown
from prism_rules.ruleset import Resolved, list_needed_sources
from prism_rules.ruleset.people import find_unstable
from prism_rules.sql_gate import Gated

__all__ = ["NO_LEDGER", "Outcome", "estimate", "pick_data", "run", "run_stages", "write_command"]

D = TypeVar("D")
NO_LEDGER = Ledger(heads=(), entries={})


def run(
    resolved: Resolved,
    data: Mapping[str, Data],
    *,
    root: Path,
    confined: Collection[str] = (),
    as_of: datetime | None = None,
    ledger_folder: Path | None = None,
    heads: Sequence[str] | None = None,
    previous: Previous | None = None,
    limits: Limits | None = None,
    command: Callable[[datetime], str] = lambda moment: write_command(None, {}, as_of=moment),
    trusted: bool = False,
    cache: Cache | None = None,
    key: str | None = None,
    record: bool = False,
    tell: Tell = tell_nobody,
) -> Outcome:
    """Run every stage over files and rows.

    A ruleset with SQL of its own is evaluated in a limited child unless it is `trusted`. Of the ledger counts what its
    earlier `heads` follow, where they are given; without a `previous` plan it is the one recorded there. `command`
    writes, for the moment that was planned for, the command that makes the same plan. What a `cache` holds is not asked
    again; what is new waits in it to be saved. `key` makes the pseudonyms of annotators, `record` says that the outcome
    will be recorded, for which letters do not do. `tell` is told each phase. Raises `Refused` with exit 2 (ruleset),
    3 (data), 6 (a budget), 7 (integrity).
    """
    people = choose_people(resolved.model, key)
    if people.kind == "letters" and (unstable := [*find_unstable(resolved.model, recorded=record)]):
        raise resolved.refuse(unstable)
    gated = gate_expressions(resolved)
    digests = Digests(cache)
    progress = Progress(tell)
    opener = partial(open_engine, limits or Limits(), isolated=bool(gated) and not trusted, begin=progress.tell_scan)
    # The engine first: a child starts while the data is bound. With a cache it may not be needed at all.
    with open_kept(cache, digests.find, opener) if cache else opener() as engine:
        ledger = read_ledger(ledger_folder, heads=heads) if ledger_folder else NO_LEDGER
        outcome = run_stages(
            resolved, data, gated, engine, digests=digests, root=root, confined=confined, as_of=as_of,
            ledger=ledger, previous=previous, command=command, people=people, progress=progress,
        )  # fmt: skip
    if cache and not digests.settle():
        cache.new.clear()
    files = dict(outcome.files)
    if (trends := draw_trends(outcome.plan)) is not None:
        files[TRENDS] = trends.encode()
    # Where a report stands alone, as in a comment, its picture does not stand beside it.
    files["report.md"] = render_markdown(outcome.plan, trends=TRENDS if TRENDS in files else None).encode()
    plan = outcome.plan.model_copy(update={"files": _list_files(files)})
    files["plan.json"] = RENDERERS["json"](plan).encode()
    lost = resolved.locate(find_lost(resolved.model, plan.lost_history))
    return replace(outcome, plan=plan, files=files, warnings=lost)


def _list_files(files: Mapping[str, bytes]) -> tuple[FileDigest, ...]:
    return tuple(FileDigest(path=path, sha256=digest_bytes(files[path])) for path in sorted(files))


def run_stages(
    resolved: Resolved,
    data: Mapping[str, Data],
    gated: Mapping[Route, Gated],
    engine: Engine,
    *,
    digests: Digests,
    root: Path,
    confined: Collection[str] = (),
    as_of: datetime | None = None,
    ledger: Ledger = NO_LEDGER,
    previous: Previous | None = None,
    command: Callable[[datetime], str] = lambda moment: write_command(None, {}, as_of=moment),
    rules: Collection[str] | None = None,
    people: People | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Run every stage with an engine that is open; plan.json and the report are not written yet.

    Of `rules`, if they are given, the others are off: they are not measured and have no finding, so that what causes
    and gates ask of them is not known. Raises `Refused` as `run` does.
    """
    model, measured, progress = resolved.model, resolved, progress or Progress()
    if rules is not None:
        kept = {name: rule for name, rule in model.rules.items() if name in rules}
        measured = replace(resolved, model=model.model_copy(update={"rules": kept}))
    compiled = _compile(measured, data, gated, engine, digests, root, confined, as_of, ledger)
    intake, recorded, program = compiled
    progress.tell_bound(intake, program)
    moment = write_moment(program.as_of)
    if previous:
        check_before(model, previous, moment)
    before = carry_plan(model, previous) if previous else read_recorded_before(model, ledger, moment)
    evaluation = evaluate(
        measured, intake, program, engine, expected=list_expected(model, before, recorded.values()),
        derived_as_of=as_of is None, people=people,
    )  # fmt: skip
    progress.tell_measured(program, evaluation)
    diagnoses = diagnose(resolved, evaluation.findings)
    progress.tell_diagnosed(diagnoses)
    made = make_plan(
        resolved, intake, gated, evaluation, diagnoses, engine,
        ledger=ledger, recorded=recorded, previous=before, command=command(program.as_of),
    )  # fmt: skip
    progress.tell_planned(made)
    check_unchanged(intake)
    told = {finding.id: finding for finding in made.plan.findings}
    findings = [told.pop(finding.id, finding) for finding in evaluation.findings]
    events, found = list_events(made.plan, recorded, made.drawn, made.notes), list_found(made.plan)
    outcome = Outcome(
        made.plan, made.files, events, found, None, previous.digest if previous else None, (*findings, *told.values())
    )
    return replace(outcome, recorded=None if events else find_recorded(ledger, outcome))


def estimate(
    resolved: Resolved,
    data: Mapping[str, Data],
    *,
    root: Path,
    confined: Collection[str] = (),
    as_of: datetime | None = None,
    ledger_folder: Path | None = None,
    limits: Limits | None = None,
    trusted: bool = False,
) -> Estimate:
    """Estimate what `run` would read, without a cache, from what files tell of themselves.

    No digest is taken, and no row is read but for the moment of the plan, where `as_of` is not given. Raises
    `Refused` with exit 2 (ruleset), 3 (data), 6 (a budget), 7 (integrity).
    """
    gated = gate_expressions(resolved)
    with open_engine(limits or Limits(), isolated=bool(gated) and not trusted) as engine:
        digests = Digests(asked=False)
        ledger = read_ledger(ledger_folder) if ledger_folder else NO_LEDGER
        compiled = _compile(resolved, data, gated, engine, digests, root, confined, as_of, ledger)
        tables = engine.answer(write_chunks(compiled.intake))
    chunks = {name: table.iter_rows(named=True) for name, table in tables.items()}
    return estimate_program(resolved.model, compiled.intake, compiled.program, chunks)


class _Compiled(NamedTuple):
    """What a ruleset asks of its data at a moment, and what was decided before."""

    intake: Intake
    recorded: Mapping[str, ActionState]
    program: Program


def _compile(
    resolved: Resolved,
    data: Mapping[str, Data],
    gated: Mapping[Route, Gated],
    engine: Engine,
    digests: Digests,
    root: Path,
    confined: Collection[str],
    as_of: datetime | None,
    ledger: Ledger,
) -> _Compiled:
    model = resolved.model
    intake = bind(resolved, pick_data(resolved, data), engine, root=root, confined=confined, digests=digests)
    recorded = read_recorded(model, ledger)
    moment = as_of or find_as_of(model, intake, engine)
    program = compile_program(resolved, intake, gated, moment, list_anchors(model, recorded.values()))
    return _Compiled(intake, recorded, program)


def pick_data(resolved: Resolved, data: Mapping[str, D]) -> Mapping[str, D]:
    """Pick the data that selected rules read; all of it where none are selected, or where a source is not declared."""
    if not resolved.selected:
        return data
    needed = list_needed_sources(resolved.model)
    return {name: path for name, path in data.items() if name in needed or name not in resolved.model.sources}


def write_command(
    ruleset: str | None, data: Mapping[str, str], *, as_of: datetime, baseline: str | None = None,
    selected: Iterable[str] = (),
) -> str:  # fmt: skip
    """Write the command that makes the same plan, in one order: what decides a plan, not where it is written.

    The moment is among it even when it was taken from the data, which may have grown by the next time.
    """
    words = ["prism-rules", "plan", *([ruleset] if ruleset else [])]
    for name in sorted(data):
        words += ["--data", f"{name}={data[name]}"]
    for name in selected:
        words += ["--select", name]
    words += ["--as-of", write_moment(as_of)]
    if baseline is not None:
        words += ["--baseline", baseline]
    return shlex.join(words)
