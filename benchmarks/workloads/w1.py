"""W1: signals. Ten metrics, each judged for 50 classes, and for 50 classes at 8 sites."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.cases import PROGRAM, SCRATCH, Case, Goal, Race, name_module
from benchmarks.data import AS_OF
from benchmarks.peers import name_script
from benchmarks.rulesets import Level, list_checks, list_rules, list_single_rules, write_ruleset
from benchmarks.workloads.files import name_data, read_numbers, write_checks, write_text

TITLE = "W1: ten metrics by class, and by class and site"
ABOUT = """Ten metrics (three means, five rates, a count, a 5% quantile) over 28 days of predictions, each with a bound
per class: 500 numbers by class, 4,500 by class and by class and site. Engine: from a validated ruleset to verdicts,
without imports. Peers are told the same checks one by one, over the same file."""

MILLION = 1_000_000
PROCESS = {MILLION: 0.45, 10 * MILLION: 1.2, 50 * MILLION: 4.5}
MIB_AT_MOST = {50 * MILLION: 250.0}
OTHER_BOUNDS = 0.3

PEERS = {
    "soda-core": "a dataset filter per class; its own pin of DuckDB, 1.0.0",
    "pandera": "a Python lambda per check, over Polars",
    "pointblank": "a frame per class over Polars, derived columns for the rates; 450 checks, no quantile",
    "datacontract-cli": "an SQL quality check per number; its own pin of DuckDB, 1.5.6",
    "great_expectations": "a batch per class over pandas, derived columns for the rates",
    "whylogs": "a profile segmented by class over pandas, derived columns for the rates; approximate quantile",
}
CLASS: tuple[Level, ...] = ("class",)
SHAPES: tuple[tuple[Level, ...], ...] = (CLASS, ("class", "site"))
QUICK = ("soda-core", "pandera")
LASTING = (*QUICK, "datacontract-cli", "great_expectations")


def list_races(full: bool) -> Iterator[Race]:
    """List the tables: by class, and with sites."""
    for rows in [*PROCESS] if full else [MILLION]:
        for levels in SHAPES:
            yield make_race(rows, levels, full)


def make_race(rows: int, levels: tuple[Level, ...], full: bool) -> Race:
    """Make one table: the limit, the stages, the command, the command with other bounds, and peers."""
    data, command = name_data(rows)
    name = f"w1-{'-'.join(levels)}"
    ruleset = write_text(f"{name}.yaml", write_ruleset(list_rules(levels)))
    other = write_text(f"{name}-other.yaml", write_ruleset(list_rules(levels, 1.01)))
    checks = write_checks(f"{name}.json", list_checks(levels))
    told = SCRATCH / f"{name}-numbers.json"
    read = partial(read_numbers, told)
    out = SCRATCH / "plan"
    numbers = 500 if levels == CLASS else 4500
    ratio = 1.25 if rows == MILLION else 1.1
    plan = write_plan(ruleset, data, out)
    cached = ("--cache", str(SCRATCH / "cache"))
    cases = [
        Case(
            "limit: hand-written SQL", name_module("limits.w1", data, checks), asked=("--numbers", str(told)), read=read
        ),
        Case(
            "**prism-rules**, its stages",
            name_module("program", ruleset, AS_OF, f"predictions={data}"),
            Goal(engine=ratio),
            asked=("--numbers", str(told)),
            read=read,
        ),
        Case("**prism-rules plan**", plan, Goal(process=PROCESS[rows], mib=MIB_AT_MOST.get(rows)), fresh=out),
        Case(
            "**prism-rules plan**, other bounds, same data",
            (*write_plan(other, data, out), *cached),
            Goal(process=OTHER_BOUNDS),
            note="with `--cache`, from answers that a run with the first bounds left there",
            before=(*plan, *cached),
            fresh=out,
        ),
    ]
    if levels == CLASS and rows == MILLION and full:
        single = write_text("w1-single.yaml", write_ruleset(list_single_rules()))
        note = "a rule and a `where` for each number"
        cases.append(Case("**prism-rules plan**, 500 rules", write_plan(single, data, out), note=note, fresh=out))
    cases += list_peer_cases(data, checks, levels, full, rows)
    return Race(f"{numbers:,} numbers, {rows // MILLION} M rows", tuple(cases), ((data, command),))


def list_peer_cases(data: Path, checks: Path, levels: tuple[Level, ...], full: bool, rows: int) -> list[Case]:
    """List the peers' cases: all by class at 1 M rows; beyond, and with sites, those that end within minutes."""
    match rows // MILLION, levels == CLASS:
        case 1, True:
            peers = tuple(PEERS) if full else QUICK
        case 1, False:
            peers = ("soda-core",) if full else ()
        case 10, True:
            peers = LASTING
        case _:
            peers = ()
    return [Case(peer, name_script(peer, "w1.py", data, checks), peer=peer, note=PEERS[peer]) for peer in peers]


def write_plan(ruleset: Path, data: Path, out: Path, name: str = "predictions") -> tuple[str, ...]:
    """Write the command that plans, as people call it. `name`: the source that the data is of."""
    source = f"{name}={data}"
    return (PROGRAM, "plan", str(ruleset), "--data", source, "--as-of", AS_OF, "--out", str(out), "--threads", "2")
