"""Cases: what is run, what is due of it, and which of them stand in one table."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "benchmarks"
SCRATCH = BUILD / "scratch"
PROGRAM = str(Path(sys.executable).with_name("prism-rules"))

Numbers = Mapping[str, float | str | None]


@dataclass(frozen=True)
class Goal:
    """What a case must not exceed."""

    engine: float | None = None
    """Times the limit's engine."""
    process: float | None = None
    """Seconds of the whole process."""
    mib: float | None = None


@dataclass(frozen=True)
class Case:
    """A process to run. It prints one JSON object last, with `engine`, where it can tell its engine from the rest."""

    name: str
    command: tuple[str, ...]
    goal: Goal = Goal()
    peer: str | None = None
    """The peer that runs it, in an environment of its own; None: the interpreter of the benchmarks."""
    note: str = ""
    ends: tuple[int, ...] = (0, 1)
    """Exit codes of a run that went well; most say 1 when checks fail."""
    before: tuple[str, ...] = ()
    """A command that is run once before the first run."""
    fresh: Path | None = None
    """What is removed before every run."""
    asked: tuple[str, ...] = ()
    """Arguments that the warm-up has besides, to tell its numbers."""
    read: Callable[[], Numbers] | None = None
    """Reads what the warm-up told: compared with the limit's."""


@dataclass(frozen=True)
class Race:
    """Cases that are run in turn and stand in one table. The first is the limit."""

    title: str
    cases: tuple[Case, ...]
    needs: tuple[tuple[Path, tuple[str, ...]], ...] = ()
    """Files, each with the command that makes it where it is not there."""
    runs: int = 5
    note: str = ""


def name_module(name: str, *arguments: str | Path) -> tuple[str, ...]:
    """Name the command that runs a module of the benchmarks."""
    return (sys.executable, "-m", f"benchmarks.{name}", *map(str, arguments))
