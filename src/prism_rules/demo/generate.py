"""Write the data of the glare case: six Parquet files a cycle, the same on every machine.

Nothing that the case finds is written into the data as such: confidences, labels, lightings and reviews are rows,
and the figures follow from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from prism_rules.demo.annotations import RECALIBRATED, draw_annotations
from prism_rules.demo.predictions import (
    CHIP,
    CLASSES,
    DAY,
    HARD_LIGHTINGS,
    KNOWN_LIGHTINGS,
    PILOT_WEEKS,
    SCRATCH,
    SECOND,
    START,
    UNIT,
    WEEK,
    WEEKS,
    Prediction,
    draw_predictions,
    spread_confidences,
)

if TYPE_CHECKING:
    from polars import DataType

Cycle = Literal[1, 2, 3]

AS_OF: dict[Cycle, datetime] = {
    1: datetime(2026, 3, 1, tzinfo=UTC),
    2: datetime(2026, 3, 22, tzinfo=UTC),
    3: datetime(2026, 4, 12, tzinfo=UTC),
}
RECALIBRATED_AT = datetime.fromtimestamp(RECALIBRATED // SECOND, UTC)

_REFRESHED = START + 109 * DAY + 9 * DAY // 24  # 2026-03-12T09:00Z

# Of each file: its columns; the first that ends in `_at` is when the row came to be.
_COLUMNS = {
    "predictions": "image_id captured_at predicted_class confidence reviewed_class was_overridden"
    " site lighting camera brightness contrast blur",
    "validation-run": "image_id captured_at predicted_class confidence site lighting",
    "annotations": "image_id reviewer label labelled_at guide_version site",
    "training": "image_id label site lighting",
    "validation": "image_id label site lighting added_at",
    "feedback": "ticket raised_at kind class queued_at",
}


def write_cycle(folder: Path, cycle: Cycle) -> None:
    """Write the six files of one cycle into `folder`, which is made if missing.

    A file holds what was known at the cycle's end, AS_OF[cycle]: the rows of the cycle before and what came after.
    Times are microseconds in UTC. Raises OSError where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for source, rows in _draw_sources().items():
        _write(folder / f"{source}.parquet", _COLUMNS[source].split(), rows, AS_OF[cycle])


@cache
def _draw_sources() -> Mapping[str, Sequence[tuple[object, ...]]]:
    predictions = draw_predictions()
    return {
        "predictions": predictions,
        "validation-run": _run_validation(),
        "annotations": draw_annotations(predictions),
        "training": _collect("trn", 500),
        "validation": _validate(predictions),
        "feedback": _gather_feedback(),
    }


def _run_validation() -> list[tuple[object, ...]]:
    """The model's run over plant 1's production validation set in October: 0.91 for every class."""
    rows: list[tuple[object, ...]] = []
    for name in CLASSES:
        for lighting, mean in zip(KNOWN_LIGHTINGS, (0.9150, 0.9100, 0.9050), strict=True):
            for confidence in spread_confidences(200, mean):
                at = START - 40 * DAY + len(rows) * 300 * SECOND
                rows.append((f"run-{len(rows):05d}", at, name, confidence / UNIT, "plant-1", lighting))
    return rows


def _collect(prefix: str, rows: int) -> list[tuple[object, ...]]:
    """A data set as plant 1 could give it: `rows` rows of every class under each of its three lightings."""
    pairs = [(name, lighting) for _ in range(rows) for name in CLASSES for lighting in KNOWN_LIGHTINGS]
    return [(f"{prefix}-{i:05d}", name, "plant-1", lighting) for i, (name, lighting) in enumerate(pairs)]


def _validate(predictions: Sequence[Prediction]) -> list[tuple[object, ...]]:
    """The validation set; in March, with 190 images that cycle 1 met under plant 2's hard lightings."""
    rows: list[tuple[object, ...]] = [(*row, START - 60 * DAY) for row in _collect("val", 100)]
    window = range(START + 13 * WEEK, START + 14 * WEEK)
    met = [row for row in predictions if row.captured_at in window and row.lighting in HARD_LIGHTINGS]
    for name in (SCRATCH, CHIP):
        sound = [row for row in met if row.predicted_class == name and not row.was_overridden]
        rows += [(row.image_id, name, row.site, row.lighting, _REFRESHED) for row in sound[:95]]
    return rows


def _gather_feedback() -> list[tuple[object, ...]]:
    """What people reported, more of it since the roll-out; a little was queued after more than a week, or never."""
    rows: list[tuple[object, ...]] = []
    kinds = ("override", "ticket", "qa", "field-note")
    for week in range(WEEKS):
        piloting = week < PILOT_WEEKS
        reports = 12 if piloting else 40
        for i in range(reports):
            number = len(rows)
            raised = START + week * WEEK + i * (WEEK // reports)
            name = None if number % 13 == 12 else CLASSES[number % 3 if piloting else number % 5 // 3]
            days = 9 if number % 50 == 49 else 1 + number % 5
            queued = None if number % 90 == 89 else raised + days * DAY
            rows.append((f"fb-{number:04d}", raised, kinds[number % 4], name, queued))
    return rows


def _write(file: Path, columns: Sequence[str], rows: Sequence[tuple[object, ...]], end: datetime) -> None:
    import polars as pl

    floats = ("confidence", "brightness", "contrast", "blur")
    times = [name for name in columns if name.endswith("_at")]
    types: dict[str, type[DataType]] = {
        **dict.fromkeys(columns, pl.String),
        **{name: pl.Float64 for name in columns if name in floats},
        **{name: pl.Boolean for name in columns if name == "was_overridden"},
        **dict.fromkeys(times, pl.Int64),
    }
    frame = pl.DataFrame(rows, schema=types, orient="row")
    frame = frame.with_columns(pl.col(name).cast(pl.Datetime("us", "UTC")) for name in times)
    for name in times[:1]:
        frame = frame.filter(pl.col(name) < end)
    for name in times[1:]:
        frame = frame.with_columns(pl.when(pl.col(name) < end).then(name).alias(name))
    frame.write_parquet(file)
