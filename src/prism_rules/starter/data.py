"""Sample data for a starter project: five weeks in which one class goes wrong at one site, the same on every machine.

Rows follow from their number alone. In the last week confidence on `scratch` falls at `site-2`, where the training data
has never been, and reviewers split on a third of the scratches.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from polars._typing import PolarsDataType

START = datetime(2026, 4, 27, tzinfo=UTC)
"""The first day; five weeks later, on 2026-06-01, a plan is made."""
DAYS = 35
CLASSES = ("scratch", "dent", "ok")
SITES = ("site-1", "site-2")
_ROWS_A_DAY = 10
"""Of every class at every site."""

Row = tuple[object, ...]


def write_parquet(source: str) -> bytes:
    """Write the rows of a source as the bytes of a Parquet file. Times are microseconds in UTC."""
    import polars as pl

    columns, rows = {
        "predictions": (("id", "time", "class", "confidence", "label", "overridden", "site", "brightness"), _predict()),
        "annotations": (("unit", "annotator", "class", "time"), _annotate()),
        "training": (("id", "class", "site"), _collect("training", 200, SITES[:1])),
        "validation": (("id", "class", "site", "time"), _collect("validation", 40, SITES)),
        "feedback": (("id", "time", "channel", "routed_at"), _hear()),
    }[source]
    moment = pl.Datetime("us", "UTC")
    kinds: dict[str, PolarsDataType] = {
        "time": moment, "routed_at": moment,
        "confidence": pl.Float64, "brightness": pl.Float64, "overridden": pl.Boolean,
    }  # fmt: skip
    schema = {column: kinds.get(column, pl.String) for column in columns}
    file = BytesIO()
    pl.DataFrame([row[: len(columns)] for row in rows], schema=schema, orient="row").write_parquet(file)
    return file.getvalue()


def _predict() -> Iterable[Row]:
    for day in range(DAYS):
        for name in CLASSES:
            for site in SITES:
                for number in range(_ROWS_A_DAY):
                    unsure = day >= DAYS - 7 and (name, site) == ("scratch", "site-2")
                    confidence = (70 if unsure else 88) + number
                    reviewed = number < 3
                    at = START + timedelta(days=day, hours=8 + number)
                    yield (
                        f"{name}-{site}-{day:02d}-{number}", at, name, confidence / 100, name if reviewed else None,
                        reviewed and unsure and number == 0, site, (50 + 7 * number % 40) / 100,
                    )  # fmt: skip


def _annotate() -> Iterable[Row]:
    for day in range(DAYS - 7, DAYS):
        for name in CLASSES:
            for number in range(_ROWS_A_DAY):
                split = name == "scratch" and number % 3 == 0
                for hour, reviewer in enumerate(("reviewer-1", "reviewer-2")):
                    at = START + timedelta(days=day, hours=18 + hour)
                    said = "dent" if split and reviewer == "reviewer-2" else name
                    yield (f"{name}-site-2-{day:02d}-{number}", reviewer, said, at)


def _collect(prefix: str, rows: int, sites: tuple[str, ...]) -> Iterable[Row]:
    for number in range(rows):
        for name in CLASSES:
            for site in sites:
                yield (f"{prefix}-{name}-{site}-{number:03d}", name, site, START - timedelta(days=80))


def _hear() -> Iterable[Row]:
    for number in range(DAYS * 2):
        raised = START + timedelta(hours=12 * number)
        routed = None if number % 10 == 0 else raised + timedelta(days=1 + number % 5)
        yield (f"ticket-{number:03d}", raised, "override" if number % 2 else "ticket", routed)
