"""The files beside plan.json: queues for people and for machines, and every measurement."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping

from prism_rules.escaping import escape_csv
from prism_rules.evaluation import Measurement
from prism_rules.queues import Drawn, iterate_records


def write_queue(name: str, drawn: Drawn, priority: int | None = None) -> dict[str, bytes]:
    """Write a queue twice: CSV with formulas defused, for spreadsheets, and JSONL with values unaltered.

    `name` is the id of its action, which has a `priority`, or of a sample, which has none.
    """
    records = list(iterate_records(drawn.rows, priority))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(escape_csv, records[0]))
    for record in records:
        writer.writerow(["" if v is None else escape_csv(v) if isinstance(v, str) else v for v in record.values()])
    lines = "".join(json.dumps(record, ensure_ascii=False, allow_nan=False, default=str) + "\n" for record in records)
    return {f"queues/{name}.csv": text.getvalue().encode(), f"queues/{name}.jsonl": lines.encode()}


def write_measurements(measurements: Mapping[str, Iterable[Measurement]]) -> bytes:
    """Write measurements.parquet: one row per rule and scope, passes too. `scope` is canonical JSON text."""
    import polars as pl

    schema = {
        **dict.fromkeys(("rule", "scope", "from", "to"), pl.String), "value": pl.Float64, "n": pl.Int64,
        "reason": pl.String, "baseline_value": pl.Float64, "baseline_n": pl.Int64,
    }  # fmt: skip
    rows = [
        (
            rule,
            json.dumps(m.scope, sort_keys=True),
            *m.window,
            m.value,
            m.n,
            m.reason,
            m.baseline.value if m.baseline else None,
            m.baseline.n if m.baseline else None,
        )
        for rule, listed in measurements.items()
        for m in listed
    ]
    buffer = io.BytesIO()
    pl.DataFrame(rows, schema=schema, orient="row").write_parquet(buffer, compression="zstd", statistics=False)
    return buffer.getvalue()
