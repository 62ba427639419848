"""What commands share that rewrite files: which files, what would change, and writing it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prism_rules.cli.setting import demand_project
from prism_rules.cli.terminal import Ending, Terminal, conclude, refuse, say
from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.diagnostics.text import say_count
from prism_rules.escaping import show_invisible

if TYPE_CHECKING:
    from prism_rules.source import Source

_PAINTS = {"+": "green", "-": "red", "@": "cyan"}


def rewrite_files(
    terminal: Terminal, paths: Sequence[Path], rewrite: Callable[[Source], str], done: str, kept: str, *, check: bool,
    diff: bool,
) -> Ending | None:  # fmt: skip
    """Rewrite files, or with `check` or `diff` only tell which would change and how.

    `done` and `kept` say what became of files that change and of those that do not.
    Every file is looked at, whatever is wrong with another. Without `paths`, all files of the project.
    """
    from prism_rules.source import read_source, write_source

    found: list[Diagnostic] = []
    changed = unchanged = 0
    for path in [*_find_files(paths)]:
        try:
            source = read_source(path)
            text = rewrite(source)
            if text == source.text:
                unchanged += 1
                continue
            if not (check or diff):
                write_source(path, source, text)
        except Refused as refused:
            if refused.exit_code != 2:
                raise
            found += refused.diagnostics
            continue
        changed += 1
        if diff:
            say(show_diff(path, source.text, text, color=terminal.paints(sys.stdout)), nl=False, color=True)
        else:
            say(f"{'would be ' if check else ''}{done}: {show_invisible(path.as_posix())}")
    if found:
        terminal.complain(found)
        return Ending(2, conclude(found))
    would = "would be " if check or diff else ""
    terminal.log(f"{say_count(changed, 'file')} {would}{done}, {unchanged:,} {kept}")
    return Ending(1, f"{say_count(changed, 'file')} would be {done}") if check and changed else None


def show_diff(path: Path, old: str, new: str, *, color: bool) -> str:
    """Return what changes in a file as a unified diff."""
    name = show_invisible(path.as_posix())
    lines = unified_diff(old.splitlines(), new.splitlines(), name, name, lineterm="")
    return "".join(f"{_paint(show_invisible(line), color)}\n" for line in lines)


def _paint(line: str, color: bool) -> str:
    return click.style(line, fg=_PAINTS.get(line[:1])) if color else line


def _find_files(paths: Sequence[Path]) -> Iterator[Path]:
    from prism_rules.checking.files import find_files

    example = f"{click.get_current_context().info_name} rulesets"
    for file in find_files(paths or [Path(os.path.relpath(demand_project("path", example).parent))]):
        if file.path.suffix not in (".yaml", ".yml") and file.path.exists():
            message = f"`{file.path.as_posix()}` is no YAML file"
            raise refuse("usage", message, help="name files that end with .yaml or .yml, or folders that hold some")
        yield file.path
