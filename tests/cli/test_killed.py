"""A run that is killed while it writes leaves the plan before, or the plan after, or what the next run puts back.

One that is terminated tidies up itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from .conftest import AS_OF, Project, make_predictions

KILLED = """\
import os, signal, sys

name, nth = sys.argv[1], int(sys.argv[2])
real, calls = getattr(os, name), 0

def call(*arguments, **named):
    global calls
    calls += 1
    if calls == nth:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments, **named)

from prism_rules.cli import run
import prism_rules.output
setattr(os, name, call)
sys.exit(run(sys.argv[3:]))
"""


def describe(folder: Path) -> str:
    """The status of a plan all of whose files are whole."""
    plan = json.loads((folder / "plan.json").read_bytes())
    listed = {entry["path"]: entry["sha256"] for entry in plan["files"]}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there == {*listed, "plan.json"}
    for name, digest in listed.items():
        assert hashlib.sha256((folder / name).read_bytes().replace(b"\r\n", b"\n")).hexdigest() == digest
    return str(plan["status"])


@pytest.mark.parametrize(
    ("call", "nth", "left"),
    [("fsync", 1, "fail"), ("fsync", 4, "fail"), ("rename", 1, "fail"), ("rename", 2, "fail"), ("rename", 3, "pass")],
    ids=["first file", "some file", "before the old one is aside", "between", "after the new one is there"],
)
def test_a_killed_run_leaves_a_whole_plan(call: str, nth: int, left: str, project: Project) -> None:
    assert project.call("plan", "--as-of", AS_OF).returncode == 1
    out = project.root / "plans" / AS_OF
    project.write("predictions", make_predictions().with_columns(score=pl.lit(0.95)))
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, call, str(nth), "plan", "--as-of", AS_OF],
        cwd=project.root,
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert describe(out if out.exists() else out.with_name(f"{AS_OF}.old")) == left
    # The next run fails over its data, and has put everything in order before.
    (project.root / "data" / "predictions.parquet").unlink()
    assert project.call("plan", "--as-of", AS_OF).returncode == 3
    assert describe(out) == left
    assert [path.name for path in out.parent.iterdir()] == [AS_OF]


def read_all(project: Project) -> dict[str, bytes]:
    found = [path for name in ("plans", "ledger") for path in (project.root / name).rglob("*") if path.is_file()]
    return {path.relative_to(project.root).as_posix(): path.read_bytes() for path in found if path.name != ".lock"}


@pytest.mark.parametrize(
    ("call", "nth"), [("replace", 3), ("rename", 1)], ids=["before the entry is there", "before the old plan goes"]
)
def test_the_next_run_finishes_what_a_killed_recording_began(
    call: str, nth: int, project: Project, make_project: Callable[[str], Project]
) -> None:
    recording = ("plan", "--as-of", AS_OF, "--record")
    assert project.call("plan", "--as-of", AS_OF).returncode == 1
    other = make_project("other")
    for one in (project, other):
        one.write("predictions", make_predictions().with_columns(score=pl.lit(0.5)))
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, call, str(nth), *recording], cwd=project.root, capture_output=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert project.call(*recording).returncode == other.call(*recording).returncode == 1
    assert read_all(project) == read_all(other)


TERMINATED = """\
import os, signal, sys
from importlib import import_module

home, name, nth = import_module(sys.argv[1]), sys.argv[2], int(sys.argv[3])
real, calls = getattr(home, name), 0

def call(*arguments, **named):
    global calls
    calls += 1
    done = real(*arguments, **named)
    if calls == nth:
        os.kill(os.getpid(), signal.SIGTERM)
    return done

setattr(home, name, call)
sys.argv[1:] = sys.argv[4:]
from prism_rules.cli import main
main()
"""


@pytest.mark.parametrize(
    ("home", "name", "nth"),
    [
        ("os", "fsync", 1),
        ("os", "fsync", 4),
        ("os", "rename", 1),
        ("prism_rules.engines.isolation", "write_frame", 1),
        ("prism_rules.engines.duckdb", "open_locked", 1),
    ],
    ids=["first file", "some file", "the old one is aside", "the child is at work", "the engine is at work"],
)
def test_a_terminated_run_leaves_nothing_but_the_plan_before(
    home: str, name: str, nth: int, project: Project, tmp_path: Path
) -> None:
    assert project.call("plan", "--as-of", AS_OF).returncode == 1
    project.write("predictions", make_predictions().with_columns(score=pl.lit(0.95)))
    if home.endswith("isolation"):
        project.edit(
            "    metric: mean_confidence\n", "    metric: mean_confidence\n    where: \"lighting = 'diffuse'\"\n"
        )
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    ended = subprocess.run(
        [sys.executable, "-c", TERMINATED, home, name, str(nth), "plan", "--as-of", AS_OF],
        cwd=project.root,
        env={**os.environ, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr.splitlines()[-1]) == (143, "exit 143: terminated"), ended.stderr
    out = project.root / "plans" / AS_OF
    assert describe(out) == "fail"
    assert [path.name for path in out.parent.iterdir()] == [AS_OF]
    assert [*temporary.iterdir()] == []
