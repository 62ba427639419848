"""Turnaround, and the days that count: what a rule tells that governance brings along is not told of governance too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prism_rules.comparison.writing import write_step
from prism_rules.ruleset.turnaround import NAME, is_built_in

if TYPE_CHECKING:
    from prism_rules.comparison.entries import Pair, Told


def tell_turnaround(pair: Pair, field: str) -> Iterator[Told]:
    """Tell of a turnaround what the rule does not tell that comes with it."""
    old, new = pair.old.turnaround, pair.new.turnaround
    sides = ((old, pair.before), (new, pair.after))
    if old != new and not all(within is None or is_built_in(model) for within, model in sides):
        yield "governance", (field,), f"{field} {write_step(old, new)}"


def tell_parameters(pair: Pair, field: str) -> Iterator[Told]:
    """Tell the parameters of a metric, but for holidays that governance tells."""
    old, new = pair.old.with_, pair.new.with_
    sides = ((pair.old, pair.before), (pair.new, pair.after))
    if all(is_built_in(model) and rule == model.rules[NAME] for rule, model in sides):
        old, new = ({key: value for key, value in one.items() if key != "holidays"} for one in (old, new))
    if old != new:
        yield "measured", (field.strip("_"),), f"{field.strip('_')} {write_step(old, new)}"


def tell_days(pair: Pair, field: str) -> Iterator[Told]:
    """Tell which days count; nothing said is every day."""
    old, new = (side.days or "calendar" for side in (pair.old, pair.new))
    if old != new:
        yield "governance", (field,), f"{field} {write_step(old, new)}"
