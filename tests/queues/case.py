"""Queues over small tables: rows are tuples, a queue is what a ruleset would say of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from prism_rules.engines import Batch, Limits
from prism_rules.engines.duckdb import Database
from prism_rules.intake import bind
from prism_rules.model.ruleset import Ruleset
from prism_rules.program import write_views
from prism_rules.program.expressions import gate_expressions
from prism_rules.queues import Drawn, Place, Query, Request, draw_all
from prism_rules.ruleset import Resolved, load_ruleset
from prism_rules.source import parse

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
ACTION = "look-0123456789ab"
SOURCES: dict[str, dict[str, Any]] = {
    "seen": {
        "role": "predictions",
        "fields": {"id": "id", "time": "time", "class": "class", "confidence": "confidence"},
        "dimensions": ["site", "lighting"],
    },
    "labels": {
        "role": "annotations",
        "fields": {"unit": "unit", "annotator": "annotator", "class": "class", "time": "time", "guideline": "guide"},
        "dimensions": ["site"],
        "lookup": {"seen": ["lighting"]},
    },
}
COLUMNS: dict[str, dict[str, Any]] = {
    "seen": {
        "id": pl.String, "time": pl.Datetime("us"), "class": pl.String, "confidence": pl.Float64, "site": pl.String,
        "lighting": pl.String,
    },
    "labels": {
        "unit": pl.String, "annotator": pl.String, "class": pl.String, "time": pl.Datetime("us"), "guide": pl.String,
        "site": pl.String,
    },
}  # fmt: skip


def on(day: int, hour: int = 0) -> datetime:
    """Give a moment of February 2026, or of March for days beyond 28."""
    # Files hold times without a zone as well as with one.
    return datetime(2026, 2 + day // 29, day % 29 + day // 29, hour)  # noqa: DTZ001


def see(identity: str | None, kind: str | None = "a", site: str = "p", **more: Any) -> dict[str, Any]:
    """Give a prediction."""
    row = {"id": identity, "time": on(26), "class": kind, "confidence": 0.5, "site": site, "lighting": "day"}
    return row | more


def label(unit: str | None, annotator: str, kind: str, **more: Any) -> dict[str, Any]:
    """Give a label."""
    row = {"unit": unit, "annotator": annotator, "class": kind, "time": on(26), "guide": "v1", "site": "p"}
    return row | more


@dataclass(frozen=True)
class Data:
    """Parquet files of both sources."""

    folder: Path

    @classmethod
    def write(cls, folder: Path, *, seen: Sequence[Mapping[str, Any]] = (), labels: Sequence[Mapping[str, Any]] = (),
              parts: int = 1) -> Data:  # fmt: skip
        """Write the rows, each source into `parts` files."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in (("seen", seen), ("labels", labels)):
            for part in range(parts):
                mine = [tuple(row[column] for column in COLUMNS[name]) for row in rows[part::parts]]
                frame = pl.DataFrame(mine, schema=COLUMNS[name], orient="row")
                frame.write_parquet(folder / f"{name}-{part}.parquet")
        return cls(folder)

    def draw(
        self, queue: Mapping[str, Any], places: Sequence[Mapping[str, str]] = ({},), *, threads: int = 1,
        classes: Mapping[str, Any] | None = None, **request: Any,
    ) -> Drawn:  # fmt: skip
        """Draw a queue at places; those are of causes `cause-0`, `cause-1`, ..."""
        resolved = build(queue, classes)
        database = Database(Limits(threads=threads), self.folder)
        intake = bind(resolved, {name: f"{name}-*.parquet" for name in SOURCES}, database, root=self.folder)
        asked = ask(resolved.model, places, **request)
        views = write_views(resolved.model, intake, AS_OF)
        paths = tuple(file.path for file in intake.files)

        def answer(queries: tuple[tuple[str, str], ...]) -> Mapping[str, pl.DataFrame]:
            return database.answer(Batch(paths, views, queries))

        bound = intake.sources[queue["from"]]
        return draw_all([Query(resolved.model, gate_expressions(resolved), asked, AS_OF, bound)], answer)[ACTION]


def ask(model: Ruleset, places: Sequence[Mapping[str, str]], **request: Any) -> Request:
    """Give the request for the one queue of the ruleset."""
    queue = model.actions["look"].queue
    assert queue is not None
    placed = tuple(Place(dict(scope), f"cause-{number}") for number, scope in enumerate(places))
    return Request(ACTION, ("actions", "look", "queue", "where"), queue, placed, **request)


def build(queue: Mapping[str, Any], classes: Mapping[str, Any] | None = None) -> Resolved:
    """Load a ruleset whose one action has the queue."""
    document = {
        "apiVersion": "prism-rules/v1",
        "kind": "Ruleset",
        "metadata": {"name": "trial", "version": "1.0.0", "owners": ["@org/all"]},
        "defaults": {"window": "7d"},
        "sources": SOURCES,
        "classes": classes or {},
        "rules": {"sure": {"source": "seen", "metric": "mean_confidence", "by": [], "fail": {"below": 0.5}}},
        "causes": {"low": {"kind": "drift", "by": [], "when": {"all": ["sure"]}}},
        "actions": {"look": {"kind": "review", "title": "Look", "for": ["low"], "queue": dict(queue)}},
    }
    return load_ruleset(parse(json.dumps(document).encode(), "trial.yaml"))
