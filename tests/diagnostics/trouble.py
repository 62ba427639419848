"""Trouble that no file of a case can hold: each makes it in the folder, or in what the program runs on."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import polars as pl
import pytest

from prism_rules import cli
from prism_rules.ledger.lock import LOCK

Patch = pytest.MonkeyPatch

RULESET = """\
apiVersion: prism-rules/v1
kind: Ruleset
metadata: {name: trouble, version: "1.0.0", owners: ["@org/labels"]}
"""


def write(folder: Path, text: str | bytes) -> None:
    data = text.encode() if isinstance(text, str) else text
    (folder / "ruleset.yaml").write_bytes(RULESET.encode() + data)


# Files that no editor likes.


def ring_a_bell(folder: Path, _: Patch) -> None:
    write(folder, "question: {task: Scratch\a found}\n")


def hide_a_space(folder: Path, _: Patch) -> None:
    write(folder, "question: {ta\u200bsk: Find scratches}\n")


def separate_lines(folder: Path, _: Patch) -> None:
    write(folder, "question: {task: one\u2028kind: two}\n")


def write_latin(folder: Path, _: Patch) -> None:
    write(folder, "question: {task: Glättung}\n".encode("latin-1"))


def indent_by_tab(folder: Path, _: Patch) -> None:
    write(folder, "question:\n\ttask: Find scratches\n")


def leave_a_conflict(folder: Path, _: Patch) -> None:
    write(folder, f"defaults:\n{'<' * 7} HEAD\n  min_n: 20\n{'=' * 7}\n  min_n: 30\n{'>' * 7} tighter\n")


def write_three_megabytes(folder: Path, _: Patch) -> None:
    write(folder, "#" * 3_000_000)


def write_a_long_text(folder: Path, _: Patch) -> None:
    write(folder, f"question: {{task: {'a' * 70_000}}}\n")


def write_many_values(folder: Path, _: Patch) -> None:
    write(folder, f"question: {{report_to: [{'a, ' * 200_001}]}}\n")


def write_many_problems(folder: Path, _: Patch) -> None:
    write(folder, "question: {report_to: [" + "&a b, " * 1_100 + "]}\n")


def nest_deep(folder: Path, _: Patch) -> None:
    write(folder, f"question: {{report_to: {'[' * 40}{']' * 40}}}\n")


def link_the_ruleset(folder: Path, _: Patch) -> None:
    (folder / "elsewhere.yaml").write_text(RULESET)
    (folder / "ruleset.yaml").symlink_to("elsewhere.yaml")


def link_in_a_circle(folder: Path, _: Patch) -> None:
    (folder / "rulesets").symlink_to("rulesets")


def begin_repository(folder: Path, _: Patch) -> None:
    subprocess.run(["git", "init", "-q", "."], cwd=folder, check=True)


# Data that is not as declared.


def rewrite(folder: Path, source: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    path = folder / f"{source}.parquet"
    change(pl.read_parquet(path)).write_parquet(path)


def empty_data(folder: Path, _: Patch) -> None:
    for source in ("predictions", "annotations"):
        rewrite(folder, source, pl.DataFrame.clear)


def damage_data(folder: Path, _: Patch) -> None:
    path = folder / "predictions.parquet"
    path.write_bytes(path.read_bytes()[:-30])


def repeat_an_image(folder: Path, _: Patch) -> None:
    rewrite(folder, "predictions", lambda frame: pl.concat([frame, frame[:1]]))


def repeat_a_label(folder: Path, _: Patch) -> None:
    rewrite(folder, "annotations", lambda frame: pl.concat([frame, frame[:1]]))


def store_times_as_text(folder: Path, _: Patch) -> None:
    rewrite(folder, "predictions", lambda frame: frame.with_columns(pl.col("taken_at").cast(pl.String)))


def split_data(folder: Path, _: Patch) -> None:
    frame = pl.read_parquet(folder / "predictions.parquet")
    frame.write_parquet(folder / "week-1.parquet")
    frame.with_columns(pl.lit(1).alias("score")).write_parquet(folder / "week-2.parquet")


def date_a_row_ahead(folder: Path, _: Patch) -> None:
    def change(frame: pl.DataFrame) -> pl.DataFrame:
        rows = pl.concat([frame] * 500).with_columns(image=pl.int_range(2000).cast(pl.String))
        return pl.concat([rows, frame[:1].with_columns(pl.col("taken_at").dt.offset_by("36y"))])

    rewrite(folder, "predictions", change)


def repeat_a_long_name(folder: Path, _: Patch) -> None:
    rewrite(folder, "predictions", lambda frame: frame.with_columns(predicted=pl.lit("d" * 100)))
    path = folder / "ruleset.yaml"
    path.write_text(path.read_text().replace("Review {{ scope.class }}", "{{ scope.class }}" * 200))


# What a run stands on gives way.


def fail_the_engine(error: type[Exception], said: str) -> Callable[[Path, Patch], None]:
    """Let the engine fail once it has said what each file holds."""

    def trouble(_: Path, patch: Patch) -> None:
        from prism_rules.engines.duckdb import Database, explain_failure

        described = iter(["annotations", "predictions"])
        open_as_ever = Database._open

        def fail(database: Database, files: tuple[str, ...]) -> Any:
            if next(described, None):
                return open_as_ever(database, files)
            raise explain_failure(error(said), database._limits, files, "SELECT avg(lighting) FROM predictions")

        patch.setattr(Database, "_open", fail)

    return trouble


run_out_of_memory = fail_the_engine(duckdb.OutOfMemoryException, "Out of Memory Error: could not allocate block")
run_out_of_time = fail_the_engine(duckdb.InterruptException, "INTERRUPT Error: Interrupted!")
fail_a_query = fail_the_engine(duckdb.BinderException, 'Binder Error: Referenced column "lighting" not found')


def end_the_engine(_: Path, patch: Patch) -> None:
    from prism_rules.engines import isolation

    patch.setattr(isolation.sys, "executable", "/bin/false")


def change_data(folder: Path, patch: Patch) -> None:
    from prism_rules import pipeline

    check = pipeline.check_unchanged

    def change(intake: Any) -> None:
        with (folder / "predictions.parquet").open("ab") as file:
            file.write(b"more")
        check(intake)

    patch.setattr(pipeline, "check_unchanged", change)


def lower(name: str, value: int) -> Callable[[Path, Patch], None]:
    """Lower a limit that honest data would take long to reach."""

    def trouble(_: Path, patch: Patch) -> None:
        patch.setattr(f"prism_rules.{name}", value)

    return trouble


few_groups = lower("evaluation.measuring.MOST_KEYED", 1)
few_ways = lower("diagnosis.join.MOST_WAYS", 1)


def fill_the_disk(folder: Path, _: Patch) -> None:
    (folder / "plans").write_text("a file where a folder is needed")


def keep_minutes_in_the_plan(folder: Path, _: Patch) -> None:
    cli.run(["plan", "--out", "plan"])
    (folder / "plan" / "minutes.txt").write_text("We met.")


def forge_a_queue(folder: Path, _: Patch) -> None:
    make_a_plan()
    with next(folder.glob("plan/queues/*.jsonl")).open("a") as queue:
        queue.write('{"row_id": "dent-01"}\n')


def make_a_plan(*_: Any) -> None:
    cli.run(["plan", "--out", "plan"])


def measure_again_after_a_plan(folder: Path, _: Patch) -> None:
    make_a_plan()
    rewrite(folder, "predictions", lambda frame: frame.with_columns(score=pl.lit(0.93)))


def save_a_ruleset_as_plan(folder: Path, _: Patch) -> None:
    (folder / "plan.json").write_text(json.dumps({"apiVersion": "prism-rules/v1", "kind": "Ruleset"}))


def save_meanwhile(folder: Path, patch: Patch) -> None:
    from prism_rules import formatting

    def format_slowly(source: Any) -> str:
        (folder / "ruleset.yaml").write_text(RULESET)
        return str(source.text) + "# formatted\n"

    patch.setattr(formatting, "format_source", format_slowly)


# Ledgers.


def record(*_: Any) -> None:
    cli.run(["plan", "--record", "--as-of", "2026-03-01"])


def find_entry(folder: Path) -> Path:
    record()
    (entry,) = folder.glob("ledger/??/*.json")
    return entry


def reject(*_: Any) -> None:
    record()
    decide = ["decide", "relabel", "--by", "@org/a", "--because", "Not yet", "--at", "2026-03-02"]
    cli.run([*decide, "--as", "rejected"])


def record_then_rename(folder: Path, _: Patch) -> None:
    record()
    path = folder / "ruleset.yaml"
    text = path.read_text().replace("  relabel:", "  label-again:")
    path.write_text(text.replace("rules:\n", "classes: {dent: {}, scuff: {}}\nrules:\n", 1))


def record_then_go_on(folder: Path, _: Patch) -> None:
    record()
    path = folder / "ruleset.yaml"
    path.write_text(path.read_text().replace('version: "1.0.0"', 'version: "1.0.1"'))
    data = folder / "predictions.parquet"
    pl.read_parquet(data).tail(-1).write_parquet(data)


def edit_entry(folder: Path, _: Patch) -> None:
    entry = find_entry(folder)
    entry.write_bytes(entry.read_bytes().replace(b"2026-03-01", b"2026-03-02"))


def copy_entry(folder: Path, _: Patch) -> None:
    entry = find_entry(folder)
    entry.with_stem(f"{entry.stem} (1)").write_bytes(entry.read_bytes())


def rename_entry(folder: Path, _: Patch) -> None:
    entry = find_entry(folder)
    entry.rename(entry.with_name("first-decision.json"))


def tear_entry(folder: Path, _: Patch) -> None:
    entry = find_entry(folder)
    entry.write_bytes(entry.read_bytes()[:100])


def keep_notes(folder: Path, _: Patch) -> None:
    find_entry(folder)
    (folder / "ledger" / "notes.txt").write_text("We met.")


def lose_the_first_entry(folder: Path, _: Patch) -> None:
    entry = find_entry(folder)
    cli.run(["decide", "relabel", "--as", "rejected", "--by", "@org/a", "--because", "No", "--at", "2026-03-02"])
    entry.unlink()


def hold_the_ledger(folder: Path, patch: Patch) -> None:
    import fcntl

    record()
    path = folder / "ledger" / LOCK
    file = os.open(path, os.O_RDWR | os.O_CREAT)
    fcntl.flock(file, fcntl.LOCK_EX)
    path.write_text("process 4711 on runner-3\n")
    os.utime(path, (1_772_344_800, 1_772_344_800))
    clock = SimpleNamespace(monotonic=iter(range(0, 600, 60)).__next__, sleep=lambda _: None)
    patch.setattr("prism_rules.ledger.lock.time", clock)
