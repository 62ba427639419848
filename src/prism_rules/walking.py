"""Walking: files below a folder that somebody may have written there. Nothing heavy is imported."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_INSTALLED = ("node_modules", "site-packages")
_ENVIRONMENT = "pyvenv.cfg"
"""The file that makes a folder an environment of Python."""
_HEAD = 64 * 1024
"""Bytes of a file in which it says what it is."""


def walk_files(folder: Path, endings: tuple[str, ...]) -> Iterator[Path]:
    """List the regular files with these endings below a folder, those of a folder sorted and before those deeper.

    Passed over are hidden folders, what is installed, and links: what they lead to was not named.
    """
    for place, folders, names in os.walk(folder):
        inner = [name for name in folders if not name.startswith(".") and name not in _INSTALLED]
        folders[:] = sorted(name for name in inner if not os.path.lexists(os.path.join(place, name, _ENVIRONMENT)))
        for file in (Path(place, name) for name in sorted(names) if name.endswith(endings)):
            if file.is_file() and not file.is_symlink():  # a pipe would keep its reader waiting
                yield file


def read_head(file: Path) -> bytes:
    """Read the part of a file in which it says what it is. Raises `OSError`."""
    with file.open("rb") as opened:
        return opened.read(_HEAD)
