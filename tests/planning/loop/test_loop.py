"""The governed loop, through random cycles, against the language's own words."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from .machine import Loop

Loop.TestCase.settings = settings(
    max_examples=60, stateful_step_count=30, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
TestLoop = Loop.TestCase
