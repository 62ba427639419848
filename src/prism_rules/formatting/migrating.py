"""From older versions of the language to this one, step by step, as changes of the file's own text.

A new version of the language is one entry of `MIGRATIONS` and one folder in `tests/formatting/migrations`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from prism_rules.diagnostics import Problem, Refused, Spot
from prism_rules.model.frozen import API_VERSION
from prism_rules.source import Source, locate, parse
from prism_rules.source.editing import Put, Remove, edit


@dataclass(frozen=True, slots=True)
class Migration:
    """The step from one version to the next: what else changes where `apiVersion` does."""

    before: str
    after: str
    list_changes: Callable[[dict[str, Any]], Sequence[Put | Remove]]
    """Gives the changes of a file of any kind, from its data; they are made one after the other."""


MIGRATIONS: tuple[Migration, ...] = ()
"""The oldest first. The language has had one version so far."""


def migrate_source(source: Source, migrations: Sequence[Migration] = MIGRATIONS) -> str:
    """Return the text of `source` in this version of the language; a file that is in it already stays as it is.

    Raises `Refused` (exit 2) where `apiVersion` is missing or no version that is known.
    """
    steps = {step.before: step for step in migrations}
    while (version := source.data.get("apiVersion")) != API_VERSION:
        if not isinstance(version, str) or version not in steps:
            raise Refused(locate([_describe_version(source.data, [*steps, API_VERSION])], source))
        changes = [*steps[version].list_changes(source.data), Put(("apiVersion",), steps[version].after)]
        source = parse(edit(source, changes).encode(), source.name)
    return source.text


def _describe_version(data: dict[str, Any], known: list[str]) -> Problem:
    if "apiVersion" not in data:
        return Problem("missing-key", "the file needs `apiVersion`", (Spot(()),), f"add `apiVersion: {API_VERSION}`")
    written = data["apiVersion"]
    shown = f"`{written}`" if isinstance(written, str) else "what `apiVersion` says"
    message = f"{shown} is no version of the language that is known"
    help = f"known: {', '.join(f'`{version}`' for version in known)}; for a newer one, install a newer prism-rules"
    return Problem("unknown-value", message, (Spot(("apiVersion",)),), help)
