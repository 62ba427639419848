"""The order of actions, where many come after many."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from prism_rules.planning.instances import Instance
from prism_rules.planning.stands import Stand, order_stands

LEVELS, WIDTH = 12, 12


def test_many_that_come_after_many_are_placed_once() -> None:
    names = [f"step-{level:02}" for level in range(LEVELS)]
    model: Any = SimpleNamespace(actions=dict.fromkeys(reversed(names)))

    def make(level: int, number: int) -> Stand:
        before = tuple(f"{names[level - 1]}-{one:02}" for one in range(WIDTH)) if level else ()
        scope = {"site": f"{number:02}"}
        return Stand(Instance(f"{names[level]}-{number:02}", names[level], scope, None), "proposed", (), after=before)

    # One by one, there would be 12^11 ways to the first level.
    stands = order_stands(model, [make(level, number) for level in range(LEVELS) for number in range(WIDTH)])
    assert [stand.instance.name for stand in stands] == [name for name in names for _ in range(WIDTH)]
    assert [stand.priority for stand in stands] == list(range(1, LEVELS * WIDTH + 1))
