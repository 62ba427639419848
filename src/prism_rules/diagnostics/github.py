"""Diagnostics as GitHub shows them beside the lines of a change."""

from __future__ import annotations

from collections.abc import Iterable

from prism_rules.diagnostics import Diagnostic, place_order
from prism_rules.diagnostics.annotations import Annotation, write_annotations


def format_github(diagnostics: Iterable[Diagnostic]) -> str:
    """Return one workflow command for each diagnostic, errors first and then in the order of their places.

    Files are named as the diagnostics name them; GitHub wants them from the top of the repository.
    """
    return write_annotations(map(_annotate, sorted(diagnostics, key=place_order)))


def _annotate(diagnostic: Diagnostic) -> Annotation:
    place: dict[str, str | int] = {}
    if diagnostic.labels:
        label = diagnostic.labels[0]
        # Theirs is the last column that is marked, ours the first that is not.
        place = {
            "file": label.file, "line": label.line, "endLine": label.line, "col": label.col, "endColumn": label.end - 1,
        }  # fmt: skip
    elif diagnostic.context:
        place = {"file": diagnostic.context}
    further = [f"{label.file}:{label.line}: {label.text}" for label in diagnostic.labels[1:] if label.text]
    help = [f"help: {diagnostic.help}"] if diagnostic.help else []
    lines = (diagnostic.message, *further, *help)
    return Annotation(diagnostic.severity, diagnostic.code, diagnostic.code, lines, place)
