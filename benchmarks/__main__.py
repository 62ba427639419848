"""Run the benchmarks: `python -m benchmarks [--full] [--alone] [--write [--part PART]] [WORKLOAD ...]`."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime

from benchmarks.cases import ROOT
from benchmarks.peers import FOLDER, list_peers
from benchmarks.runs import DisagreementError, run_race
from benchmarks.tables import describe_machine, list_pins, replace_measured, write_table
from benchmarks.workloads import WORKLOADS

PAGE = ROOT / "docs" / "performance.md"


def main() -> None:
    """Run what was asked for; print it, and write the page if asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("workloads", nargs="*", help=f"{', '.join(WORKLOADS)}; all, if none is named")
    parser.add_argument("--full", action="store_true", help="all sizes and all peers; takes an hour or two")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md between its markers")
    parser.add_argument("--alone", action="store_true", help="without peers; written to a part of its own")
    parser.add_argument("--part", help="with --write, which part of the page; `measured`, or `measured alone`")
    asked = parser.parse_args()
    if unknown := {*asked.workloads} - WORKLOADS.keys():
        parser.error(f"no such workload: {', '.join(sorted(unknown))}")
    names = asked.workloads or [*WORKLOADS]
    flags = [flag for flag, given in (("--full", asked.full), ("--alone", asked.alone)) if given]
    flags += [f"--part {asked.part!r}"] if asked.part else []
    command = " ".join(["python -m benchmarks", *names, *flags, "--write"])
    when = f"Measured on {datetime.now(UTC):%Y-%m-%d} by `{command}`."
    parts = [f"{when} {describe_machine()} {list_pins(FOLDER, list_peers())}\n"]
    tell(parts[0])
    for name in names:
        workload = WORKLOADS[name]
        parts.append(f"## {workload.TITLE}\n\n{workload.ABOUT}\n")
        tell(parts[-1])
        for race in workload.list_races(asked.full):
            if asked.alone:
                race = replace(race, cases=tuple(case for case in race.cases if case.peer in (None, "limits")))
            since = time.perf_counter()
            try:
                table = write_table(race, run_race(race))
            except DisagreementError as error:
                raise SystemExit(f"{race.title}: {error}") from error
            parts.append(table)
            tell(table)
            sys.stderr.write(f"({race.title}: {time.perf_counter() - since:.0f} s in all)\n")
    if asked.write:
        part = asked.part or ("measured alone" if asked.alone else "measured")
        PAGE.write_text(replace_measured(PAGE.read_text("utf-8"), "\n".join(parts), part), "utf-8")


def tell(text: str) -> None:
    """Print at once: a table may take minutes."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
