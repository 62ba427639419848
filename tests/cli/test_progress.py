"""What a run says while it goes on, on a terminal and elsewhere; and that standard output is none of its business."""

from __future__ import annotations

import json
import re
import struct
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from rich.status import Status

from prism_rules import cli
from prism_rules.columns import measure_width
from prism_rules.engines import Batch, Limits
from prism_rules.engines.child import serve
from prism_rules.engines.duckdb import Database

from .conftest import AS_OF, Project

PLAN = ("plan", "--as-of", AS_OF)
PHASES = [
    "bound 2 sources, 120 rows",
    "measured 2 rules in 2 scans",
    "diagnosed 1 cause, 0 failures unexplained",
    "planned 2 actions, 2 queues of 8 rows",
    "wrote 8 files into plans/2026-03-01",
]
ENDING = "exit 1: findings at or above the gate: 1 fail"


class _Stream(TextIOWrapper):
    def __init__(self, terminal: bool) -> None:
        super().__init__(BytesIO(), "utf-8", write_through=True)
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    @property
    def told(self) -> str:
        return self.buffer.getvalue().decode()  # type: ignore[attr-defined,no-any-return]


def call(project: Project, *arguments: str, out: bool = False, err: bool = False) -> tuple[str, str]:
    """Run a command, with standard output or standard error a terminal; give what each was told."""
    streams = _Stream(out), _Stream(err)
    with redirect_stdout(streams[0]), redirect_stderr(streams[1]), chdir(project.root):
        cli.run(arguments)
    return streams[0].told, streams[1].told


@pytest.fixture(autouse=True)
def _eighty(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")


def test_away_from_a_terminal_each_phase_is_one_line(project: Project) -> None:
    assert call(project, *PLAN)[1].splitlines() == [*PHASES, ENDING]


def test_quiet_says_no_phase_and_verbose_says_what_is_being_done_too(project: Project) -> None:
    assert call(project, *PLAN, "-q")[1].splitlines() == [ENDING]
    said = call(project, *PLAN, "-v")[1].splitlines()
    assert [line for line in said if line in PHASES] == PHASES
    assert said[0] == "evaluating rules.yaml"
    assert "scanning annotations, 1 of 2 scans · 80 rows" in said
    assert "scanning predictions, 2 of 2 scans · 40 rows" in said


def test_on_a_terminal_what_is_being_done_moves_and_is_gone_at_the_end(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    # A line is drawn some times a second: most phases of so small a run are over before.
    monkeypatch.setattr(Status, "update", lambda _, status: shown.append(str(status)))
    said = call(project, *PLAN, err=True)[1]
    assert "evaluating rules.yaml" in said
    assert shown == [
        "scanning annotations, 1 of 2 scans · 80 rows", "scanning predictions, 2 of 2 scans · 40 rows",
        "diagnosing 4 findings", "planning, and drawing queues", "writing the report",
    ]  # fmt: skip
    assert not [phase for phase in PHASES if phase in said]
    after = said.rpartition("\x1b[2K")[2]
    assert after == f"{ENDING}\n"
    assert said.count("\x1b[?25l") == said.count("\x1b[?25h") == 1, "the cursor is shown again"


def test_on_a_terminal_verbose_leaves_a_line_for_each_phase(project: Project) -> None:
    said = re.sub("\x1b\\[[0-9?]*[A-Za-z]", "", call(project, *PLAN, "-v", err=True)[1])
    lines = [line.rpartition("\r")[2].strip() for line in said.splitlines()]
    assert [line for line in lines if line in PHASES] == PHASES


def test_a_dumb_terminal_is_no_terminal(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    out, err = call(project, *PLAN, out=True, err=True)
    assert err.splitlines() == [*PHASES, ENDING]
    assert "\x1b" not in out


def test_what_is_a_result_does_not_depend_on_who_listens(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    told = {call(project, *PLAN, *more, out=out, err=err)[0] for more, out, err in [
        ((), False, False), (("-q",), False, False), (("-v",), False, False), ((), False, True), (("-v",), False, True),
        ((), True, True), (("-q",), True, False),
    ]}  # fmt: skip
    assert len(told) == 1
    assert "\x1b" not in told.pop()


def test_only_a_terminal_has_another_width(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    widths = {}
    for columns in ("40", "80"):
        monkeypatch.setenv("COLUMNS", columns)
        for terminal in (True, False):
            told = call(project, *PLAN, "--color", "never", out=terminal)[0].splitlines()
            paths = ("Look at ", "Why? ")
            widths[columns, terminal] = max(measure_width(line) for line in told if not line.startswith(paths))
    assert {width for (_, terminal), width in widths.items() if not terminal} == {widths["80", True]}
    assert widths["40", True] <= 40 < widths["80", True] <= 80


def test_other_commands_say_what_they_do_on_a_terminal_alone(project: Project) -> None:
    assert call(project, "check")[1] == ""
    said = call(project, "check", err=True)[1]
    assert "2 of 2 files" in said
    assert said.endswith("\x1b[2K")


BATCH = Batch((), (), (("q", 'SELECT * FROM "+a"'),), (("+a", "SELECT 1 AS n"), ("+b", "SELECT 2 AS n")))


def test_an_engine_tells_of_each_scan_before_it_is_made(tmp_path: Path) -> None:
    begun: list[str] = []
    database = Database(Limits(threads=1), tmp_path, begun.append)
    database.answer(BATCH)
    database.close()
    assert begun == ["+a", "+b"]


def test_the_child_tells_of_each_scan_before_its_answer(tmp_path: Path) -> None:
    request = {"files": [], "views": [], "variables": [], "queries": BATCH.queries, "tables": BATCH.tables,
               "limits": {"threads": 1}, "spill": str(tmp_path)}  # fmt: skip
    frame, replies = json.dumps(request).encode(), BytesIO()
    serve(BytesIO(struct.pack(">Q", len(frame)) + frame), replies)
    replies.seek(0)
    headers = []
    while len(headers) < 3:
        (size,) = struct.unpack(">Q", replies.read(8))
        headers.append(json.loads(replies.read(size)))
    assert headers == [{"begun": "+a"}, {"begun": "+b"}, {"tables": ["q"]}]
