"""Program: the stages of prism-rules in one process, each with its own clock.

`python -m benchmarks.program RULESET DATA AS_OF` prints one JSON object: `engine`, the seconds from a validated ruleset
to verdicts (gate, bind, compile, scans, judging), without imports; `scans`, the part of them inside the database;
`queues`, the making of the plan, which draws review queues. With `--numbers FILE` it also writes what was measured.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class Clock:
    """Adds up seconds by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = time.perf_counter()

    def stop(self, name: str) -> None:
        """Give the time since the last stop a name."""
        now = time.perf_counter()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self._since
        self._since = now


class TimedEngine:
    """An engine that remembers how long its answers took, and how many queries they had."""

    def __init__(self, engine: Any) -> None:
        self.engine, self.seconds, self.queries = engine, 0.0, 0

    def answer(self, batch: Any) -> Any:
        """Answer a batch."""
        since = time.perf_counter()
        answer = self.engine.answer(batch)
        self.seconds += time.perf_counter() - since
        self.queries += len(batch.queries)
        return answer


def run_stages(ruleset: Path, data: Path, as_of: datetime, *, threads: int = 2, exact: bool = False) -> dict[str, Any]:
    """Run all stages over one source, `predictions`. `exact` keeps the values as they were measured, unrounded."""
    import duckdb  # noqa: F401
    import polars as pl  # noqa: F401

    from prism_rules.diagnosis import diagnose
    from prism_rules.engines import Limits
    from prism_rules.engines.isolation import open_engine
    from prism_rules.evaluation import evaluate, measurement
    from prism_rules.intake import bind
    from prism_rules.ledger import Ledger
    from prism_rules.planning import make_plan
    from prism_rules.program import compile_program, gate_expressions
    from prism_rules.ruleset import load_ruleset

    if exact:
        assert measurement.round_value(0.1234567) == 0.123457
        measurement.DECIMALS = 15
    clock = Clock()
    resolved = load_ruleset(ruleset)
    clock.stop("load")
    with open_engine(Limits(threads=threads), isolated=False) as opened:
        engine = TimedEngine(opened)
        clock.stop("open")
        gated = gate_expressions(resolved)
        clock.stop("gate")
        intake = bind(resolved, {"predictions": data.name}, engine, root=data.parent)
        clock.stop("bind")
        program = compile_program(resolved, intake, gated, as_of)
        clock.stop("compile")
        evaluated = evaluate(resolved, intake, program, engine)
        clock.stop("evaluate")
        scans, queries = engine.seconds, engine.queries
        diagnoses = diagnose(resolved, evaluated.findings)
        clock.stop("diagnose")
        made = make_plan(resolved, intake, gated, evaluated, diagnoses, engine, ledger=Ledger(heads=(), entries={}))
        clock.stop("plan")
    stages = clock.seconds
    return {
        "engine": sum(stages[name] for name in ("gate", "bind", "compile", "evaluate")),
        "scans": scans,
        "queues": stages["plan"],
        "queries": queries,
        "stages": stages,
        "failed": sum(finding.status == "fail" for finding in evaluated.findings),
        "evaluated": evaluated,
        "made": made,
    }


def list_numbers(evaluated: Any) -> Mapping[str, float | None]:
    """List what was measured: the rule and the values of its scope -> the value."""
    return {
        "|".join([rule, *(m.scope[dimension] for dimension in sorted(m.scope))]): m.value
        for rule, found in evaluated.measurements.items()
        for m in found
    }


def list_queue(made: Any) -> Mapping[str, float | str | None]:
    """List what was drawn: each stratum's eligible rows, and every row of it."""
    [drawn] = made.drawn.values()
    numbers: dict[str, float | str | None] = {}
    for stratum in drawn.strata:
        [name] = stratum.value.values()
        numbers |= {f"{name}|eligible": stratum.eligible, f"{name}|taken": stratum.taken}
    return numbers | {f"row|{row.id}": row.key for row in drawn.rows}


def main() -> None:
    """Run the stages, and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ruleset", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("as_of")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--numbers", type=Path)
    parser.add_argument("--queue", action="store_true", help="the queue is the engine's work, and the numbers are its")
    asked = parser.parse_args()
    as_of = datetime.fromisoformat(asked.as_of).replace(tzinfo=UTC)
    outcome = run_stages(asked.ruleset, asked.data, as_of, threads=asked.threads, exact=asked.numbers is not None)
    evaluated, made = outcome.pop("evaluated"), outcome.pop("made")
    if asked.queue:
        outcome["engine"], outcome["scans"] = outcome["queues"], None
    if asked.numbers:
        asked.numbers.write_text(json.dumps(list_queue(made) if asked.queue else list_numbers(evaluated)), "utf-8")
    sys.stdout.write(json.dumps(outcome) + "\n")


if __name__ == "__main__":
    main()
