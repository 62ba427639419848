"""W2: drift. The population stability index of fifteen columns, overall and for 50 classes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.cases import PROGRAM, SCRATCH, Case, Goal, Race, name_module
from benchmarks.columns import NUMBERS, TEXTS
from benchmarks.data import AS_OF
from benchmarks.peers import name_script
from benchmarks.rulesets import write_ruleset
from benchmarks.workloads.files import name_columns, read_numbers, write_text

TITLE = "W2: drift of fifteen columns"
ABOUT = """The population stability index of ten numbers, in bins at the deciles of the reference, and of five texts,
overall and for each of 50 classes: 765 numbers. As many rows in the reference as now, each in a file of its own.
Engine: from a validated ruleset to verdicts, without imports."""

HUNDRED_THOUSAND = 100_000
MILLION = 1_000_000
ENGINE = 1.15


def write_rules() -> str:
    """Write the ruleset: one rule overall, and one by class."""
    source: dict[str, Any] = {
        "role": "predictions",
        "fields": {name: name for name in ("id", "time", "class")},
        "dimensions": [*TEXTS],
        "features": [*NUMBERS],
        "window": "28d",
    }
    asked = {"source": "predictions", "metric": "psi", "of": [*NUMBERS, *TEXTS], "fail": {"above": 0.1}}
    rules = {
        "overall": {**asked, "baseline": {"source": "known", "by": []}},
        "by-class": {**asked, "by": ["class"], "baseline": {"source": "known", "by": ["class"]}},
    }
    return write_ruleset(rules, sources={"predictions": source, "known": source})


def list_races(full: bool) -> Iterator[Race]:
    """List the tables, by rows of each side."""
    for rows in [MILLION, 10 * MILLION] if full else [HUNDRED_THOUSAND, MILLION]:
        yield make_race(rows)


def make_race(rows: int) -> Race:
    """Make one table: the limit, the stages, and the command."""
    current, reference = name_columns(rows, moved=True), name_columns(rows, moved=False)
    ruleset = write_text("w2.yaml", write_rules())
    told, out = SCRATCH / "w2-numbers.json", SCRATCH / "plan"
    read = partial(read_numbers, told)
    asked = {"numbers": NUMBERS, "texts": [*TEXTS]}
    plan = write_plan(ruleset, current[0], reference[0], out)
    return Race(
        f"765 numbers, {rows:,} rows and as many in the reference",
        (
            Case("limit: hand-written SQL", name_module("limits.w2", current[0], reference[0]),
                 asked=("--numbers", str(told)), read=read),
            Case("**prism-rules**, its stages",
                 name_module("program", ruleset, AS_OF, f"predictions={current[0]}", f"known={reference[0]}"),
                 Goal(engine=ENGINE), asked=("--numbers", str(told)), read=read),
            Case("**prism-rules plan**", plan, fresh=out),
            *([Case("evidently", name_script("evidently", "w2.py", current[0], reference[0], json.dumps(asked)),
                    peer="evidently", note="overall alone, 15 numbers; deciles of its own")]
              if rows == HUNDRED_THOUSAND else []),
        ),
        (current, reference),
    )  # fmt: skip


def write_plan(ruleset: Path, current: Path, reference: Path, out: Path) -> tuple[str, ...]:
    """Write the command that plans, as people call it."""
    data = ("--data", f"predictions={current}", "--data", f"known={reference}")
    return (PROGRAM, "plan", str(ruleset), *data, "--as-of", AS_OF, "--out", str(out), "--threads", "2")
