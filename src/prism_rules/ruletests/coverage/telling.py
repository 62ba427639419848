"""Coverage told: percentages per kind, and what nothing tries with its place."""

from __future__ import annotations

from typing import Any

from prism_rules.escaping import show_invisible
from prism_rules.ruletests.coverage import KINDS, Coverage


def write_coverage(coverage: Coverage) -> str:
    """Write a coverage for people: the share of each kind that is tried, then the rest by place."""
    rows = [(str(kind), *coverage.count(kind)) for kind in KINDS]
    rows = [*(row for row in rows if row[2]), ("all", *coverage.count())]
    lines = [f"coverage of {coverage.ruleset}"]
    lines += [f"  {kind:<9} {compute_percent(tried, total):>3}%  {tried:,} of {total:,}" for kind, tried, total in rows]
    untried = [f"  {show_invisible(f'{p.text} ({p.origin.file}:{p.origin.line})')}" for p in coverage.untried]
    return "\n".join([*lines, *(["never tried", *untried] if untried else [])]) + "\n"


def list_coverage(coverage: Coverage) -> dict[str, Any]:
    """List a coverage for programs, ready for JSON."""
    untried = [
        {"id": p.id, "kind": p.kind, "text": p.text, "file": p.origin.file, "line": p.origin.line, "col": p.origin.col}
        for p in coverage.untried
    ]
    kinds = {kind: _list_count(*coverage.count(kind)) for kind in KINDS}
    return {"ruleset": coverage.ruleset, **_list_count(*coverage.count()), "kinds": kinds, "untried": untried}


def compute_percent(tried: int, total: int) -> int:
    """Give the whole percents that are tried: 100 only where nothing is left, also where there is nothing to try."""
    return tried * 100 // total if total else 100


def _list_count(tried: int, total: int) -> dict[str, int]:
    return {"tried": tried, "points": total, "percent": compute_percent(tried, total)}
