"""Queues: which rows people review, drawn by a stated seed so that anyone can draw them again.

Inside a stratum rows are ordered by the first 13 hex digits of SHA-256(action id | seed | row id), then by row id; of
very many rows, only those that a cheap key lets through are. The order of the data plays no part, and neither does the
engine's own hash or random numbers.
"""

from __future__ import annotations

from prism_rules.queues.drawing import (
    Drawn,
    Row,
    Value,
    compute_key,
    digest_rows,
    iterate_records,
)
from prism_rules.queues.requests import LEFTOVER, Place, Request, count_share
from prism_rules.queues.rounds import draw_all
from prism_rules.queues.selection import Query, write_query
from prism_rules.queues.shares import share_out

__all__ = [
    "LEFTOVER",
    "Drawn",
    "Place",
    "Query",
    "Request",
    "Row",
    "Value",
    "compute_key",
    "count_share",
    "digest_rows",
    "draw_all",
    "iterate_records",
    "share_out",
    "write_query",
]
