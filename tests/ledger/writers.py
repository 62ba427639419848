"""Writers that are killed, and writers that meet, in one process family; prints what happened as JSON.

Run as a script: its children are forked from one thread, after the imports, so that forty of them cost a second.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from prism_rules.files import TEMPORARY
from prism_rules.ledger import append_entry, read_ledger
from prism_rules.model.ledger import Event, Opening, RulesetUsed


def append(folder: Path, writer: str, number: int) -> str:
    """Open one action of the writer's own."""
    event = Event(
        event="opened",
        action=f"review-{writer}-{number}",
        name="review",
        scope={"class": "dent"},
        by="@org/labels",
        because="agreed",
        at="2026-03-01T00:00:00Z",
        opening=Opening(kind="review", title="Review"),
    )
    return append_entry(folder, events=[event], ruleset=RulesetUsed(name="surface", version="1.0.0", digest="sha256:0"))


def die_at(fatal: int) -> None:
    """Kill this process at its n-th system call on files; a write takes 200 bytes, so that a kill can tear it."""
    made = count(1)

    def wrap(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if next(made) == fatal:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(arguments[0], arguments[1][:200]) if name == "write" else real(*arguments, **named)

        return call

    for name in ("open", "mkdir", "ftruncate", "write", "fsync", "replace", "unlink"):
        setattr(os, name, wrap(name, getattr(os, name)))


def start(folder: Path, writer: str, entries: int, acknowledged: Path, fatal: int = 0) -> int:
    """Fork a child that appends entries one after the other, and notes each hash as soon as it is told."""
    child = os.fork()
    if child:
        return child
    log = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    note = os.write
    die_at(fatal)
    for number in range(entries):
        note(log, append(folder, writer, number).encode() + b"\n")
    os._exit(0)


def read_names(file: Path) -> list[str]:
    return file.read_text().split() if file.exists() else []


def kill_writers(folder: Path, acknowledged: Path, kills: int) -> Iterator[tuple[str, object]]:
    """The n-th child dies at its n-th system call."""
    torn = 0
    for kill in range(1, kills + 1):
        child = start(folder, str(kill), 1_000, acknowledged, fatal=kill)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
        entries = read_ledger(folder).entries  # refuses whatever is torn
        names = read_names(acknowledged)
        assert set(names) <= set(entries), f"kill {kill} lost an entry that was acknowledged"
        assert len(entries) - len(names) <= kill, "a kill leaves one whole and unacknowledged entry at the most"
        torn += len(list(folder.rglob(f"{TEMPORARY}*")))
    yield "acknowledged", len(names)
    yield "killed in the middle of a write", torn
    append(folder, "last", 0)
    yield "left after a last append", len(list(folder.rglob(f"{TEMPORARY}*")))


def meet(folder: Path, acknowledged: Path, writers: int, each: int) -> Iterator[tuple[str, object]]:
    """Several writers and a reader at once."""
    children = [start(folder, str(writer), each, acknowledged) for writer in range(writers)]
    ended, reads = 0, 0
    while ended < writers:
        read_ledger(folder)  # a reader in their midst never meets half of anything
        reads += 1
        child, status = os.waitpid(-1, os.WNOHANG)
        ended += bool(child)
        assert status == 0
    ledger = read_ledger(folder)
    names = read_names(acknowledged)
    yield "children", len(children)
    yield "reads", reads
    yield "acknowledged", len(names)
    yield "all there", sorted(names) == sorted(ledger.entries)
    yield "heads", len(ledger.heads)
    yield "longest row of parents", max(len(entry.parents) for entry in ledger.entries.values())


if __name__ == "__main__":
    folder, acknowledged = Path(sys.argv[2]), Path(sys.argv[3])
    numbers = [int(argument) for argument in sys.argv[4:]]
    run = {"kill": kill_writers, "meet": meet}[sys.argv[1]]
    print(json.dumps(dict(run(folder, acknowledged, *numbers))))  # noqa: T201
