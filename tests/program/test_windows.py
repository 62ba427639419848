"""Windows are joined to the shortest that holds them all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from prism_rules.program.views import Window, join_windows

A, B, C, D = (datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2, 3, 4))


@pytest.mark.parametrize(
    ("windows", "joined"),
    [
        ([(B, C)], (B, C)),
        ([(B, C), (A, B)], (A, C)),
        ([(A, D), (B, C)], (A, D)),
        ([(A, B), (C, D)], (A, D)),
        ([(B, C), (None, A)], (None, C)),
        ([(None, B), (None, C)], (None, C)),
    ],
)
def test_join(windows: list[Window], joined: Window) -> None:
    assert join_windows(windows) == joined
    assert join_windows(reversed(windows)) == joined
