"""Opening a ruleset's file: a regular one, inside the root, of bounded size, read once."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NoReturn

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.source.places import Source
from prism_rules.source.reading import MAX_BYTES, describe_size, parse


def read_source(path: Path, *, root: Path | None = None) -> Source:
    """Return the YAML file at `path` as plain data with places; `root` is the folder that it may not leave.

    Raises `Refused` (exit code 2) for a file that is missing, no regular file, outside `root`, too large or not as
    `parse` wants it. The file is opened and read once, so what is checked is what is read.
    """
    name = path.as_posix()
    if root is not None and not path.resolve().is_relative_to(root.resolve()):
        message = f"`{name}` lies outside `{root.as_posix()}`"
        _refuse(Diagnostic("outside-root", message, (), "move it into the project", context=name))
    # O_NONBLOCK, since opening a FIFO would wait for its writer.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    if path.is_symlink():
        _refuse_kind(name, "a symbolic link")
    try:
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        _refuse(Diagnostic("missing-file", f"there is no file `{name}`", (), "check the path", context=name))
    except (OSError, ValueError) as error:
        if path.is_dir():
            _refuse_kind(name, "a folder")
        message = f"`{name}` cannot be read: {_reason(error)}"
        _refuse(Diagnostic("unreadable-file", message, (), "check its permissions", context=name))
    with open(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            _refuse_kind(name, "a folder" if stat.S_ISDIR(status.st_mode) else "a device, a pipe or a socket")
        if status.st_nlink > 1:
            _refuse_kind(name, "one of several hard links to a file")
        if status.st_size > MAX_BYTES:
            _refuse(describe_size(status.st_size, name))
        data = file.read(MAX_BYTES + 1)
    return parse(data, name)


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _refuse_kind(name: str, kind: str) -> NoReturn:
    help = "give the path of a regular file"
    _refuse(Diagnostic("irregular-file", f"`{name}` is {kind}; only regular files are read", (), help, context=name))


def _refuse(diagnostic: Diagnostic) -> NoReturn:
    raise Refused([diagnostic])
