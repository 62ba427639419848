"""What a plan would read: `plan --estimate`, in a terminal and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prism_rules.cli.setting import Setting
from prism_rules.cli.terminal import list_given, refuse
from prism_rules.columns import PROSE, UNPARTED, WIDTH, tabulate, wrap_text
from prism_rules.diagnostics.text import say_count
from prism_rules.escaping import show_invisible

if TYPE_CHECKING:
    from prism_rules.engines import Limits
    from prism_rules.program.estimate import Estimate, Read, ScanEstimate
    from prism_rules.ruleset import Resolved

_UNITS = ("kB", "MB", "GB", "TB")
_ABOUT = (
    "Rows and bytes are of the row groups that the windows leave, as they lie in the files. What is asked of the "
    "data itself, such as for duplicates, comes on top, and so do queues, once per place where one is due."
)

_DECIDING = ("ruleset", "data", "as_of", "ledger", "selected", "threads", "memory_limit", "timeout", "estimate", "form")
"""What decides an estimate."""


def refuse_idle(context: click.Context) -> None:
    """Refuse options that an estimate would have to ignore."""
    if given := list_given(context, lambda name: name not in _DECIDING):
        raise refuse("usage", f"--estimate evaluates and writes nothing: {', '.join(given)} would do nothing",
                     help="leave out one or the other")  # fmt: skip
    if context.params["form"] not in (None, "text", "json"):
        raise refuse("usage", "an estimate is told as text or as JSON", help="say --format text or --format json")


def run_estimate(
    setting: Setting, resolved: Resolved, data: Mapping[str, str], *, as_of: datetime | None, ledger: Path | None,
    limits: Limits,
) -> Estimate:  # fmt: skip
    """Estimate what a plan of this setting would read; `data` are the options' paths, over those of prism.yaml."""
    from prism_rules import pipeline

    places = setting.place_data(data)
    with setting.placing():
        return pipeline.estimate(
            resolved, places.every, root=setting.root, confined=places.confined, as_of=as_of, ledger_folder=ledger,
            limits=limits,
        )  # fmt: skip


def tell_estimate(estimate: Estimate, width: int = WIDTH, *, sql: bool = False) -> str:
    """Tell an estimate in tables of a width, where names allow it; with `sql`, each scan's SELECT too."""
    return "\n\n".join(_list_blocks(estimate, width, sql))


def _list_blocks(estimate: Estimate, width: int, sql: bool) -> Iterator[str]:
    scans = estimate.scans
    size = f"{say_count(len(scans), 'scan')} of {say_count(estimate.rows, 'row')}, {_size(estimate.bytes)}"
    yield "\n".join(wrap_text(f"As of {estimate.as_of:%Y-%m-%dT%H:%M:%SZ}: {size}", width, hang=2))
    yield tabulate(
        ["SCAN", "SOURCE", "RULES", "AGGREGATES", "BY"],
        [[s.id, s.source, f"{len(s.rules):,}", f"{s.aggregates:,}", ", ".join(s.by) or "-"] for s in scans],
        width=width,
    )
    yield tabulate(
        ["SCAN", "READS", "ROW GROUPS", "ROWS", "BYTES", "PASSES", "COLUMNS"],
        [_tell_read(scan, read) for scan in scans for read in scan.reads],
        width=width,
    )
    if estimate.queues:
        rows = [[queue.action, queue.source, f"{queue.size:,}"] for queue in estimate.queues]
        yield tabulate(["QUEUE OF", "FROM", "ROWS AT MOST"], rows, width=width)
    if sql:
        for scan in scans:
            yield "\n  ".join([f"{scan.id}:", *map(show_invisible, scan.sql.split("\n"))])
    yield "\n".join(wrap_text(_ABOUT, min(width, PROSE)))


def _tell_read(scan: ScanEstimate, read: Read) -> list[str]:
    groups = f"{read.groups:,} of {read.of_groups:,}"
    columns = ", ".join(name.replace(" ", UNPARTED) for name in read.columns) or "-"
    return [scan.id, read.source, groups, f"{read.rows:,}", _size(read.bytes), f"{read.passes}", columns]


def _size(size: float) -> str:
    if size < 1000:
        return f"{size} B"
    for unit in _UNITS:
        size /= 1000
        if size < 999.5 or unit == _UNITS[-1]:
            return f"{size:.3g} {unit}"
    raise AssertionError("the last unit has no end")


def write_estimate(estimate: Estimate) -> str:
    """Write an estimate as one JSON object (``kind: Estimate``), keys sorted."""
    document = {
        "apiVersion": "prism-rules/v1",
        "kind": "Estimate",
        "as_of": f"{estimate.as_of:%Y-%m-%dT%H:%M:%SZ}",
        "scans": [_describe_scan(scan) for scan in estimate.scans],
        "queues": [{"action": q.action, "source": q.source, "size": q.size} for q in estimate.queues],
        "totals": {"scans": len(estimate.scans), "rows": estimate.rows, "bytes": estimate.bytes},
    }
    return json.dumps(document, indent=2, sort_keys=True)


def _describe_scan(scan: ScanEstimate) -> dict[str, Any]:
    reads = [
        {
            "source": read.source,
            "columns": list(read.columns),
            "passes": read.passes,
            "row_groups": {"read": read.groups, "of": read.of_groups},
            "rows": {"read": read.rows, "of": read.of_rows},
            "bytes": read.bytes,
        }
        for read in scan.reads
    ]
    return {
        "id": scan.id, "source": scan.source, "by": list(scan.by), "rules": list(scan.rules),
        "aggregates": scan.aggregates, "reads": reads, "rows": scan.rows, "bytes": scan.bytes, "sql": scan.sql,
    }  # fmt: skip
