"""Digests of data files: taken by threads while the engine works, and remembered where a cache is given."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from prism_rules.cache import Cache

SETTLED = 2_000_000_000
"""Nanoseconds after which a change of a file shows in its time, on the coarsest file systems."""

_HASHING = ThreadPoolExecutor(max_workers=4, thread_name_prefix="digest")


@dataclass(frozen=True, slots=True)
class Taken:
    """A file as it was before its digest was taken."""

    size: int
    mtime_ns: int
    key: str
    """Of its path, size, times and inode: as long as it is the same, so are the bytes."""
    settled: bool
    """Whether it had been left alone long enough for that."""
    hashed: Future[str]
    remembered: bool


class Digests:
    """The digests of one run's files. Where they are not `asked` for none is taken, and to want one is a fault."""

    def __init__(self, cache: Cache | None = None, *, asked: bool = True) -> None:
        self._cache = cache
        self._asked = asked
        self._taken: dict[str, Taken] = {}

    def take(self, path: str) -> Taken:
        """Begin to take the digest of the file at a resolved path, or remember it. Raises `OSError`."""
        if path in self._taken:
            return self._taken[path]
        now = time.time_ns()
        state = os.stat(path)
        key = _key_state(path, state)
        known = self._recall(key)
        hashed: Future[str] = Future()
        if known is not None:
            hashed.set_result(known)
        elif self._asked:
            # Opened there, and not here: four at a time, however many there are.
            hashed = _HASHING.submit(_digest_file, path)
        else:
            hashed.set_exception(RuntimeError(f"no digest of {path} was to be asked for"))
        settled = state.st_mtime_ns < now - SETTLED
        self._taken[path] = Taken(state.st_size, state.st_mtime_ns, key, settled, hashed, known is not None)
        return self._taken[path]

    def give(self, path: str, digest: str) -> Taken:
        """Take a file of ours, which nobody changes and whose digest (hex) is known. Raises `OSError`."""
        state = os.stat(path)
        hashed: Future[str] = Future()
        hashed.set_result(digest)
        self._taken[path] = Taken(state.st_size, state.st_mtime_ns, _key_state(path, state), True, hashed, True)
        return self._taken[path]

    def find(self, path: str) -> str:
        """Wait for the digest of a file that was taken, hex. Raises `OSError` where it cannot be read."""
        return self._taken[path].hashed.result()

    def settle(self) -> bool:
        """Tell whether every file surely is what it was when it was opened; if so, their digests are to be kept."""
        try:
            same = all(
                file.settled and _key_state(path, os.stat(path)) == file.key for path, file in self._taken.items()
            )
        except OSError:
            same = False
        if same and self._cache is not None:
            for file in self._taken.values():
                if not file.remembered:
                    self._cache.keep(file.key, file.hashed.result().encode())
        return same

    def _recall(self, key: str) -> str | None:
        found = (self._cache.find(key) if self._cache else None) or b""
        return found.decode() if re.fullmatch(rb"[0-9a-f]{64}", found) else None


def _key_state(path: str, state: os.stat_result) -> str:
    told = f"file|{path}|{state.st_size}|{state.st_mtime_ns}|{state.st_ctime_ns}|{state.st_ino}"
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()


def _digest_file(path: str) -> str:
    if sys.platform == "linux":
        # There priority is a thread's own: queries go before, and digests take what time they leave.
        own = threading.get_native_id()
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, own, max(10, os.getpriority(os.PRIO_PROCESS, own)))
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
