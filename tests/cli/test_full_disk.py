"""A disk that is full changes nothing: ledger and output folder are byte for byte what they were, and the code is 8."""

from __future__ import annotations

import builtins
import errno
import os
import shutil
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from prism_rules import output
from prism_rules.cli import plan as planning

from .conftest import AS_OF, Project

PLAN = ("plan", "--as-of", AS_OF, "--record")
DECIDE = (
    "decide", "review-set", "--as", "approved", "--by", "@org/labels", "--because", "agreed", "--at", "2026-03-02",
)  # fmt: skip
WRITES = ("mkdir", "write", "ftruncate", "fsync")
RENAMES = ("replace", "rename")


class FullDisk:
    """Refuses the n-th call that writes, and with `lasting` all that take room after it: a rename takes none."""

    def __init__(self, patch: pytest.MonkeyPatch, fail_at: int, *, lasting: bool) -> None:
        self.seen, self.fail_at, self.lasting = 0, fail_at, lasting
        for name in WRITES + RENAMES:
            patch.setattr(os, name, self._wrap(getattr(os, name), lasts=name in WRITES))
        patch.setattr(os, "open", self._wrap(os.open, lasts=True, applies=lambda _, flags, *__: flags & os.O_CREAT))
        patch.setattr(output, "open", self._wrap(builtins.open, lasts=True), raising=False)

    def _wrap(
        self, real: Callable[..., Any], *, lasts: bool, applies: Callable[..., Any] = lambda *_: True
    ) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if applies(*arguments):
                self.seen += 1
                if self.seen == self.fail_at or (self.lasting and lasts and self.seen > self.fail_at):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*arguments, **named)

        return call


def read_all(project: Project) -> dict[str, bytes]:
    """Every byte of ledger and plans; the lock says who wrote last, and is no part of either."""
    files = [path for name in ("ledger", "plans") for path in (project.root / name).rglob("*")]
    return {
        path.relative_to(project.root).as_posix(): path.read_bytes()
        for path in files if path.is_file() and path.name != ".lock"
    }  # fmt: skip


def fill_disk(project: Project, *arguments: str, lasting: bool) -> int:
    """Let every write of a command fail in turn, and give how many did; the command is done afterwards.

    What is new is the same each time: by whichever number, either nothing of it is there or all.
    """
    before, code, new, failed = read_all(project), 8, None, 0
    saved = project.root.with_name("saved")
    shutil.copytree(project.root, saved)
    for number in count(1):
        with pytest.MonkeyPatch.context() as patch:
            disk = FullDisk(patch, number, lasting=lasting)
            done = project.call(*arguments)
        after = {name: data for name, data in read_all(project).items() if ".old/" not in name}
        if done.returncode == 8:
            failed += 1
            assert "No space left on device" in done.stderr
            assert after == before, f"the state that write {number} left"
            continue
        # A call whose failure costs nothing: a folder that is there, or an old one that the next run removes.
        assert (done.returncode, after) == (code, new) or new is None, number
        code, new = done.returncode, after
        assert code != 4
        assert new != before
        if disk.seen < number:
            return failed
        shutil.rmtree(project.root)
        shutil.copytree(saved, project.root)
    raise AssertionError


@pytest.mark.parametrize("lasting", [False, True], ids=["for a moment", "for good"])
def test_a_decision_is_recorded_or_not(lasting: bool, project: Project) -> None:
    project.call(*PLAN)
    before = read_all(project)
    assert fill_disk(project, *DECIDE, lasting=lasting) > 7
    added = read_all(project).keys() - before.keys()
    assert len(added) == 1
    assert project.call("ledger", "verify").returncode == 0


@pytest.mark.parametrize("lasting", [False, True], ids=["for a moment", "for good"])
def test_a_recorded_plan_is_in_the_folder_and_in_the_ledger_or_in_neither(
    lasting: bool, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.edit("fail: {below: 0.80}", "fail: {below: 0.95}")
    project.call(*PLAN)
    project.edit("fail: {below: 0.95}", "fail: {below: 0.80}")
    before = read_all(project)
    # What is evaluated is the same each time: only writing it is tried again and again.
    kept: list[Any] = []
    real = planning.run_plan
    monkeypatch.setattr(
        planning, "run_plan", lambda *given, **named: (kept or kept.append(real(*given, **named)) or kept)[0]
    )
    assert project.call("plan", "--as-of", AS_OF, "--out", "elsewhere").returncode == 1
    assert fill_disk(project, *PLAN, lasting=lasting) > 25
    after = read_all(project)
    assert len([name for name in after.keys() - before.keys() if name.startswith("ledger/")]) == 1
    assert after["plans/2026-03-01/plan.json"] != before["plans/2026-03-01/plan.json"]


def test_a_ledger_that_another_process_holds_leaves_the_plan_before(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prism_rules.ledger import append_entry
    from prism_rules.ledger.lock import hold_lock
    from prism_rules.pipeline import recording

    project.call(*PLAN)
    project.edit("fail: {below: 0.80}", "fail: {below: 0.95}")
    before = read_all(project)
    monkeypatch.setattr(
        recording, "append_entry", lambda *given, **named: append_entry(*given, **named, wait_seconds=0)
    )
    with hold_lock(project.root / "ledger", 1):
        done = project.call(*PLAN)
    assert (done.returncode, "error[ledger-busy]" in done.stderr) == (8, True)
    assert read_all(project) == before
    assert project.call(*PLAN).returncode == 1
    assert read_all(project) != before


@pytest.mark.parametrize(
    ("name", "entries"), [("write_atomically", 0), ("_sweep", 0), ("make_folder", 0), (None, 1)],
    ids=["once it has its name", "before it is written", "before the lock", "once it is appended"],
)  # fmt: skip
def test_an_interrupted_recording_is_in_the_folder_and_in_the_ledger_or_in_neither(
    name: str | None, entries: int, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prism_rules.ledger import appending
    from prism_rules.pipeline import recording

    def interrupt(home: Any, name: str) -> None:
        real = getattr(home, name)

        def call(*arguments: Any, **named: Any) -> None:
            real(*arguments, **named)
            if name != "write_atomically" or arguments[0].suffix == ".json":
                raise KeyboardInterrupt

        monkeypatch.setattr(home, name, call)

    interrupt(*((appending, name) if name else (recording, "append_entry")))
    assert project.call(*PLAN).returncode == 130
    assert len([*(project.root / "ledger").glob("??/*.json")]) == entries
    assert (project.root / "plans" / AS_OF).exists() == bool(entries)
