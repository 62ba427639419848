"""The governed loop, driven at random for many cycles, against the language's own words.

The seed is fixed, so that CI says the same every day; `make fuzz` looks further, with other seeds and for minutes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from prism_rules.planning import acceptance, drawing, gates, instances

from .files import FileLoop
from .machine import Loop

EXAMPLES = int(os.environ.get("PRISM_FUZZ", "0"))
"""How many lives `make fuzz` tries; 0 for those that every run of the tests has."""


def drive(machine: type[RuleBasedStateMachine], examples: int, steps: int, **more: Any) -> None:
    """Let a machine live as many lives."""
    how: dict[str, Any] = {
        "derandomize": not EXAMPLES, "database": None, "deadline": None, "report_multiple_bugs": False, **more
    }  # fmt: skip
    quiet = list(HealthCheck)
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=steps, suppress_health_check=quiet, **how)
    )


def test_the_loop_over_findings_made_up() -> None:
    drive(Loop, EXAMPLES or 10, 20)


def test_the_loop_over_files() -> None:
    # Its plans are too slow to be made hundreds of times for a shorter story.
    drive(FileLoop, EXAMPLES // 10 or 5, 8, phases=[Phase.generate])


def redraw(stand: Any, queue: Any) -> Any:
    return replace(REQUEST(stand, queue), frozen=())


REQUEST, HOLDS = drawing._request, gates.explain_hold
MUTANTS: dict[str, tuple[Any, str, Callable[..., Any], str]] = {
    "a queue is redrawn": (drawing, "_request", redraw, "rows"),
    "a cause that nobody can tell is gone": (instances._Remains, "find", lambda *_: False, "state"),
    "a strict gate lets a warning pass": (gates, "explain_hold", lambda finding, _: HOLDS(finding, False), "state"),
    "a gate asks for no newer data": (gates.Gates, "_find_latest_done", lambda *_: None, "state|gate"),
    "verified without newer data": (acceptance, "list_collections", lambda *_: [], "state|acceptance"),
    "a late plan takes things back": (instances, "is_overtaken", lambda *_: False, "state"),
}  # fmt: skip
"""What is wrong, and in what a plan shows it."""


@pytest.mark.parametrize("name", MUTANTS)
def test_a_loop_that_is_wrong_is_caught(name: str) -> None:
    *broken, shown = MUTANTS[name]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*broken)
        with pytest.raises(AssertionError, match=f"^the plan is wrong in ({shown}):"):
            drive(Loop, 45, 20, phases=[Phase.generate], derandomize=True)
