"""`plan --cache`: the same bytes with and without, and nothing is asked twice of the same data."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from .conftest import AS_OF, Project, make_predictions

LONG_AGO = 1_700_000_000
PLAN = ("plan", "--as-of", AS_OF, "--fail-on", "never")
WITH = ("--cache", ".cache")


def age(project: Project) -> None:
    """Let the data have been left alone for long."""
    for path in (project.root / "data").glob("*.parquet"):
        os.utime(path, (LONG_AGO, LONG_AGO))


@pytest.fixture
def project(make_project: Callable[[str], Project]) -> Project:
    project = make_project("project")
    age(project)
    return project


def plan(project: Project, *options: str) -> tuple[dict[str, bytes], tuple[int, int] | None]:
    """Plan: every file that was written, and how many entries of the cache were used and added."""
    done = project.call(*PLAN, *options)
    assert done.returncode == 0, done.stderr
    folder = project.root / "plans" / AS_OF
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return files, read_counts(done)


def read_counts(done: subprocess.CompletedProcess[str]) -> tuple[int, int] | None:
    found = re.search(r"^cache \S+: (\d+) entries used, (\d+) added$", done.stderr, re.MULTILINE)
    return (int(found[1]), int(found[2])) if found else None


@pytest.mark.parametrize("where", ["", "    where: \"lighting = 'diffuse'\"\n"], ids=["in this process", "in a child"])
def test_a_cache_changes_no_byte(where: str, project: Project) -> None:
    project.edit("    metric: mean_confidence\n", f"    metric: mean_confidence\n{where}")
    without, told = plan(project)
    assert told is None
    assert len(without) == 8, "a plan, a report with its picture, measurements and two queues in two forms"
    cold, told = plan(project, *WITH)
    assert told is not None
    assert told[0] == 0
    warm, again = plan(project, *WITH)
    assert again == (told[1], 0)
    assert without == cold == warm


def test_other_bounds_ask_nothing(project: Project) -> None:
    _, cold = plan(project, *WITH)
    before, _ = plan(project)
    project.edit("below: 0.80", "below: 0.70")
    project.edit("below: 0.75", "below: 0.50")
    cached, told = plan(project, *WITH)
    assert cold is not None
    assert told == (cold[1], 0)
    fresh, _ = plan(project)
    assert cached == fresh != before


@pytest.mark.parametrize("bound", ["0.80", "0.70"])
def test_what_is_kept_needs_no_engine(bound: str, project: Project) -> None:
    plan(project, *WITH)
    project.edit("below: 0.80", f"below: {bound}")
    command = [sys.executable, "-X", "importtime", "-m", "prism_rules", *PLAN]
    imported = {
        options: {
            line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if line.startswith("import time:")
        }
        for options in ((), WITH)
        for done in [subprocess.run([*command, *options], cwd=project.root, capture_output=True, text=True, check=True)]
    }
    assert "duckdb" in imported[()]
    assert {"polars"} == imported[WITH] & {"polars", "duckdb", "_duckdb"}


def test_bounds_that_open_other_work_ask_for_its_rows_alone(project: Project) -> None:
    _, cold = plan(project, *WITH)
    project.edit("below: 0.80", "below: 0.95")  # now dents fail too, and have two queues
    cached, told = plan(project, *WITH)
    assert cold is not None and told is not None
    assert told[1] == 2, "the rows of each queue"
    assert told[0] == cold[1]
    assert cached == plan(project)[0]


def write_other_data(project: Project) -> None:
    project.write("predictions", make_predictions().with_columns(score=pl.lit(0.85)))
    age(project)


ASKS_ANEW: dict[str, Callable[[Project], object]] = {
    "another window": lambda project: project.edit("window: 7d", "window: 6d"),
    "a condition": lambda project: project.edit(
        "    metric: mean_confidence\n", "    metric: mean_confidence\n    where: \"lighting = 'x'\"\n"
    ),
    "other data": write_other_data,
    "another metric": lambda project: project.edit("metric: mean_confidence", "metric: volume"),
}


@pytest.mark.parametrize("how", ASKS_ANEW)
def test_what_measures_something_else_is_asked(how: str, project: Project) -> None:
    plan(project, *WITH)
    ASKS_ANEW[how](project)
    cached, told = plan(project, *WITH)
    assert told is not None
    assert told[1] > 0
    assert cached == plan(project)[0]


def test_another_moment_is_asked(project: Project) -> None:
    plan(project, *WITH)
    told = read_counts(project.call("plan", "--as-of", "2026-02-28", *WITH))
    assert told is not None
    assert told[1] > 0


def test_where_the_data_lies_plays_no_part(project: Project, make_project: Callable[[str], Project]) -> None:
    before, cold = plan(project, *WITH)
    other = make_project("it's elsewhere")
    shutil.rmtree(other.root / "data")
    shutil.copytree(project.root / "data", other.root / "data")
    shutil.copytree(project.root / ".cache", other.root / ".cache")
    files, told = plan(other, *WITH)
    assert cold is not None
    assert told == (cold[1] - 2, 2), "two digests are taken again, and no query"
    assert files == before


def test_data_that_was_just_written_is_not_kept(project: Project) -> None:
    future = 4_000_000_000  # a test cannot be sure to be quick
    os.utime(project.root / "data" / "predictions.parquet", (future, future))
    first, told = plan(project, *WITH)
    assert told == (0, 0)
    assert not (project.root / ".cache").exists()
    assert plan(project)[0] == first


def test_damage_is_mended(project: Project) -> None:
    whole, cold = plan(project, *WITH)
    entries = list((project.root / ".cache").glob("*.kept"))
    for path in entries:
        path.write_bytes(path.read_bytes()[:-1] + b"\0\0")
    mended, told = plan(project, *WITH)
    assert told == (0, len(entries))
    assert cold == (0, len(entries))
    assert mended == whole
    assert plan(project, *WITH)[1] == (len(entries), 0)


def test_a_cache_that_cannot_be_written_is_told_and_fails_nothing(project: Project) -> None:
    done = project.call(*PLAN, "--cache", "rules.yaml/cache")
    assert done.returncode == 0, done.stderr
    said = "cache rules.yaml/cache: 0 entries used; none can be added: Not a directory"
    assert done.stderr.splitlines()[-1] == said
    assert (project.root / "plans" / AS_OF / "plan.json").exists()


def test_a_project_names_its_cache_and_the_command_can_do_without(project: Project) -> None:
    with (project.root / "prism.yaml").open("a", encoding="utf-8") as file:
        file.write("cache: .kept\n")
    below = project.root / "below"
    below.mkdir()
    assert "cache" not in project.call(*PLAN, "--no-cache").stderr
    assert not (project.root / ".kept").exists()
    assert "cache ../.kept: 0 entries used" in project.call(*PLAN, cwd=below).stderr
    assert "cache .kept: " in project.call(*PLAN).stderr
    assert "cache other: 0 entries used" in project.call(*PLAN, "--cache", "other").stderr
    assert project.call(*PLAN, "-q").stderr == ""


def test_a_project_cannot_name_a_cache_outside(project: Project, tmp_path: Path) -> None:
    (project.root / "link").symlink_to(tmp_path)
    text = (project.root / "prism.yaml").read_text("utf-8")
    for place in ("../cache", "link/cache", str(tmp_path / "cache")):
        (project.root / "prism.yaml").write_text(f"{text}cache: {place}\n", "utf-8")
        done = project.call(*PLAN)
        assert done.returncode == 2
        assert "error[outside-root]" in done.stderr
    assert not (tmp_path / "cache").exists()
