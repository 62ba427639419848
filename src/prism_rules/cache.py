"""Cache: a folder of what would only be found out again, each entry named by all that it follows from.

An entry is believed as far as its own digest goes, which finds damage and not malice: whoever can write the folder can
change what a run says.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from prism_rules.files import TEMPORARY

SUFFIX = ".kept"
MOST_BYTES = 64 * 1024 * 1024
"""Of one entry."""
ROOM = 512 * 1024 * 1024
"""Bytes of the folder; beyond them go the entries that were not used for longest."""
_BLOCK = 4096
"""What a file takes of a disk at least."""
_DIGEST = hashlib.sha256().digest_size


class Cache:
    """Entries found in a folder, and new ones that wait to be written until the run knows that they are true."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.used: set[str] = set()
        """Keys that were found."""
        self.new: dict[str, bytes] = {}
        """Key -> value, not yet written."""

    def find(self, key: str) -> bytes | None:
        """Find the value of a key, 64 hex digits; None where there is none, or it is not what was written."""
        path = self._place(key)
        try:
            # A pipe under this name must not make us wait.
            with open(
                os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb"
            ) as f:
                data = f.read(_DIGEST + MOST_BYTES + 1)
        except OSError:
            return None
        digest, value = data[:_DIGEST], data[_DIGEST:]
        if len(value) > MOST_BYTES or digest != _digest_entry(key, value):
            return None
        with suppress(OSError):  # a folder that cannot be written still answers
            os.utime(path)
        self.used.add(key)
        return value

    def keep(self, key: str, value: bytes) -> None:
        """Have a value written by `save`, unless it is too large."""
        if len(value) <= MOST_BYTES:
            self.new[key] = value

    def save(self) -> int:
        """Write what is new, make room, and return how many entries were written. Raises `OSError`."""
        if not self.new:
            return 0
        if not self.folder.is_dir():
            self.folder.mkdir(parents=True, exist_ok=True)
            # What is committed would be believed by whoever checks it out.
            (self.folder / ".gitignore").write_text("*\n", "utf-8")
        for key, value in self.new.items():
            self._write(key, value)
        written = len(self.new)
        self.new = {}
        self._prune()
        return written

    def _place(self, key: str) -> Path:
        return self.folder / f"{key}{SUFFIX}"

    def _write(self, key: str, value: bytes) -> None:
        """Not flushed: what a power loss tears shows by its digest, and is written again."""
        temporary = self.folder / f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(4)}"
        try:
            temporary.write_bytes(_digest_entry(key, value) + value)
            temporary.replace(self._place(key))
        except FileNotFoundError:
            pass  # another run that made room took it for the oldest
        except OSError:
            with suppress(OSError):
                temporary.unlink()
            raise

    def _prune(self) -> None:
        entries = sorted(self._list_entries(), reverse=True)
        taken = 0
        for _, size, path in entries:
            taken += max(size, _BLOCK)
            if taken > ROOM:
                with suppress(OSError):  # another run may have removed it
                    os.unlink(path)

    def _list_entries(self) -> Iterator[tuple[int, int, str]]:
        """List when each file of ours was last used, its size and its path; what killed runs left is among them."""
        with os.scandir(self.folder) as found:
            for entry in found:
                if entry.name.endswith(SUFFIX) or entry.name.startswith(TEMPORARY):
                    with suppress(OSError):
                        state = entry.stat(follow_symlinks=False)
                        yield state.st_mtime_ns, state.st_size, entry.path


def _digest_entry(key: str, value: bytes) -> bytes:
    return hashlib.sha256(key.encode() + value).digest()
