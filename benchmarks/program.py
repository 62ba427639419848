"""Program: the stages of prism-rules in one process, each with its own clock.

`python -m benchmarks.program RULESET AS_OF SOURCE=FILE...` prints one JSON object: `engine`, the seconds from a
validated ruleset to verdicts (gate, bind, compile, scans, judging), without imports; `scans`, the part of them inside
the database; `queues`, the making of the plan, which draws review queues. With `--numbers FILE` it also writes what was
measured.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

STAGES = ("gate_expressions", "bind", "compile_program", "evaluate", "diagnose", "make_plan")


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

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)


class Watch:
    """Watches the pipeline from outside: when each stage began and ended, what it gave, and what the engine took."""

    def __init__(self) -> None:
        self.stages: dict[str, float] = {}
        self.ended: dict[str, float] = {}
        self.given: dict[str, Any] = {}
        self.engine: Any = None
        self.scans, self.queries = 0.0, 0

    def wrap(self, name: str, stage: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a stage, whatever it takes."""

        def run(*arguments: Any, **named: Any) -> Any:
            since = time.perf_counter()
            self.given[name] = given = stage(*arguments, **named)
            self.ended[name] = time.perf_counter()
            self.stages[name] = self.ended[name] - since
            if name == "evaluate":
                self.scans, self.queries = self.engine.seconds, self.engine.queries
            return given

        return run

    def open_engine(self, opener: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap what opens an engine."""

        @contextlib.contextmanager
        def opened(*arguments: Any, **named: Any) -> Iterator[Any]:
            with opener(*arguments, **named) as engine:
                self.engine = TimedEngine(engine)
                yield self.engine

        return opened


def run_stages(
    ruleset: Path, data: Mapping[str, str], as_of: datetime, *, threads: int = 2, exact: bool = False
) -> dict[str, Any]:
    """Run the pipeline over sources in this process. `exact` keeps values as they were measured."""
    import duckdb  # noqa: F401
    import polars as pl  # noqa: F401

    from prism_rules import pipeline
    from prism_rules.engines import Limits
    from prism_rules.evaluation import measurement
    from prism_rules.ruleset import load_ruleset

    if exact:
        assert measurement.round_value(0.1234567) == 0.123457
        measurement.DECIMALS = 15
    watch = Watch()
    for name in STAGES:
        setattr(pipeline, name, watch.wrap(name, getattr(pipeline, name)))
    setattr(pipeline, "open_engine", watch.open_engine(pipeline.open_engine))  # noqa: B010 - it stands for another
    since = time.perf_counter()
    resolved = load_ruleset(ruleset)
    loaded = time.perf_counter()
    pipeline.run(resolved, data, root=Path("/"), as_of=as_of, limits=Limits(threads=threads), trusted=True)
    ended = time.perf_counter()
    return {
        "engine": watch.ended["evaluate"] - loaded,
        "scans": watch.scans,
        "queries": watch.queries,
        "queues": watch.stages["make_plan"],
        "stages": {"load_ruleset": loaded - since, **watch.stages, "rest": ended - watch.ended["make_plan"]},
        "failed": sum(finding.status == "fail" for finding in watch.given["evaluate"].findings),
        "evaluated": watch.given["evaluate"],
        "made": watch.given["make_plan"],
    }


def list_numbers(evaluated: Any) -> Mapping[str, float | None]:
    """List what was measured: the rule and the values of its scope -> the value."""
    return {
        "|".join([rule, *(m.scope[dimension] for dimension in sorted(m.scope))]): m.value
        for rule, found in evaluated.measurements.items()
        for m in found
    }


def list_queue(made: Any) -> Mapping[str, float | str | None]:
    """List what was drawn: each stratum's eligible and taken rows, and the stratum of every row."""
    [drawn] = made.drawn.values()
    rows = iter(drawn.rows)
    numbers: dict[str, float | str | None] = {}
    for stratum in drawn.strata:
        [name] = stratum.value.values()
        numbers |= {f"{name}|eligible": stratum.eligible, f"{name}|taken": stratum.taken}
        numbers |= {f"row|{row.id}": name for row in islice(rows, stratum.taken)}
    return numbers


def main() -> None:
    """Run the stages, and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ruleset", type=Path)
    parser.add_argument("as_of")
    parser.add_argument("data", nargs="+", type=lambda text: text.split("=", 1), help="SOURCE=FILE, from the root")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--numbers", type=Path)
    parser.add_argument("--queue", action="store_true", help="the queue is the engine's work, and the numbers are its")
    asked = parser.parse_args()
    as_of = datetime.fromisoformat(asked.as_of).replace(tzinfo=UTC)
    outcome = run_stages(asked.ruleset, dict(asked.data), as_of, threads=asked.threads, exact=asked.numbers is not None)
    evaluated, made = outcome.pop("evaluated"), outcome.pop("made")
    if asked.queue:
        outcome["engine"], outcome["scans"] = outcome["queues"], None
    if asked.numbers:
        asked.numbers.write_text(json.dumps(list_queue(made) if asked.queue else list_numbers(evaluated)), "utf-8")
    sys.stdout.write(json.dumps(outcome) + "\n")


if __name__ == "__main__":
    main()
