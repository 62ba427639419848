"""A ruleset's file: a regular one, inside the root, of bounded size, read once; and replaced whole or not at all."""

from __future__ import annotations

import codecs
import errno
import os
import re
import stat
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.diagnostics.suggest import did_you_mean
from prism_rules.files import cannot_write, is_inside, write_atomically
from prism_rules.source.characters import MAX_BYTES, decode, describe_size, digest_bytes
from prism_rules.source.places import Source
from prism_rules.source.reading import parse
from prism_rules.walking import read_head


def read_source(path: Path, *, root: Path | None = None, name: str | None = None) -> Source:
    """Return the YAML file at `path` as plain data with places; `root` is the folder that it may not leave.

    `name` is what the file is called where it is spoken of, if not by its path.

    Raises `Refused` (exit code 2) for a file that is missing, no regular file, outside `root`, too large or not as
    `parse` wants it. The file is opened and read once, so what is checked is what is read.
    """
    name = name or path.as_posix()
    return replace(parse(_read_regular(path, root, name), name), path=path)


def read_text(path: Path) -> str:
    """Return the text of the file at `path`, which is no YAML. Raises `Refused` (exit code 2) as `read_source` does."""
    return decode(_read_regular(path, None, path.as_posix()), path.as_posix())


def _read_regular(path: Path, root: Path | None, name: str) -> bytes:
    try:
        if root is not None and not is_inside(path, root):
            message = f"`{name}` lies outside the project's folder"
            raise Refused([Diagnostic("outside-root", message, (), "move it into the project", context=name)])
        _check_status(os.lstat(path), name)
        return _read_bytes(path, name)
    except FileNotFoundError:
        missing = Diagnostic("missing-file", f"there is no file `{name}`", (), suggest_file(path), context=name)
        raise Refused([missing]) from None
    except (OSError, ValueError) as error:  # a name with NUL
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        message = f"`{name}` cannot be read: {reason}"
        help = "check the path and its permissions"
        raise Refused([Diagnostic("unreadable-file", message, (), help, context=name)]) from None


class Read(Protocol):
    """Reads a file as of some time, as `read_source` does as it is now. Raises `Refused` (exit 2)."""

    def __call__(self, path: Path, *, root: Path | None = None, name: str | None = None) -> Source: ...


def write_source(path: Path, source: Source, text: str) -> None:
    """Put `text` in the place of the file at `path`, from which `source` was read; line ends and mode stay as they are.

    Raises `Refused`: exit 8 as `write_atomically` does, 7 (`file-changed`) where the file is not what was read.
    """
    name = path.as_posix()
    try:
        data = _read_bytes(path, name)
        if not os.lstat(path).st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
            # Replacing it would not ask for its permission, only for that of its folder.
            raise PermissionError(errno.EACCES, "the file is read-only")
    except OSError as error:
        raise cannot_write(path, error) from error
    if digest_bytes(data) != source.digest:
        message = f"`{name}` was changed while it was worked on"
        raise Refused([Diagnostic("file-changed", message, (), "run the command again", context=name)], exit_code=7)
    new = text.encode()
    if b"\r\n" in data:
        new = new.replace(b"\n", b"\r\n")
    write_atomically(path, (codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b"") + new)


def suggest_file(path: Path, apart: Collection[str] = (), kind: str = "") -> str:
    """Suggest the file that was meant by one that is not there: of a `kind`, and none whose path is in `apart`."""
    names = [name for name in _list_beside(path, kind) if str(path.parent / name) not in apart]
    return did_you_mean(path.name, names) or "check the path"


def _list_beside(path: Path, kind: str) -> list[str]:
    try:
        names = sorted(name for name in os.listdir(path.parent) if name.endswith((".yaml", ".yml")))
        return [name for name in names if not kind or _looks_like(path.parent / name, kind)]
    except OSError:
        return []


def _looks_like(path: Path, kind: str) -> bool:
    if not path.is_file() or path.is_symlink():  # a pipe would keep its reader waiting
        return False
    return re.search(rf"\bkind['\"]?\s*:\s*['\"]?{kind}\b".encode(), read_head(path)) is not None


def _read_bytes(path: Path, name: str) -> bytes:
    # The path may have been replaced since it was looked at: follow no link, and do not wait for a FIFO's writer.
    flags = sum(getattr(os, flag, 0) for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))
    with open(os.open(path, os.O_RDONLY | flags), "rb") as file:
        _check_status(os.fstat(file.fileno()), name)
        return file.read(MAX_BYTES + 1)


def _check_status(status: os.stat_result, name: str) -> None:
    kind = None
    if stat.S_ISLNK(status.st_mode):
        kind = "a symbolic link"
    elif stat.S_ISDIR(status.st_mode):
        kind = "a folder"
    elif not stat.S_ISREG(status.st_mode):
        kind = "a device, a pipe or a socket"
    elif status.st_nlink > 1:
        kind = "one of several hard links to a file"
    if kind:
        message = f"`{name}` is {kind}; only regular files are read"
        help = "give the path of a regular file"
        raise Refused([Diagnostic("irregular-file", message, (), help, context=name)])
    if status.st_size > MAX_BYTES:
        raise Refused([describe_size(status.st_size, name)])
