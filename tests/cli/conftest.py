"""A small project on disk, and the installed command to run on it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO, TextIOWrapper
from pathlib import Path
from unittest.mock import patch

import polars as pl
import pytest

from prism_rules import cli

COMMAND = Path(sys.executable).with_name("prism-rules.exe" if os.name == "nt" else "prism-rules")
AS_OF = "2026-03-01"

RULESET = """\
apiVersion: prism-rules/v1
kind: Ruleset
metadata:
  name: press-shop
  version: "2.1.0"
  owners: ["@org/reliability"]
sources:
  predictions:
    role: predictions
    fields: {id: image, time: taken_at, class: label, confidence: score}
    dimensions: [lighting]
  annotations:
    role: annotations
    fields: {unit: image, annotator: reviewer, class: label, time: labelled_at}
classes: {dent: {risk: medium}, scratch: {risk: high}}
defaults: {window: 7d, min_n: 10}
rules:
  low-confidence:
    title: The model is sure enough
    source: predictions
    metric: mean_confidence
    by: [class]
    fail: {below: 0.80}
  class-agreement:
    title: Reviewers agree
    source: annotations
    metric: krippendorff_alpha
    by: [class]
    fail: {below: 0.75}
causes:
  unsure-model: {kind: drift, gap: coverage, by: [class], when: {all: [low-confidence]}}
actions:
  review-set:
    kind: review
    for: [unsure-model]
    by: [class]
    due: 2d
    title: "Review {{ scope.class }}"
    queue: {from: predictions, size: 5, seed: 1}
  relabel:
    kind: relabel
    for: [unsure-model]
    by: [class]
    requires: [class-agreement]
    title: "Relabel {{ scope.class }}"
    queue: {from: predictions, size: 3}
  measure-agreement:
    kind: collect_labels
    for: [{rule: class-agreement, status: [fail, insufficient, no_data]}]
    by: [class]
    due: 5d
    title: "Have {{ scope.class }} labelled twice"
    done_when: [class-agreement]
"""

PROJECT = """\
apiVersion: prism-rules/v1
kind: Project
ruleset: rules.yaml
data:
  predictions: data/predictions.parquet
  annotations: data/annotations.parquet
out: "plans/{{ as_of | date }}"
ledger: ledger
"""

_LAST = datetime(2026, 2, 28, 23, tzinfo=UTC)
_TIMES = [_LAST - timedelta(hours=n) for n in range(40)]


def make_predictions() -> pl.DataFrame:
    """Forty images: twenty dents at 0.9, twenty scratches at 0.6."""
    return pl.DataFrame(
        {
            "image": [f"image-{n:02}" for n in range(40)],
            "taken_at": _TIMES,
            "label": ["dent", "scratch"] * 20,
            "score": [0.9, 0.6] * 20,
            "lighting": ["diffuse"] * 40,
        }
    )


def make_annotations() -> pl.DataFrame:
    """Two reviewers of all forty images, who never differ."""
    return pl.DataFrame(
        {
            "image": [f"image-{n:02}" for n in range(40)] * 2,
            "reviewer": ["ann-1"] * 40 + ["ann-2"] * 40,
            "label": ["dent", "scratch"] * 40,
            "labelled_at": _TIMES * 2,
        }
    )


@dataclass(frozen=True)
class Project:
    """A folder with prism.yaml, rules.yaml and data/."""

    root: Path

    def write(self, source: str, frame: pl.DataFrame) -> None:
        frame.write_parquet(self.root / "data" / f"{source}.parquet")

    def edit(self, old: str, new: str) -> None:
        """Change rules.yaml in one place."""
        text = (self.root / "rules.yaml").read_text("utf-8")
        assert text.count(old) == 1, old
        (self.root / "rules.yaml").write_text(text.replace(old, new), "utf-8")

    def run(self, *arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the installed command in the project's folder."""
        clean = {name: value for name, value in os.environ.items() if not name.endswith("_COLOR")}
        return subprocess.run(
            [str(COMMAND), *arguments], cwd=cwd or self.root, env={**clean, **environment}, capture_output=True,
            text=True, encoding="utf-8", check=False,
        )  # fmt: skip

    def call(self, *arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the project's folder as `run` does, in this process: for what a process adds nothing to."""
        clean = {name: value for name, value in os.environ.items() if not name.endswith("_COLOR")}
        out, err = (TextIOWrapper(BytesIO(), "utf-8", write_through=True) for _ in range(2))
        with (
            redirect_stdout(out), redirect_stderr(err), chdir(cwd or self.root),
            patch.dict(os.environ, {**clean, **environment}, clear=True),
        ):  # fmt: skip
            code = cli.run(arguments)
        told = [stream.buffer.getvalue().decode() for stream in (out, err)]
        return subprocess.CompletedProcess(arguments, code, *told)


def unwrap(told: str) -> str:
    """Join the lines that one line was wrapped into for a screen."""
    return told.replace("\n  ", " ")


def write_project(root: Path) -> Project:
    (root / "data").mkdir(parents=True)
    (root / "rules.yaml").write_text(RULESET, "utf-8")
    (root / "prism.yaml").write_text(PROJECT, "utf-8")
    project = Project(root)
    project.write("predictions", make_predictions())
    project.write("annotations", make_annotations())
    return project


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[[str], Project]:
    """Write a project of the given name."""

    return lambda name: write_project(tmp_path / name)


@pytest.fixture
def project(make_project: Callable[[str], Project]) -> Project:
    return make_project("project")
