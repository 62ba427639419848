"""Reading `prism.yaml`, the file that ties a ruleset to data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from prism_rules.diagnostics import Problem, Refused, Spot
from prism_rules.model.project import Project
from prism_rules.ruleset.contexts import OUT
from prism_rules.ruleset.form import find_flaws, quote_written
from prism_rules.source import Source, locate, read_source, suggest_file
from prism_rules.templating import Template, parse_template

NAME = "prism.yaml"


def find_project(start: Path) -> Path | None:
    """Find the `prism.yaml` nearest to `start`: in that folder or in one above it."""
    folder = start.absolute()
    return next((place for place in (parent / NAME for parent in (folder, *folder.parents)) if place.is_file()), None)


def tell_missing(refused: Refused, path: Path) -> Iterator[Problem]:
    """Say at the `ruleset` of a project that the file at `path` is not there, where it was refused for that."""
    for found in refused.diagnostics:
        if found.code == "missing-file":
            yield Problem(found.code, found.message, (Spot(("ruleset",)),), suggest_file(path, kind="Ruleset"))


def load_project(path: Path | Source) -> Project:
    """Read and check a project file, or check one that is read already.

    Raises `Refused` (exit code 2) with every problem of it, sorted by place.
    """
    source = path if isinstance(path, Source) else read_source(path)
    problems = []
    try:
        project = Project.model_validate(source.data)
    except ValidationError as error:
        problems += [quote_written(flaw.problem, source) for flaw in find_flaws(error, Project, source.data)]
    out = source.data.get("out")
    if isinstance(out, str):
        parsed = parse_template(out, shape=OUT, route=("out",))
        problems += [] if isinstance(parsed, Template) else parsed
    if problems:
        raise Refused(locate(problems, source), 2)
    return project
