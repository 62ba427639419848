"""What every test shares: property tests that repeat exactly, and a small world of data that stages can be run over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import settings

# What a test sees does not depend on where it runs: under GitHub Actions a command says more.
for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
    os.environ.pop(name, None)

# Some images set it, and each of the many commands would compile the package again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

settings.register_profile("suite", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("suite")

HEADER = {"apiVersion": "prism-rules/v1", "kind": "Ruleset", "metadata": {"name": "tests", "version": "1.0.0"}}
SOURCES: Mapping[str, Any] = {
    "predictions": {
        "role": "predictions",
        "fields": {name: name for name in ("id", "time", "class", "confidence", "label", "overridden")},
        "dimensions": ["site", "lighting"],
        "features": ["brightness"],
        "window": "7d",
    },
    "validation-run": {
        "role": "predictions",
        "fields": {name: name for name in ("id", "time", "class", "confidence")},
        "dimensions": ["site", "lighting"],
        "window": "all",
    },
    "training": {"role": "training", "fields": {"id": "id", "class": "class"}, "dimensions": ["site", "lighting"]},
    "annotations": {
        "role": "annotations",
        "fields": {name: name for name in ("unit", "annotator", "class", "time")},
        "dimensions": ["site"],
        "window": "7d",
    },
    "feedback": {
        "role": "feedback",
        "fields": {name: name for name in ("id", "time", "channel", "class", "routed_at")},
        "dimensions": ["site"],
        "window": "7d",
    },
}
DEFAULTS = {"brightness": 1.0}
TIMES = ("time", "routed_at")
PERSON = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Tester"), ("EMAIL", "tester@example.org"), ("DATE", "2026-03-01T00:00:00Z"))
}
LONG = ("docs/test_consoles.py", "cli/test_killed.py", "planning/loop/test_loop.py", "cli/test_demo.py",
        "ruletests/test_freezing.py", "repository/test_wheel.py", "repository/test_contributing.py",
        "engines/test_isolation.py", "benchmarks/test_workloads.py", "sql_gate/test_random.py")  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the modules that take long: one that begins last has all other processes wait for it."""
    items.sort(key=lambda item: not item.path.as_posix().endswith(LONG))


@dataclass(frozen=True)
class World:
    """A folder with a ruleset and its data, and the stages over them."""

    folder: Path

    def load(self, **sections: Any) -> Any:
        """Load a ruleset of these sections over `SOURCES`; a source that is given replaces the keys it gives."""
        from prism_rules.ruleset import load_ruleset

        asked = {**SOURCES, **sections.pop("sources", {})}
        sources = {name: {**SOURCES.get(name, {}), **entry} for name, entry in asked.items()}
        path = self.folder / "ruleset.yaml"
        path.write_text(json.dumps({**HEADER, "sources": sources, **sections}, ensure_ascii=False), "utf-8")
        return load_ruleset(path)

    def write(self, name: str, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Path:
        """Write a source's rows to Parquet. `x: 40` in a row stands for forty like it; ids count up."""
        import polars as pl

        types = {**dict.fromkeys(TIMES, pl.Datetime("us", "UTC")), "confidence": pl.Float64, "brightness": pl.Float64}
        types |= {"contrast": pl.Float64, "overridden": pl.Boolean}
        listed = [row for row in rows for _ in range(row.get("x", 1))]
        data = {column: [row.get(column, DEFAULTS.get(column)) for row in listed] for column in columns}
        for column in data.keys() & TIMES:
            data[column] = [read_time(time) for time in data[column]]
        if "id" in data:
            data["id"] = [row.get("id", f"{name}-{i}") for i, row in enumerate(listed)]
        path = self.folder / f"{name}.parquet"
        schema = {column: types.get(column, pl.String) for column in columns}
        pl.DataFrame(data, schema=schema).write_parquet(path)
        return path

    def write_all(self, resolved: Any, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, str]:
        """Write the rows of each source, in its declared columns, or a frame as it is. Returns what `bind` takes."""
        declared = resolved.model.sources
        for name, listed in rows.items():
            if hasattr(listed, "write_parquet"):
                listed.write_parquet(self.folder / f"{name}.parquet")
            else:
                self.write(name, listed, [*declared[name].columns.values()])
        return {name: f"{name}.parquet" for name in rows}

    def bind(self, resolved: Any, data: Mapping[str, str], *, root: Path | None = None, confined: Any = ()) -> Any:
        """Tie sources to files, with an engine of its own."""
        from prism_rules.engines import Limits
        from prism_rules.engines.isolation import open_engine
        from prism_rules.intake import bind

        with open_engine(Limits(threads=1), isolated=False) as engine:
            return bind(resolved, data, engine, root=root or self.folder, confined=confined)

    def evaluate(
        self, resolved: Any, data: Mapping[str, str], as_of: str | None = None, *, threads: int = 2, **more: Any
    ) -> Any:
        """Run all stages up to the evaluation; without `as_of` it is taken from the data."""
        from prism_rules.engines import Limits
        from prism_rules.engines.isolation import open_engine
        from prism_rules.evaluation import evaluate, find_as_of
        from prism_rules.intake import bind
        from prism_rules.program import compile_program, gate_expressions

        gated = gate_expressions(resolved)
        with open_engine(Limits(threads=threads), isolated=False) as engine:
            intake = bind(resolved, data, engine, root=self.folder)
            moment = read_time(as_of) or find_as_of(resolved.model, intake, engine)
            program = compile_program(resolved, intake, gated, moment, more.pop("anchors", ()))
            return evaluate(resolved, intake, program, engine, derived_as_of=as_of is None, **more)

    def measure(
        self,
        rows: Mapping[str, Sequence[Mapping[str, Any]]],
        rules: Mapping[str, Mapping[str, Any]],
        as_of: str = "2026-03-01",
        **sections: Any,
    ) -> Mapping[str, Mapping[tuple[tuple[str, str], ...], Any]]:
        """Measure rows by rules, which need no bounds, through the whole program but without the rounding of values.

        Gives rule -> scope, as sorted pairs of dimension and value -> measurement.
        """
        from prism_rules.evaluation import key_scope
        from prism_rules.metrics import METRICS

        bounds = {name: {"fail": {"above": METRICS[rule["metric"]].low or 0}} for name, rule in rules.items()}
        resolved = self.load(
            rules={name: {**bounds[name], "min_n": 0, **rule} for name, rule in rules.items()}, **sections
        )
        with patch("prism_rules.evaluation.measuring.round_value", lambda value: value):
            evaluation = self.evaluate(resolved, self.write_all(resolved, rows), as_of)
        return {name: {key_scope(m.scope): m for m in found} for name, found in evaluation.measurements.items()}


def read_time(text: object) -> datetime | None:
    return None if text is None else datetime.fromisoformat(str(text)).replace(tzinfo=UTC)


def git(root: Path, *words: str) -> str:
    """Run git as a person of its own, whatever is set up on this machine. Gives what it printed."""
    environment = {**os.environ, **PERSON, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *words], cwd=root, env=environment, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture(scope="session")
def make_world(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], World]:
    return lambda: World(tmp_path_factory.mktemp("world"))
