"""Tables: what was measured, as Markdown, with the goals and whether they are reached."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

from benchmarks.cases import Goal, Race
from benchmarks.runs import Results

NUMBERS = ("n", "engine s", "x limit", "database s", "process s", "x limit", "CPU s", "peak MiB", "fail")
HEAD = ("case", *NUMBERS, "goal", "reached")


def write_table(race: Race, results: list[Results]) -> str:
    """Write one table; ratios are to its first row."""
    limit = results[0]
    lines = [f"### {race.title}", "", f"| {' | '.join(HEAD)} |", "| --- |" + " ---: |" * len(NUMBERS) + " --- | --- |"]
    lines += [f"| {' | '.join(cells)} |" for cells in (write_row(result, limit) for result in results)]
    notes = [f"- {result.case.name}: {result.case.note}." for result in results if result.case.note]
    notes += [f"- {result.case.name}: **not measured**, {result.failed}" for result in results if result.failed]
    return "\n".join([*lines, *([""] if notes else []), *notes, ""])


def write_row(result: Results, limit: Results) -> list[str]:
    """Write the cells of one case."""
    if result.failed:
        return [result.case.name, *["-"] * (len(HEAD) - 1)]
    engine, process = result.median("engine"), result.median("wall")
    goals = list(judge_goal(result.case.goal, result, limit))
    return [
        result.case.name,
        str(len(result.runs)),
        write_seconds(engine),
        write_ratio(engine, limit.median("engine")),
        write_seconds(result.median("scans")),
        write_seconds(process),
        write_ratio(process, limit.median("wall")),
        write_seconds(result.median("cpu")),
        f"{result.median('mib') or 0:,.0f}",
        "" if (failed := result.median("failed")) is None else f"{failed:.0f}",
        "; ".join(goal for goal, _ in goals),
        "; ".join("yes" if reached else "**no**" for _, reached in goals),
    ]


def judge_goal(goal: Goal, result: Results, limit: Results) -> Iterator[tuple[str, bool]]:
    """Judge every goal of a case: what it says, and whether it is reached."""
    engine, bound = result.median("engine"), limit.median("engine")
    if goal.engine is not None and engine is not None and bound is not None:
        yield f"engine {goal.engine:g} x", engine <= goal.engine * bound
    wall, mib = result.median("wall"), result.median("mib")
    if goal.process is not None and wall is not None:
        yield f"process {goal.process:g} s", wall <= goal.process
    if goal.mib is not None and mib is not None:
        yield f"{goal.mib:g} MiB", mib <= goal.mib


def write_seconds(seconds: float | None) -> str:
    """Write seconds with three digits that count."""
    if seconds is None:
        return ""
    return f"{seconds:.3f}" if seconds < 1 else f"{seconds:.2f}" if seconds < 10 else f"{seconds:.1f}"


def write_ratio(value: float | None, limit: float | None) -> str:
    """Write a ratio."""
    if value is None or not limit:
        return ""
    ratio = value / limit
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}"


def describe_machine() -> str:
    """Describe the machine and the versions, but not whose machine it is."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("prism-rules", "duckdb", "polars", "pydantic"))
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB, {platform.system()}; "
        f"Python {platform.python_version()}, {packages}."
    )


def list_pins(folder: Path, peers: Iterable[str]) -> str:
    """List what peers are pinned to."""
    pins: Mapping[str, str] = {
        peer: ", ".join((folder / peer / "requirements.txt").read_text("utf-8").split()) for peer in peers
    }
    return "Peers, and what limits need: " + "; ".join(f"{peer} ({pinned})" for peer, pinned in pins.items()) + "."


def replace_measured(page: str, measured: str, part: str = "measured") -> str:
    """Replace what stands between the markers of a part of a page. Raises ValueError where it has none."""
    begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    if begin not in page or end not in page:
        raise ValueError(f"the page has no {begin} and {end}")
    return re.sub(f"{begin}.*{end}", lambda _: f"{begin}\n\n{measured.strip()}\n\n{end}", page, flags=re.DOTALL)
