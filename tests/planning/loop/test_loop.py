"""The governed loop, driven at random for many cycles, against the language's own words.

The seed is fixed, so that CI says the same every day; `make fuzz` looks further, with other seeds and for minutes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

import prism_rules.planning as planning
import prism_rules.planning.drawing as drawing
import prism_rules.planning.gates as gates
import prism_rules.planning.instances as instances
import prism_rules.planning.records as records

from .files import FileLoop
from .machine import Loop

EXAMPLES = int(os.environ.get("PRISM_FUZZ", "0"))
"""How many lives `make fuzz` tries; 0 for those that every run of the tests has."""


def drive(machine: type[RuleBasedStateMachine], examples: int, steps: int, **more: Any) -> None:
    """Let a machine live as many lives."""
    how: dict[str, Any] = {"derandomize": not EXAMPLES, "database": None, "deadline": None, **more}
    quiet = list(HealthCheck)
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=steps, suppress_health_check=quiet, **how)
    )


def test_the_loop_over_findings_made_up() -> None:
    drive(Loop, EXAMPLES or 45, 20)


def test_the_loop_over_files() -> None:
    # Its plans are too slow to be made hundreds of times for a shorter story.
    drive(FileLoop, EXAMPLES // 10 or 6, 8, phases=[Phase.generate])


@contextmanager
def mutated(target: Any, name: str, value: Any) -> Iterator[None]:
    """Replace a part of the program for a while."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(target, name, value)
        yield


def open_unmeasured(finding: Any, strict: bool) -> str | None:
    because = gates.explain_hold(finding, strict)
    return None if because == "unmeasured" else because


def redraw(stand: Any, queue: Any) -> Any:
    return replace(REQUEST(stand, queue), frozen=())


def forget_drawn(stand: Any, queue: Any) -> Any:
    return replace(REQUEST(stand, queue), drawn=frozenset())


REQUEST = drawing._request
MUTANTS: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "a queue is redrawn": (drawing, "_request", redraw),
    "a row is drawn twice": (drawing, "_request", forget_drawn),
    "what ended is back at once": (instances, "_is_back", lambda case, instance, known: bool(
        instance.recorded and instance.recorded.state in ("verified", "closed") and instance.covers)),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_a_loop_that_is_wrong_is_caught(name: str) -> None:
    with mutated(*MUTANTS[name]), pytest.raises((AssertionError, ExceptionGroup)):
        drive(Loop, 45, 20, phases=[Phase.generate])
