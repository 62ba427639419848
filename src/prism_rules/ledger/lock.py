"""One writer at a time: a lock that dies with its owner, and that names its owner to those who wait."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.files import cannot_write

LOCK = ".lock"


@contextmanager
def hold_lock(folder: Path, wait_seconds: float) -> Iterator[None]:
    """Hold the lock of an existing folder.

    Raises `Refused` (exit 8): `ledger-busy` after `wait_seconds`, `cannot-write` where the lock cannot be had at all.
    """
    path = folder / LOCK
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
    except OSError as error:
        raise cannot_write(path, error) from error
    try:
        try:
            _wait(file, path, wait_seconds)
            os.ftruncate(file, 0)
            os.write(file, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
        except OSError as error:
            raise cannot_write(path, error) from error
        yield
    finally:
        os.close(file)


def _wait(file: int, path: Path, wait_seconds: float) -> None:
    deadline = time.monotonic() + wait_seconds
    while not _try_lock(file):
        if time.monotonic() >= deadline:
            raise Refused([_describe_owner(path, wait_seconds)], exit_code=8)
        time.sleep(0.01)


def _describe_owner(path: Path, wait_seconds: float) -> Diagnostic:
    # The owner wrote its name when it took the lock, so the file's own time is the start.
    start = datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    owner = path.read_text(encoding="utf-8", errors="replace").strip()[:120] or "another process"
    return Diagnostic(
        code="ledger-busy",
        message=f"{owner} has been writing to this ledger since {start}; waited {wait_seconds:g} s",
        help="run the command again when that process has ended; the lock ends with it",
        context=path.parent.as_posix(),
    )


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: int) -> bool:
        os.lseek(file, 1 << 20, os.SEEK_SET)  # beyond the owner's name, which others must be able to read
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(file, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _try_lock(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
