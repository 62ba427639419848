"""What a plan asks to be measured a second time: what is waited for, and no more as history grows."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from prism_rules.planning.needs import list_anchors

ACTIONS = {
    "first": SimpleNamespace(after=(), requires=(), done_when=("accepts",)),
    "second": SimpleNamespace(after=("first",), requires=("gates",), done_when=()),
}
DONE = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "rules"),
    [
        ("proposed", []),
        ("open", []),
        ("rejected", []),
        ("done", ["accepts", "gates"]),
        ("verified", ["accepts", "gates"]),
        # Nobody accepts it any more; but what comes after it is measured from its end on.
        ("closed", ["gates"]),
    ],
)
def test_what_was_done_is_measured_for_those_who_read_it(state: str, rules: list[str]) -> None:
    model: Any = SimpleNamespace(actions=ACTIONS)
    recorded: Any = [SimpleNamespace(name="first", state=state, anchor="2026-02-01T00:00:00Z")]
    anchors = list_anchors(model, recorded * 3)
    assert [(anchor.rule, anchor.time) for anchor in anchors] == [(rule, DONE) for rule in rules]
