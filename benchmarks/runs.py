"""Runs: one process at a time, with its wall clock, processor time and peak memory; cases in turn, medians of each."""

from __future__ import annotations

import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.cases import ROOT, SCRATCH, Case, Numbers, Race
from benchmarks.peers import install_peer

PAGE = os.sysconf("SC_PAGE_SIZE")
SLOW, SLOWER = 5.0, 30.0
"""Seconds from which a case is run three times, and twice."""


class BenchmarkError(Exception):
    """A case did not run."""


class DisagreementError(Exception):
    """The program's numbers are not the limit's."""


@dataclass(frozen=True)
class Run:
    """One process from its start to its end."""

    wall: float
    cpu: float
    """User and system, of the process and of its children."""
    mib: float
    """Largest resident memory: of the whole tree where /proc can be sampled, else of its largest process."""
    engine: float | None
    scans: float | None
    failed: float | None
    """Checks that failed, where it counts them."""


@dataclass
class Results:
    """What a case took, and what it told in its warm-up."""

    case: Case
    runs: list[Run] = field(default_factory=list)
    due: int = 0
    failed: str | None = None
    """Why it has no result."""

    def median(self, what: str) -> float | None:
        """Give the median of a number of its runs; None where it has none."""
        values = [value for run in self.runs if (value := getattr(run, what)) is not None]
        return statistics.median(values) if values else None


def run_race(race: Race) -> list[Results]:
    """Prepare a race, warm every case up, compare their numbers, and run them in turn.

    A case that fails is named with its reason. Raises `DisagreementError` where numbers differ from the limit's.
    """
    SCRATCH.mkdir(parents=True, exist_ok=True)
    for path, command in race.needs:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(command, cwd=ROOT, check=True)
    results = [Results(case) for case in race.cases]
    limit: Numbers | None = None
    for result in results:
        case = result.case
        try:
            if case.peer and (missing := install_peer(case.peer)):
                raise BenchmarkError(missing)
            if case.before:
                run_once(case, case.before)
            first = run_once(case, (*case.command, *case.asked))
        except BenchmarkError as error:
            result.failed = str(error)
            continue
        if case.read:
            told = case.read()
            limit = limit if limit is not None else told
            compare_numbers(limit, told, case.name)
        result.due = race.runs if first.wall < SLOW else min(race.runs, 3 if first.wall < SLOWER else 2)
    for turn in range(max(result.due for result in results)):
        for result in results:
            if turn < result.due and not result.failed:
                try:
                    result.runs.append(run_once(result.case, result.case.command))
                except BenchmarkError as error:
                    result.failed = str(error)
    return results


def compare_numbers(limit: Numbers, told: Numbers, name: str) -> None:
    """Raise `DisagreementError` unless two sets of numbers are the same: floats to 1e-9, all else exactly."""
    wrong = [key for key in limit.keys() | told.keys() if not _is_same(limit.get(key), told.get(key))]
    if limit.keys() != told.keys() or wrong:
        shown = "; ".join(f"{key}: {limit.get(key)!r} and {told.get(key)!r}" for key in sorted(wrong)[:5])
        raise DisagreementError(f"{len(wrong)} of {len(limit)} numbers of `{name}` are not the limit's: {shown}")


def _is_same(one: object, other: object) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return one == other


def run_once(case: Case, command: Iterable[str]) -> Run:
    """Run a command once. Raises `BenchmarkError` if it ends as it must not."""
    _remove(case)
    output = SCRATCH / "stdout"
    peak = Peak()
    with output.open("w") as stdout, (SCRATCH / "stderr").open("w") as stderr:
        since = time.perf_counter()
        process = subprocess.Popen([*command], cwd=ROOT, stdout=stdout, stderr=stderr, env=write_environment())
        sampler = threading.Thread(target=peak.sample, args=(process.pid,), daemon=True)
        sampler.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - since
    process.returncode = os.waitstatus_to_exitcode(status)
    peak.ended.set()
    sampler.join()
    if process.returncode not in case.ends:
        last = (SCRATCH / "stderr").read_text("utf-8", errors="replace").strip().splitlines()[-1:]
        raise BenchmarkError(f"`{case.name}` ended with {process.returncode}: {' '.join(last)[:300]}")
    told = _read_last_line(output)
    # Linux counts KiB, macOS bytes.
    largest = usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)
    return Run(
        wall,
        usage.ru_utime + usage.ru_stime,
        max(largest, peak.mib),
        told.get("engine"),
        told.get("scans"),
        told.get("failed"),
    )


def write_environment() -> dict[str, str]:
    """Write the environment of a case: a home of its own, no telemetry, two threads for libraries that take all."""
    home = SCRATCH / "home"
    (home / ".soda").mkdir(parents=True, exist_ok=True)
    (home / ".soda" / "config.yml").write_text("send_anonymous_usage_stats: false\n", "utf-8")
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    quiet = {"GX_ANALYTICS_ENABLED": "false", "WHYLOGS_NO_ANALYTICS": "true", "NO_COLOR": "1", "DO_NOT_TRACK": "1"}
    return mine | quiet | {"HOME": str(home), "POLARS_MAX_THREADS": "2", "OMP_NUM_THREADS": "2"}


def _remove(case: Case) -> None:
    if case.fresh:
        shutil.rmtree(case.fresh, ignore_errors=True)


def _read_last_line(output: Path) -> dict[str, float]:
    lines = output.read_text("utf-8", errors="replace").strip().splitlines()
    try:
        told = json.loads(lines[-1]) if lines else {}
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


class Peak:
    """Samples the resident memory of a process and all that it started. Pages that they share count once for each."""

    def __init__(self) -> None:
        self.mib, self.ended = 0.0, threading.Event()

    def sample(self, process: int) -> None:
        """Sample until the end."""
        while not self.ended.wait(0.02):
            pages = sum(map(_count_pages, _list_tree(process)))
            self.mib = max(self.mib, pages * PAGE / 2**20)


def _list_tree(process: int) -> Iterator[int]:
    yield process
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            listed = children.read_text().split()
        except OSError:
            continue
        for child in listed:
            yield from _list_tree(int(child))


def _count_pages(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
