"""The result of a plan in Python: the plan, its tables, its files and its forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from prism_rules.diagnostics import Diagnostic
from prism_rules.frames import tables
from prism_rules.model.plan import Plan, ShownStatus
from prism_rules.output import write_folder
from prism_rules.render import RENDERERS
from prism_rules.render.notebook import render_notebook
from prism_rules.render.verdict import tell_verdict

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, repr=False)  # with slots, Python 3.11 answers setattr of a property with a TypeError
class PlanResult:
    """A plan that was made, and what `prism-rules plan --out` would write for it.

    The tables are made when they are asked for. A notebook shows it as a summary. Plans with the same digest are equal.
    """

    model: Plan = field(compare=False)
    """Everything, as in plan.json."""
    files: Mapping[str, bytes] = field(compare=False)
    """The files of its folder: path with forward slashes -> bytes."""
    digest: str
    """`sha256:` of plan.json."""
    warnings: tuple[Diagnostic, ...] = field(compare=False)
    """What there is to say about the ruleset, the ledger and sources without rows."""

    @property
    def status(self) -> ShownStatus:
        """The worst status of its findings."""
        return self.model.status

    @property
    def as_of(self) -> str:
        """The moment that it is for, such as `2026-03-01T00:00:00Z`."""
        return self.model.as_of

    @property
    def findings(self) -> pl.DataFrame:
        """Every finding but the passes."""
        return tables.tabulate_findings(self.model)

    @property
    def passes(self) -> pl.DataFrame:
        """Every finding that passed."""
        return tables.tabulate_passes(self.model)

    @property
    def diagnoses(self) -> pl.DataFrame:
        """Every cause, with its evidence."""
        return tables.tabulate_diagnoses(self.model)

    @property
    def actions(self) -> pl.DataFrame:
        """Every action."""
        return tables.tabulate_actions(self.model)

    @property
    def measurements(self) -> pl.DataFrame:
        """Every measurement, passes too."""
        return tables.tabulate_measurements(self.model, self.files["measurements.parquet"])

    @property
    def queues(self) -> dict[str, pl.DataFrame]:
        """The rows to review: id of the action, or of the sample, -> its queue."""
        paths = {name: PurePosixPath(name) for name in self.files}
        return {
            path.stem: tables.tabulate_queue(self.files[name])
            for name, path in sorted(paths.items())
            if path.parent.name == "queues" and path.suffix == ".jsonl"
        }

    def render(self, form: str) -> str:
        """Write the plan in one of the formats of `prism-rules render`. Raises `ValueError` for any other."""
        if form not in RENDERERS:
            raise ValueError(f"there is no format {form!r}; there are {', '.join(RENDERERS)}")
        return RENDERERS[form](self.model)

    def to_markdown(self) -> str:
        """Write the report for people, report.md."""
        return self.render("markdown")

    def to_html(self) -> str:
        """Write the plan as one page that needs nothing else."""
        return self.render("html")

    def to_json(self) -> str:
        """Write plan.json."""
        return self.render("json")

    def write(self, folder: str | PathLike[str]) -> None:
        """Let `folder` hold the plan's files, all or none of them.

        A folder is replaced if it holds a plan and nothing else. Raises `Refused` (exit 8), and it is as it was.
        """
        write_folder(Path(folder), self.files)

    def __repr__(self) -> str:
        return f"<prism_rules plan: {tell_verdict(self.model)}>"

    def _repr_html_(self) -> str:
        return render_notebook(self.model)

    def _repr_markdown_(self) -> str:
        return self.to_markdown()
