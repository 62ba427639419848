"""Output folders: replaced whole or not at all, and never at the cost of something that is not ours.

A folder of ours holds an index (plan.json) whose `files` names every other file with its digest. That list tells our
files from a person's, who may have filled in a queue or put notes beside it: such a folder is refused.
Everything is written to ``OUT.<digest>.tmp``; then OUT becomes ``OUT.old``, the new folder becomes OUT, what belongs to
it is done (an entry of the ledger), and the old one goes. A run that was killed between the two renames leaves
``OUT.old``, which the next run puts back; one that was killed later leaves the new folder, and the next run goes on.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from prism_rules.diagnostics import Diagnostic, Refused
from prism_rules.files import cannot_write, make_folder

INDEX = "plan.json"


def digest_bytes(data: bytes) -> str:
    """SHA-256 in hex, CRLF read as LF: a checkout that converts line ends changes no digest."""
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def prepare(out: Path, *, index: str = INDEX) -> None:
    """Check that `out` may be written before anything is computed, and put back what a killed run moved aside.

    Raises `Refused` (exit 8): `cannot-write` where the system would not let us, `foreign-file` where `out` holds
    anything that is not ours.
    """
    try:
        out = _require_room(out)
        if out.parent.is_dir():
            with _hold(out.parent):
                _settle(out, index)
    except OSError as error:
        raise cannot_write(out, error) from error


def write_folder(out: Path, files: Mapping[str, bytes], *, index: str = INDEX) -> None:
    """Make `out` hold exactly `files` (path with forward slashes -> bytes), durably; the index must be among them.

    Raises `Refused` as `prepare` does. What was there is then intact.
    """
    with replaced_folder(out, files, index=index):
        pass


@contextmanager
def replaced_folder(out: Path, files: Mapping[str, bytes], *, index: str = INDEX) -> Iterator[Callable[[], None]]:
    """Let `out` hold `files` as `write_folder` does while something is done that belongs to it.

    Where that raises, `out` is again what it was; but once what is given was called, `out` stays, whatever is raised.
    """
    theirs: OSError | None = None
    try:
        out = _require_room(out)
        make_folder(out.parent)
        with _hold(out.parent):
            _settle(out, index)
            temporary = _name_temporary(out, hashlib.sha256(files[index]).hexdigest())
            try:
                _write_all(temporary, files)
                with _exchanged(out, temporary) as keep:
                    try:
                        yield keep
                    except OSError as error:
                        theirs = error
                        raise
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise error if error is theirs else cannot_write(out, error) from error


def holds(out: Path, digest: str, *, index: str = INDEX) -> bool:
    """Whether `out` is a folder of ours with all its files, whose index has this digest (``sha256:...``)."""
    ours = _read_index(out / index)
    return (
        ours is not None
        and f"sha256:{digest_bytes((out / index).read_bytes())}" == digest
        and all(_is_same(out / name, its) for name, its in ours.items())
    )


def list_foreign(folder: Path, *, index: str = INDEX) -> list[str]:
    """List what in `folder` is not ours: unknown names, links, and files of ours that were changed since.

    An empty folder holds nothing foreign; one without an index is foreign whole.
    """
    ours = _read_index(folder / index)
    if ours is None:
        return sorted(path.name for path in folder.iterdir())
    folders = {parent.as_posix() for name in ours for parent in Path(name).parents}
    found = {path.relative_to(folder).as_posix(): path for path in _walk(folder)}
    return sorted(
        name
        for name, path in found.items()
        if not (name in folders if _is_folder(path) else name == index or _is_same(path, ours.get(name)))
    )


def _settle(out: Path, index: str) -> None:
    """Leave neither half-written folders nor a folder that was moved aside, and refuse what is not ours."""
    old = out.with_name(f"{out.name}.old")
    if not os.path.lexists(out) and _is_folder(old) and _read_index(old / index) and not list_foreign(old, index=index):
        os.rename(old, out)
    there = os.path.lexists(out)
    superseded = there and os.path.lexists(old)
    if there:
        _refuse_foreign(out, index)
    if superseded:
        _refuse_foreign(old, index)
    for left in out.parent.glob("*.tmp"):
        if re.fullmatch(re.escape(out.name) + r"\.[0-9a-f]{12}\.tmp", left.name) and _is_folder(left):
            shutil.rmtree(left)
    if superseded:
        _discard(old, _name_temporary(out, "0" * 12))


def _discard(old: Path, temporary: Path) -> None:
    # Under a name that the next run sweeps: a removal that is cut short must not look like a folder to restore.
    os.rename(old, temporary)
    shutil.rmtree(temporary)


def _name_temporary(out: Path, digest: str) -> Path:
    return out.with_name(f"{out.name}.{digest[:12]}.tmp")


def _refuse_foreign(place: Path, index: str) -> None:
    if not _is_folder(place):
        raise NotADirectoryError(errno.ENOTDIR, "it is a link" if place.is_symlink() else "a file stands there")
    foreign = list_foreign(place, index=index)
    if foreign:
        more = f" and {len(foreign) - 5:,} more" if len(foreign) > 5 else ""
        shown = ", ".join(f"`{name}`" for name in foreign[:5]) + more
        raise Refused(
            [
                Diagnostic(
                    "foreign-file",
                    f"the folder holds what no run of ours left there so: {shown}",
                    context=place.as_posix(),
                    help="move that elsewhere, or name another folder; nothing was changed",
                )
            ],
            8,
        )


def _require_room(out: Path) -> Path:
    """Return `out` with a name of its own, if the nearest folder above it that exists lets us write."""
    out = Path(os.path.abspath(out)) if out.name in ("", "..") else out
    above = out.absolute().parent
    if not out.name:
        raise IsADirectoryError(errno.EISDIR, "it is the root of the file system")
    while not os.path.lexists(above):
        above = above.parent
    if not above.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, f"{above.name} is not a folder")
    if not os.access(above, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise PermissionError(errno.EACCES, f"{above.as_posix()} is read-only")
    return out


def _write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    os.mkdir(folder)
    folders = {folder}
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        folders.add(path.parent)
        with open(path, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    for each in folders:
        _flush(each)


@contextmanager
def _exchanged(out: Path, new: Path) -> Iterator[Callable[[], None]]:
    """Put the folder `new` in the place of `out`, and put back what was there if the body raises before it keeps it."""
    old = out.with_name(f"{out.name}.old")
    had = os.path.lexists(out)
    kept: list[bool] = []
    try:
        if had:
            os.rename(out, old)
        os.rename(new, out)
        _flush(out.parent)
        yield lambda: kept.append(True)
        kept.append(True)
    finally:
        if kept:
            if had:
                with suppress(OSError):  # the new folder stands; what is left of the old one goes with the next run
                    _discard(old, new)
        else:
            if not os.path.lexists(new) and os.path.lexists(out):
                os.rename(out, new)
            if had and not os.path.lexists(out):
                os.rename(old, out)


@contextmanager
def _hold(folder: Path) -> Iterator[None]:
    """Let one run at a time write into `folder`. The lock is on the folder itself and dies with its owner."""
    if os.name == "nt":
        yield
        return
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # a network file system may have no such locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _flush(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder, and records a rename by itself
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        yield path
        if _is_folder(path):
            yield from _walk(path)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _is_same(path: Path, digest: str | None) -> bool:
    return digest is not None and path.is_file() and not path.is_symlink() and digest_bytes(path.read_bytes()) == digest


def _read_index(path: Path) -> dict[str, str] | None:
    """Read which files an index names, with their digests; None where it is no index of ours."""
    try:
        document = json.loads(path.read_bytes())
        if document["apiVersion"].startswith("prism-rules/") and not path.is_symlink():
            return {entry["path"]: entry["sha256"] for entry in document["files"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    return None
