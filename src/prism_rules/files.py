"""Files that are replaced whole or not at all.

A reader meets the old bytes or the new ones, never a part of either: bytes are written beside, flushed and renamed.
Meant for local file systems; through a power loss it holds as far as the disk honours `os.fsync`.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from prism_rules.diagnostics import Diagnostic, Refused

TEMPORARY = ".prism-rules-tmp-"
"""How the name of every half-written file of ours begins; one that outlives its writer may be removed."""


def is_inside(path: Path, root: Path) -> bool:
    """Say whether a path leads to a place in the folder `root`, links followed; one that leads nowhere does not.

    `Path.resolve` fails on links that go in a circle, which untrusted files may name.
    """
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


def place_inside(folder: Path, named: str, root: Path) -> Path | None:
    """Place what a file names by a path that starts at `folder`; None where that does not lead into `root`."""
    try:
        return folder / named if is_inside(folder / named, root) else None
    except (OSError, ValueError):  # a name with NUL
        return None


def make_namer(folder: Path) -> Callable[[str], str]:
    """Make what names a file, which is named from a folder, from the top of the repository that holds the folder.

    Without a repository the folder is the top. A file that lies above the top keeps its whole path.
    """
    top = next((place for place in (folder, *folder.parents) if (place / ".git").exists()), folder)

    def name(file: str) -> str:
        place = Path(os.path.normpath(folder / file))
        return (place.relative_to(top) if place.is_relative_to(top) else place).as_posix()

    return name


def write_atomically(path: Path, data: bytes) -> None:
    """Put `data` at `path`, whose folder exists, durably and in one step; a file that is replaced keeps its mode.

    Raises `Refused` (exit 8, `cannot-write`) when anything fails. What was at `path` is then intact; only where the
    folder could not be flushed after the rename the new bytes are there, whole, though a power loss may undo them.
    """
    temporary = path.with_name(f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(4)}")
    try:
        folder = _open_folder(path.parent)
        try:
            _write_beside(temporary, path, data)
            if folder is not None:
                os.fsync(folder)
        finally:
            if folder is not None:
                os.close(folder)
    except OSError as error:
        raise cannot_write(path, error) from error


def make_folder(path: Path) -> None:
    """Make the folder `path` and those above it that are missing, each recorded durably in its parent.

    Raises `Refused` (exit 8, `cannot-write`); a folder that exists is left as it is.
    """
    if path.is_dir():
        return
    make_folder(path.parent)
    try:
        with suppress(FileExistsError):  # another process may make it at this very moment
            os.mkdir(path)
        folder = _open_folder(path.parent)
        if folder is not None:
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        if not path.is_dir():
            raise NotADirectoryError(20, "a file stands where a folder is needed")
    except OSError as error:
        raise cannot_write(path, error) from error


def find_packaged(folder: str) -> Path:
    """Find a folder that ships beside the program: in the package as `_folder`, in a checkout at its top."""
    package = Path(__file__).parent
    packaged = package / f"_{folder}"
    return packaged if packaged.is_dir() else package.parents[1] / folder


def cannot_write(path: Path, error: OSError) -> Refused:
    """The refusal (exit 8) that says why the system did not let `path` be written."""
    why, help_ = error.strerror or str(error), "free the disk or mend the permissions, and run again"
    if error.errno in (errno.ENOTDIR, errno.EISDIR):
        help_ = "name another place"
    elif error.errno == errno.ENOENT and not path.parent.exists():
        why, help_ = f"there is no folder `{path.parent.as_posix()}`", "make that folder, or name another place"
    return Refused(
        [
            Diagnostic(
                code="cannot-write",
                message=f"{path.name} was not written: {why}",
                help=f"what was there before is intact; {help_}",
                context=path.as_posix(),
            )
        ],
        exit_code=8,
    )


def _write_beside(temporary: Path, path: Path, data: bytes) -> None:
    try:
        file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        try:
            rest = memoryview(data)
            while rest:  # a nearly full disk takes a part and reports no error
                rest = rest[os.write(file, rest) :]
            os.fsync(file)
        finally:
            os.close(file)
        with suppress(FileNotFoundError):
            there = os.lstat(path)
            if stat.S_ISREG(there.st_mode):  # whoever could read or run it still can
                os.chmod(temporary, stat.S_IMODE(there.st_mode))
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _open_folder(path: Path) -> int | None:
    if os.name == "nt":  # Windows cannot open a folder, and records a rename by itself
        return None
    # A link checked into the repository must not lead our writes elsewhere.
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
