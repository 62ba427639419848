"""What a run under GitHub Actions says where no --format is given: annotations, the text, and the run's summary.

It needs no token and no network: the runner reads commands on standard output, and a file that it names.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prism_rules.cli.saved import render_plan
from prism_rules.diagnostics.annotations import Annotation, write_annotations
from prism_rules.escaping import show_invisible

if TYPE_CHECKING:
    from prism_rules.model.plan import Plan

MAX_SUMMARY = 1024 * 1024
"""Bytes of one step's summary. GitHub drops a larger one whole.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary"""


def annotate_plan(plan: Plan, root: Path) -> None:
    """Print a plan's annotations, and append its report to the summary of the step; `root` is where it names files
    from."""
    # Before the plan's own: of many warnings GitHub drops the last.
    if told := append_summary(render_plan(plan, "markdown", root)):
        help = "the plan is made: `plan --out DIR` writes its report.md, which a step can keep as an artifact"
        annotation = Annotation("warning", "summary", "no report in the summary", (told, f"help: {help}"))
        click.echo(write_annotations([annotation]), nl=False)
    click.echo(render_plan(plan, "github", root), nl=False)


def append_summary(text: bytes) -> str:
    """Append Markdown to the step's summary, whole or not at all. Returns why it is not there, or an empty string."""
    place = os.environ.get("GITHUB_STEP_SUMMARY")
    if not place:
        return ""
    try:
        # The runner has made the file: one that is not there is not to be made.
        with Path(place).open("r+b", buffering=0) as file:
            before = file.seek(0, os.SEEK_END)
            data = (b"\n" if before else b"") + text
            if before + len(data) > MAX_SUMMARY:
                told = f"{before + len(data):,} bytes are more than the {MAX_SUMMARY:,} that GitHub shows of a step"
            else:
                told = "" if file.write(data) == len(data) else "only a part could be written"
            if told:
                file.truncate(before)
    except OSError as error:
        told = error.strerror or "it cannot be written"
    shown = f"the report is not in the step's summary, {show_invisible(place)} (GITHUB_STEP_SUMMARY)"
    return f"{shown}: {told}" if told else ""
