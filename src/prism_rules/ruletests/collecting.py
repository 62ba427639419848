"""Collecting: where rule tests are. Nothing heavy is imported: other people's suites ask, too."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from prism_rules.walking import read_head, walk_files

ENDING = ".test.yaml"
KIND = "RulesetTest"


def collect_files(paths: Iterable[Path]) -> list[Path]:
    """Collect files of rule tests: those that are named, and those at any depth below a folder."""
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found |= dict.fromkeys(each for each in sorted(walk_files(path, (ENDING,))) if holds_tests(each))
        else:
            found[path] = None
    return [*found]


def holds_tests(path: Path) -> bool:
    """Say whether a file may hold rule tests, from the looks of it: others may use the same ending."""
    try:
        return KIND.encode() in read_head(path)
    except OSError:
        return True  # to be told when it is read
