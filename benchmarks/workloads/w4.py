"""W4: start-up and many rules. `--help`, `check` of 50, 1,000 and 10,000 rules, `plan` of as many on 200 rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.cases import BUILD, PROGRAM, SCRATCH, Case, Goal, Numbers, Race
from benchmarks.peers import find_python, name_script
from benchmarks.rulesets import list_many_checks, list_many_rules, write_ruleset
from benchmarks.workloads.files import name_data, read_numbers, write_checks, write_text
from benchmarks.workloads.w1 import write_plan

TITLE = "W4: start-up and many rules"
ABOUT = """Whole processes, as people call them; start-up is what is measured. Every rule asks for one of the ten
metrics of W1 over all rows, with a bound of its own."""

ROWS = 200
HELP = 0.08
CHECK = {50: 0.25, 1_000: 0.4, 10_000: 2.0}
PLAN = {1_000: 0.5, 10_000: 2.5}
LIMITS = str(Path(__file__).parents[1] / "limits" / "w4.py")


def list_races(full: bool) -> Iterator[Race]:
    """List the tables: help, check, plan."""
    yield make_help()
    for count in CHECK:
        yield make_check(count, full or count <= 1_000)
    for count in PLAN:
        yield make_plan(count, full or count == 1_000)


def name_limit(*arguments: str | Path) -> tuple[str, ...]:
    """Name the command of the limit, which has parsers of its own."""
    return (find_python("limits"), LIMITS, *map(str, arguments))


def name_tool(peer: str, tool: str, *arguments: str | Path) -> tuple[str, ...]:
    """Name the command of a peer's own tool."""
    return (str(BUILD / "peers" / peer / "bin" / tool), *map(str, arguments))


def make_help() -> Race:
    """Make the table of `--help`."""
    return Race(
        "`--help`",
        (
            Case("limit: click, eight commands", name_limit("--help"), peer="limits"),
            Case("**prism-rules --help**", (PROGRAM, "--help"), Goal(process=HELP)),
            Case("soda --help", name_tool("soda-core", "soda", "--help"), peer="soda-core"),
            Case("datacontract --help", name_tool("datacontract-cli", "datacontract", "--help"),
                 peer="datacontract-cli"),
        ),
        runs=7,
    )  # fmt: skip


def make_check(count: int, peers: bool) -> Race:
    """Make the table of `check`."""
    ruleset = write_text(f"w4-{count}.yaml", write_ruleset(list_many_rules(count)))
    data, _ = name_data(ROWS)
    checks = write_checks(f"w4-{count}.json", list_many_checks(count))
    contract = SCRATCH / "w4.odcs.yaml"
    lint = Case(
        "datacontract lint",
        name_tool("datacontract-cli", "datacontract", "lint", contract),
        peer="datacontract-cli",
        before=name_script("datacontract-cli", "write.py", data, checks, contract),
    )
    return Race(
        f"`check` of {count:,} rules",
        (
            Case("limit: ryaml and msgspec", name_limit("check", ruleset), peer="limits"),
            Case("**prism-rules check**", (PROGRAM, "check", str(ruleset)), Goal(process=CHECK[count])),
            *([lint] if peers else []),
        ),
    )  # fmt: skip


def make_plan(count: int, peers: bool) -> Race:
    """Make the table of `plan` on tiny data."""
    data, command = name_data(ROWS)
    ruleset = write_text(f"w4-{count}.yaml", write_ruleset(list_many_rules(count)))
    checks = write_checks(f"w4-{count}.json", list_many_checks(count))
    told, out, peer = SCRATCH / "w4-numbers.json", SCRATCH / "plan", SCRATCH / "peer"
    limit = name_limit("plan", ruleset, data)
    scan = ("scan", "-d", "predictions", "-c", peer / "configuration.yaml", peer / "checks.yaml")
    contract = SCRATCH / "w4.odcs.yaml"
    others = [
        Case("soda scan", name_tool("soda-core", "soda", *scan), peer="soda-core", ends=(0, 2),
             before=name_script("soda-core", "write.py", data, checks, peer)),
        Case("datacontract test", name_tool("datacontract-cli", "datacontract", "test", contract),
             peer="datacontract-cli", before=name_script("datacontract-cli", "write.py", data, checks, contract)),
        Case("pandera", name_script("pandera", "w1.py", data, checks), peer="pandera", note="a lambda per check"),
    ]  # fmt: skip
    return Race(
        f"`plan` of {count:,} rules on {ROWS} rows",
        (
            Case("limit: ryaml, msgspec, one query", limit, peer="limits", asked=("--numbers", str(told)),
                 read=partial(read_numbers, told)),
            Case("**prism-rules plan**", write_plan(ruleset, data, out), Goal(process=PLAN[count]), fresh=out,
                 read=partial(read_statuses, out)),
            *(others if peers else []),
        ),
        ((data, command),),
    )  # fmt: skip


def read_statuses(out: Path) -> Numbers:
    """Read the status of every rule from the plan."""
    plan = json.loads((out / "plan.json").read_text("utf-8"))
    listed = {finding["rule"]: finding["status"] for finding in plan["findings"]}
    return listed | {passing["rule"]: "pass" for passing in plan["passes"]}
