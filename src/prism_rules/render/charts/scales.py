"""Scales: from values and window ends to places in pixels, and what stands beside them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from prism_rules.model.moments import parse_moment
from prism_rules.model.plan import Plan
from prism_rules.render.charts.ink import measure_text
from prism_rules.wording import format_exact

SHOWN = 9
"""Window ends on an axis: the eight of a history, and the plan's own."""
_LARGEST, _LEAST = 1e300, 1e-100
"""What is larger is drawn at the one, beyond which a scale would overflow; less than the other is nothing."""
_SUFFIXES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear scale from values to heights; it grows upwards."""

    low: float
    high: float
    top: float
    bottom: float

    def place(self, value: float) -> float:
        """Give the height of a value, of one beyond an end that end's."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.bottom - share * (self.bottom - self.top)

    def list_ticks(self, room: float, size: float) -> list[tuple[float, str]]:
        """List up to four round values with labels of a size that have room; none where those would not differ."""
        for parts in (3, 2, 1):
            step = _round_up((self.high - self.low) / parts)
            first, last = math.ceil(self.low / step), math.floor(self.high / step)
            values = [number * step for number in range(first, last + 1)]
            labels = _label_ticks(values, step)
            if len(set(labels)) == len(labels) and all(measure_text(label, size) <= room for label in labels):
                return [*zip(values, labels, strict=True)]
        return []


def _round_up(amount: float) -> float:
    """Round up to 1, 2 or 5 of a power of ten."""
    power: float = 10.0 ** math.floor(math.log10(amount))
    return next(power * times for times in (1, 2, 5, 10, 20) if power * times >= amount)


def _label_ticks(values: Sequence[float], step: float) -> list[str]:
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    if digits > 4 or max(map(abs, values), default=0) >= 10_000:
        return [format_short(value) for value in values]
    return [f"{value + 0.0:,.{digits}f}" if value else "0" for value in values]


def find_scale(values: Iterable[float], top: float, bottom: float) -> Scale:
    """Find the scale that holds all values with some air, and that does not cross zero where no value does."""
    capped = [min(max(value, -_LARGEST), _LARGEST) for value in values]
    least, most = min(capped), max(capped)
    spread = most - least if most - least > _LEAST else 0
    air = spread * 0.08 or (abs(least) * 0.1 if abs(least) > _LEAST else 0.5)
    low = 0.0 if least >= 0 > least - air else least - air
    high = 0.0 if least < 0 and most <= 0 < most + air else most + air
    return Scale(low, high, top, bottom)


def format_short(number: float) -> str:
    """Write a number in few characters: "0.75", "1,200", "0.806", "123k", "1e-07"."""
    exact = format_exact(number + 0.0) if 1e-6 <= abs(number) < 1e6 or not number else ""
    if exact and len(exact.removeprefix("-")) <= 5:
        return exact
    for size, suffix in _SUFFIXES:
        # 999,600 is 1M and not 1e+03k.
        if 0.9995 * size <= abs(number) < 999.5 * size:
            return f"{number / size:.3g}{suffix}"
    return f"{number:.3g}" if 1e-4 <= abs(number) < 1e4 else f"{number:.1g}"


def list_ends(plan: Plan) -> list[str]:
    """List the window ends that a plan knows, its own last; where a finding has no value at one, there is a gap."""
    past = {point.to for points in plan.history.values() for point in points} - {plan.as_of}
    return [*sorted(past)[1 - SHOWN :], plan.as_of]


def place_ends(ends: Sequence[str], left: float, right: float) -> Mapping[str, float]:
    """Place window ends by time, evenly where they cannot be read as times; a single one stands in the middle."""
    try:
        times = [parse_moment(end).timestamp() for end in ends]
    except (ValueError, OverflowError):
        times = [*map(float, range(len(ends)))]
    first, last = times[0], max(times)
    if last <= first:
        return dict.fromkeys(ends, (left + right) / 2)
    return {end: left + (time - first) / (last - first) * (right - left) for end, time in zip(ends, times, strict=True)}
