"""A ruleset that has passed every check, with all that later stages ask of its file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from prism_rules.diagnostics import Diagnostic, Label, Problem, Refused, Route, Spot
from prism_rules.model.identity import write_canonical
from prism_rules.model.plan import FileDigest, Origin
from prism_rules.model.ruleset import Ruleset
from prism_rules.source import Document, Source, find_label, locate
from prism_rules.templating import Template


@dataclass(frozen=True, slots=True)
class Off:
    """An entry of a parent that is left out, because it needs what this ruleset does not have."""

    kind: str
    """`rule`, `cause`, `action` or `waiver`."""
    id: str
    why: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was done to what a ruleset takes over, as it asked for."""

    text: str
    origin: Origin


def place_label(label: Label) -> Origin:
    """Give the place of a label as plans tell it."""
    return Origin(file=label.file, line=label.line, col=label.col)


@dataclass(frozen=True)
class Resolved:
    """A ruleset ready to be evaluated."""

    model: Ruleset
    files: tuple[FileDigest, ...]
    """Every file that was read, the ruleset's own first."""
    templates: Mapping[Route, Template]
    """Route -> parsed template, for every `title`, `steps`, `owner` and `explain` of actions and causes."""
    source: Source = field(repr=False)
    """The ruleset's own file."""
    document: Document = field(repr=False)
    """What routes lead into: the file, or all files of a ruleset that extends others."""
    warnings: tuple[Diagnostic, ...] = ()
    off: tuple[Off, ...] = ()
    """What is left out of parents, in the order of the language."""
    notes: tuple[Note, ...] = ()
    """What became of names that the ruleset removed."""
    whole: Ruleset | None = None
    """The ruleset as it was, where `model` is a selection of its rules."""

    @property
    def selected(self) -> tuple[str, ...]:
        """The rules that were selected; none where all are looked at."""
        return tuple(self.model.rules) if self.whole else ()

    def origin(self, route: Route | str) -> Origin:
        """Find where something is written, by its route or as a bound's `origin` says it: ``rules.x.fail.below``."""
        found = self.trace(route) if isinstance(route, str) else route
        # An entry of a mapping is named by its key: a carets' place for people, and the line that diffs show.
        return place_label(find_label(Spot(found, at="key"), self.document))

    def trace(self, origin: str) -> Route:
        """Find the route that an origin's text stands for; names of classes may hold dots themselves."""
        return _find_keys(self.document.data, origin.split(".")) or ()

    @cached_property
    def digest(self) -> str:
        """``sha256:`` and hex, over what the ruleset says; comments, order of keys and ways of writing do not count."""
        # Canonical JSON: sorted keys, ASCII, no spaces; unset keys are left out.
        data = (self.whole or self.model).model_dump(mode="json", by_alias=True, exclude_unset=True)
        return "sha256:" + hashlib.sha256(write_canonical(data)).hexdigest()

    def locate(self, problems: Iterable[Problem]) -> list[Diagnostic]:
        """Give problems that a later stage found in the ruleset their lines, sorted by place."""
        return locate(problems, self.document)

    def refuse(self, problems: Iterable[Problem], exit_code: int = 2) -> Refused:
        """Give the exception to raise for problems that a later stage found in the ruleset."""
        return Refused(self.locate(problems), exit_code)


def _find_keys(node: Any, words: list[str]) -> Route | None:
    """Find the keys that spell the words one below the other; a key may take several."""
    if not words:
        return ()
    for end in range(1, len(words) + 1):
        key = ".".join(words[:end])
        if isinstance(node, dict) and key in node and (rest := _find_keys(node[key], words[end:])) is not None:
            return key, *rest
    return None
