"""Writers that are killed, and writers that meet, in one process family; prints what happened as JSON.

Run as a script: its children are forked from one thread, after the imports, so that two hundred of them cost seconds.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from prism_rules.cli.decide import Decided, append_decision
from prism_rules.files import TEMPORARY
from prism_rules.ledger import append_entry, fold, read_ledger
from prism_rules.model.ledger import Criterion, Event, Opening, RulesetUsed
from prism_rules.output import digest_bytes, prepare, replaced_folder

Work = Callable[[Path], Iterator[str]]
"""Writes into a ledger again and again, and gives each hash as it is told."""


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
        opening=Opening(kind="review", title="Review", acceptance=(Criterion(rule="agreement", scope={}),)),
    )
    return append_entry(folder, events=[event], ruleset=RulesetUsed(name="surface", version="1.0.0", digest="sha256:0"))


def open_actions(folder: Path) -> Iterator[str]:
    """Open action after action."""
    for number in count():
        yield append(folder, f"{os.getpid()}", number)


def decide(folder: Path) -> Iterator[str]:
    """Decide about one action over and over, whatever comes next for it."""
    follows = {"proposed": "approved", "open": "done", "done": "reopened"}
    while True:
        states = fold(read_ledger(folder))
        state = states.get("review-of-0")
        event: Any = follows[state.state] if state else None
        decided = Decided(event, "@org/labels", "agreed", datetime(2026, 3, 2, tzinfo=UTC))
        yield append_decision(folder, "review-of-0", decided)[2] if state else append(folder, "of", 0)


def plan(folder: Path) -> Iterator[str]:
    """Write an output folder and its entry in one step, as `plan --record` does."""
    for number in count():
        report = f"{os.getpid()} {number}\n".encode() * 100
        files = [{"path": "report.md", "sha256": digest_bytes(report)}]
        index = json.dumps({"apiVersion": "prism-rules/v1", "files": files}).encode()
        with replaced_folder(folder.parent / "plan", {"report.md": report, "plan.json": index}):
            name = append(folder, f"{os.getpid()}", number)
        yield name


def die_at(fatal: int) -> None:
    """Kill this process at its n-th system call on files; a write takes 200 bytes, so that a kill can tear it.

    Nothing is synced in fact: what is written outlives its process without that, and the disk is slow.
    """
    made = count(1)

    def wrap(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if next(made) == fatal:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **named)

        return call

    write = os.write
    tame = {"write": lambda file, data: write(file, data[:200]), "fsync": lambda _: None}

    for name in ("open", "mkdir", "ftruncate", "write", "fsync", "replace", "unlink", "rename", "rmdir"):
        setattr(os, name, wrap(tame.get(name, getattr(os, name))))


def start(folder: Path, work: Work, entries: int, acknowledged: Path, fatal: int = 0) -> int:
    """Fork a child that appends entries one after the other, and notes each hash as soon as it is told."""
    child = os.fork()
    if child:
        return child
    log = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    note = os.write
    die_at(fatal)
    for _, name in zip(range(entries), work(folder), strict=False):
        note(log, name.encode() + b"\n")
    os._exit(0)


def read_names(file: Path) -> list[str]:
    return file.read_text().split() if file.exists() else []


def kill_writers(top: Path, acknowledged: Path, kills: int) -> Iterator[tuple[str, object]]:
    """Writers of each kind; the n-th of a kind dies at its n-th system call. Twenty of them share a ledger."""
    torn, left, told, shares = 0, 0, 0, {open_actions: 2, decide: 1, plan: 2}
    for work, share in shares.items():
        for fatal in range(1, kills * share // 5 + 1):
            folder = top / f"{work.__name__}-{fatal // 20}" / "ledger"
            acknowledged = folder.parent / "log"
            folder.parent.mkdir(parents=True, exist_ok=True)
            _, status = os.waitpid(start(folder, work, 1_000, acknowledged, fatal), 0)
            assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
            entries = read_ledger(folder).entries  # refuses whatever is torn
            names = read_names(acknowledged)
            assert set(names) <= set(entries), f"{work.__name__}, kill {fatal}: lost an entry that was acknowledged"
            assert len(entries) - len(names) <= fatal % 20 + 1, "a kill leaves at most one whole entry that nobody told"
            torn += len(list(folder.rglob(f"{TEMPORARY}*")))
            if work is plan:
                prepare(folder.parent / "plan")  # refuses a folder that is not whole
                left += len(list(folder.parent.glob("plan.*")))
            told += len(names) if fatal % 20 == 19 or fatal == kills * share // 5 else 0
    yield "acknowledged", told
    yield "killed in the middle of a write", torn
    append(folder, "last", 0)
    yield "left after a last append", len(list(folder.rglob(f"{TEMPORARY}*"))) + left


def meet(folder: Path, acknowledged: Path, writers: int, each: int) -> Iterator[tuple[str, object]]:
    """Several writers and a reader at once."""
    children = [start(folder, open_actions, each, acknowledged) for _ in range(writers)]
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
    gc.freeze()  # what was imported is shared with all children, and never looked through
    gc.disable()
    folder, acknowledged = Path(sys.argv[2]), Path(sys.argv[3])
    numbers = [int(argument) for argument in sys.argv[4:]]
    run = {"kill": kill_writers, "meet": meet}[sys.argv[1]]
    print(json.dumps(dict(run(folder, acknowledged, *numbers))))  # noqa: T201
