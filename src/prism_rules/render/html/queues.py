"""Queues: how many rows were drawn, from what, and the first of them."""

from __future__ import annotations

from typing import Any

from prism_rules.escaping.markdown import write_code
from prism_rules.model.plan import QueueEntry, Waiting
from prism_rules.render.html.tables import make_table
from prism_rules.render.work import say_queue, say_stratum

_LAST = ("why", "inclusion_probability")
_LEFT_OUT = ("priority", "sampling_key")
"""What is the same in all rows, or tells people nothing."""
_STRATA = 40


def tell_queue(queue: QueueEntry, waits: Waiting | None = None) -> dict[str, Any]:
    """Tell a queue in a sentence of Markdown, by its strata, and by its first rows."""
    return {
        "said": say_queue(queue, write_code, waits),
        "strata": [say_stratum(stratum) for stratum in queue.strata[:_STRATA]] if queue.path else [],
        "drawn": f"seed {queue.seed}, {queue.digest}" if queue.digest else "",
        "preview": _tabulate_preview(queue),
    }


def _tabulate_preview(queue: QueueEntry) -> dict[str, Any] | None:
    if not queue.preview:
        return None
    # A plan that was read back has the fields in the order of the alphabet.
    told = dict.fromkeys(field for row in queue.preview for field in sorted(row))
    shown = [field for field in told if field not in ("row_id", *_LAST, *_LEFT_OUT)]
    fields = [field for field in ("row_id", *shown, *_LAST) if field in told]
    rows = [[_write_value(row.get(field)) for field in fields] for row in queue.preview]
    return make_table(f"The first {len(rows)} of {queue.rows:,} rows", fields, rows, len(rows))


def _write_value(value: str | float | bool | None) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
