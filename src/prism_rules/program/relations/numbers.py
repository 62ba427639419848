"""Numbers: of which values of a column a relation is made."""

from __future__ import annotations

from typing import NamedTuple

from prism_rules.engines.quoting import quote_name
from prism_rules.program.readings import Part
from prism_rules.program.relations.asking import Asking
from prism_rules.program.views import name_relation


class Numbers(NamedTuple):
    """A column's values in some rows, grouped: what agrees in it is made once."""

    source: str
    relation: str
    """What to read FROM: a quoted view, or a sub-query in parentheses."""
    column: str
    by: tuple[str, ...]
    """In order of name; the period of a series among them."""
    conditions: tuple[str, ...]

    @property
    def where(self) -> str:
        """All conditions together."""
        return " AND ".join(self.conditions) or "true"


def find_numbers(asking: Asking, part: Part) -> Numbers:
    """Find the numbers that a part of a rule is about, for a metric that is measured of one column at a time."""
    [column] = part.ask.of
    clock, picked = asking.find_clock(part), asking.pick_conditions(part)
    period = asking.write_period(part, clock)
    conditions = [*(clock.write(part.window) if clock else ()), *(f"({condition.sql})" for condition in picked)]
    view = name_relation(asking.model, part.source, list_asked(asking, part))
    for name, expression in period.items():
        view = f"(SELECT *, {expression} AS {quote_name(name)} FROM {view})"
    return Numbers(part.source, view, column, tuple(sorted((*part.by, *period))), tuple(conditions))


def list_asked(asking: Asking, part: Part) -> set[str]:
    """List the columns that a part's numbers, grain and conditions name."""
    picked = asking.pick_conditions(part)
    return {*part.ask.of, *part.by, *(name for condition in picked for name in condition.columns)}
