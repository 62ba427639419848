"""Annotations: what GitHub shows beside the lines of a change, one workflow command each, ranked and not too many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from prism_rules.diagnostics.text import say_count
from prism_rules.escaping.workflow import defuse_line, write_command

Level = Literal["error", "warning", "notice"]
MAX_SHOWN = 10
"""Of each level, in one step; GitHub drops the others without a word.
https://github.com/orgs/community/discussions/26680 has the limits: 10 of a level in a step, 50 in a job."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """Something to say beside a line: its first line stands alone in a log, too."""

    level: Level
    kind: str
    """What it is one of: ten of one kind say no more than one."""
    title: str
    lines: tuple[str, ...]
    place: Mapping[str, str | int] = field(default_factory=dict)
    """Property of the command -> value: `file`, `line`, `col`, `endLine`, `endColumn`."""


def write_annotations(ranked: Iterable[Annotation]) -> str:
    """Write annotations, errors first and each level in the order given, one of each kind before its repetitions.

    Of more than ten of a level, the tenth says how many more there are, and they follow as lines of the log.
    """
    every, lines = [*ranked], []
    for level in get_args(Level):
        found = _alternate([annotation for annotation in every if annotation.level == level])
        shown = found if len(found) <= MAX_SHOWN else found[: MAX_SHOWN - 1]
        lines += [write_command(level, {**one.place, "title": one.title}, *one.lines) for one in shown]
        if more := len(found) - len(shown):
            told = f"{say_count(more, f'more {level}')}: see the log"
            lines.append(write_command(level, {"title": "prism-rules"}, told))
            lines += [defuse_line(_write_log(one)) for one in found[len(shown) :]]
    return "".join(f"{line}\n" for line in lines)


def _alternate(ranked: Sequence[Annotation]) -> list[Annotation]:
    """Put the first of each kind before its repetitions."""
    seen: dict[str, int] = {}
    rounds = []
    for annotation in ranked:
        rounds.append(seen.get(annotation.kind, 0))
        seen[annotation.kind] = rounds[-1] + 1
    return [ranked[number] for number in sorted(range(len(ranked)), key=lambda number: rounds[number])]


def _write_log(annotation: Annotation) -> str:
    """Write what the log alone shows. Its first word is ours, so that no file can write a command here."""
    place = ":".join(str(annotation.place[key]) for key in ("file", "line", "col") if key in annotation.place)
    return f"at {place}: {annotation.level}[{annotation.title}]: {annotation.lines[0]}"
