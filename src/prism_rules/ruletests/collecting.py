"""Collecting: where rule tests are. Nothing heavy is imported: other people's suites ask, too."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

ENDING = ".test.yaml"
KIND = "RulesetTest"
_FIRST = 64 * 1024
"""Bytes of a file in which its kind must stand."""


def collect_files(paths: Iterable[Path]) -> list[Path]:
    """Collect files of rule tests: those that are named, and those at any depth below a folder but for hidden ones."""
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found |= dict.fromkeys(each for each in sorted(_walk(path)) if holds_tests(each))
        else:
            found[path] = None
    return [*found]


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        # Environments and version control are large, and nobody's tests.
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(place, name) for name in files if name.endswith(ENDING))


def holds_tests(path: Path) -> bool:
    """Say whether a file may hold rule tests, from the looks of it: others may use the same ending."""
    try:
        with path.open("rb") as file:
            return KIND.encode() in file.read(_FIRST)
    except OSError:
        return True  # to be told when it is read
