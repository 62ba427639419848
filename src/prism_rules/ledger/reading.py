"""Reading a ledger: everything is hashed again, every parent looked up, and all that is wrong is said at once."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from prism_rules.diagnostics import Diagnostic, Label, Refused
from prism_rules.files import TEMPORARY
from prism_rules.ledger.canonical import MAX_BYTES, decode_entry, hash_bytes
from prism_rules.ledger.folding import Impossible, find_impossible
from prism_rules.ledger.graph import Ledger, order_entries, restrict_ledger
from prism_rules.ledger.life import DECISIONS, next_state
from prism_rules.ledger.lock import LOCK
from prism_rules.model.ledger import Entry

WELCOME = (LOCK, ".gitattributes", ".gitignore", ".gitkeep", "README.md")
"""What may stand in the folder beside the entries."""

_ENTRY = re.compile(r"([0-9a-f]{2})/(\1[0-9a-f]{62})\.json")
_MARKER = re.compile(rb"^(?:<{7}|={7}|>{7}).*$", re.MULTILINE)
_RESTORE = "restore the file from version control: an entry is never edited, a later decision is an entry of its own"


def read_ledger(folder: Path, *, heads: Sequence[str] | None = None) -> Ledger:
    """The ledger in `folder` (a missing folder is an empty one), or as much of it as `heads` follow.

    Raises `Refused` (exit 7) with all integrity problems of the folder, whether or not `heads` reach them.
    """
    entries, problems = _check_files(folder, _read_files(folder))
    ledger = order_entries(entries)
    if not problems:
        problems = [
            describe_impossible(found, _locate(folder, f"{found.entry[:2]}/{found.entry}.json"))
            for found in find_impossible(ledger)
        ]
    if not problems:
        problems = [_describe_lost(folder, head) for head in heads or () if head not in ledger.entries]
    if problems:
        raise Refused(sorted(problems, key=lambda problem: problem.context or ""), exit_code=7)
    return ledger if heads is None else restrict_ledger(ledger, heads)


def warn_missing(folder: Path) -> Diagnostic:
    """The warning that a folder which was named as a ledger is not there; only the first plan that is recorded has
    none."""
    help = "what it recorded is not compared with; check the path, or begin one with `prism-rules plan --record`"
    return Diagnostic("usage", f"there is no ledger at `{folder.as_posix()}`", help=help, severity="warning")


def verify(folder: Path, since: str | None = None) -> tuple[str, ...]:
    """The heads of the ledger, if it is whole and still holds the earlier head `since` with all that it follows.

    A ledger whose tail was removed, or that was written anew, is whole in itself: only a head kept elsewhere shows it.
    Raises `Refused` (exit 7), and as `find_entry` does.
    """
    ledger = read_ledger(folder)
    if since is not None:
        find_entry(ledger, folder, since)
    return ledger.heads


def find_entry(ledger: Ledger, folder: Path, beginning: str) -> str:
    """The one entry whose hash begins so, since people are shown beginnings only.

    Raises `Refused`: exit 7 (`ledger-lost-head`) when there is none, exit 2 (`usage`) when there are several.
    """
    found = [name for name in ledger.entries if name.startswith(beginning)]
    if not found:
        raise Refused([_describe_lost(folder, beginning)], exit_code=7)
    if len(found) > 1:
        message, help = f"{len(found)} entries begin with `{beginning}`", f"say more of one: {', '.join(sorted(found))}"
        raise Refused([Diagnostic("usage", message, help=help, context=folder.as_posix())], exit_code=2)
    return found[0]


def describe_impossible(found: Impossible, context: str) -> Diagnostic:
    """Say which event cannot follow which state, and which ones can."""
    can = (event for event in DECISIONS if next_state(found.state, event, in_conflict=found.in_conflict))
    allowed = sorted(f"`{event}`" for event in can)
    standing = f"is `{found.state}`" if found.state else "was never opened"
    standing += ", in conflict" if found.in_conflict else ""
    return Diagnostic(
        code="impossible-event",
        message=f"`{found.event.event}` cannot happen to {found.event.action}, which {standing}",
        help=f"what people can decide now is {', '.join(allowed)}" if allowed else "there is nothing to decide now",
        context=context,
    )


def _read_files(folder: Path) -> dict[str, bytes | None]:
    """Bytes by path below the folder; None for what is no regular file."""
    files: dict[str, bytes | None] = {}
    for item in _list(folder):
        if item.name in WELCOME:
            continue
        if item.is_dir(follow_symlinks=False):
            files |= {f"{item.name}/{below.name}": _read(below) for below in _list(Path(item.path))}
        else:
            files[item.name] = _read(item)
    return files


def _list(folder: Path) -> list[os.DirEntry[str]]:
    """What is in the folder, without the files that are still being written or whose writer was killed."""
    try:
        with os.scandir(folder) as items:
            return sorted((item for item in items if not item.name.startswith(TEMPORARY)), key=lambda item: item.name)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise Refused([_describe_unreadable(folder.as_posix(), f"cannot be listed: {error.strerror}")], 7) from error


def _read(item: os.DirEntry[str]) -> bytes | None:
    if not item.is_file(follow_symlinks=False):  # a pipe would never end, a link leads elsewhere
        return None
    return _read_bytes(Path(item.path))


def _read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Refused([_describe_unreadable(path.as_posix(), f"cannot be read: {error.strerror}")], 7) from error
    if len(data) > MAX_BYTES:
        message = f"holds more than the {MAX_BYTES // 2**20} MiB that an entry may have"
        raise Refused([_describe_unreadable(path.as_posix(), message)], 7)
    return data


def _check_files(folder: Path, files: dict[str, bytes | None]) -> tuple[dict[str, Entry], list[Diagnostic]]:
    entries: dict[str, Entry] = {}
    problems: list[Diagnostic] = []
    named = {match[2] for path in files if (match := _ENTRY.fullmatch(path))}
    suspects: dict[str, bytes | None] = {}
    waiting = dict(files)
    while waiting:
        path, data = waiting.popitem()
        digest = hash_bytes(data) if data is not None else ""
        if data is None or path != f"{digest[:2]}/{digest}.json":
            suspects[path] = data
            continue
        try:
            entries[digest] = entry = decode_entry(data)
        except ValueError as error:
            problems.append(_describe_unreadable(_locate(folder, path), f"is no entry: {error}"))
            continue
        for parent in entry.parents:
            if parent in named:
                continue
            # A parent written after its folder was listed is there now: writers add it before what follows it.
            place = folder / parent[:2] / f"{parent}.json"
            if place.is_file():
                named.add(parent)
                waiting[f"{parent[:2]}/{parent}.json"] = _read_bytes(place)
            else:
                problems.append(_describe_orphan(_locate(folder, path), parent))
    known = named | {parent for entry in entries.values() for parent in entry.parents}
    problems += [_explain(_locate(folder, path), path, data, entries, known) for path, data in suspects.items()]
    return entries, problems


def _explain(place: str, path: str, data: bytes | None, entries: dict[str, Entry], known: set[str]) -> Diagnostic:
    """Why the bytes are not what the path promises, as precisely as the bytes allow."""
    match = _ENTRY.fullmatch(path)
    digest = hash_bytes(data) if data is not None else ""
    if digest in entries:
        return Diagnostic(
            "ledger-duplicated",
            f"{Path(path).name} holds entry {digest[:12]} a second time",
            help="remove the copy; if it replaced another entry, restore that one from version control",
            context=place,
        )
    if data is not None and (digest in known or (not match and _is_entry(data))):
        return Diagnostic(
            "ledger-misnamed",
            f"{Path(path).name} holds entry {digest[:12]}, which belongs elsewhere",
            help=f"an entry is named by its bytes: this one is {digest[:2]}/{digest}.json",
            context=place,
        )
    if os.path.islink(place):
        return Diagnostic(
            "ledger-foreign-file",
            f"{Path(path).name} is a link, which may lead anywhere",
            help="put the file itself in its place; if there is none, restore it from version control",
            context=place,
        )
    if data is None or not match:
        return Diagnostic(
            "ledger-foreign-file",
            f"{Path(path).name} is no entry of a ledger",
            help=f"keep it elsewhere; beside the entries only {', '.join(WELCOME[1:])} may stand",
            context=place,
        )
    if marker := _MARKER.search(data):
        line = data.count(b"\n", 0, marker.start()) + 1
        shown = marker[0].decode("utf-8", "replace").rstrip("\r")
        label = Label(place, line, 1, len(shown) + 1, "a merge left this", source_line=shown)
        return _describe_unreadable(place, "holds conflict markers of a merge", (label,))
    if hash_bytes(data.replace(b"\r\n", b"\n")) == match[2]:
        return _describe_unreadable(place, "had its line ends converted to CRLF; keep `* -text` in .gitattributes")
    if not data.rstrip().endswith(b"}"):
        return _describe_unreadable(place, f"is torn: it ends after {len(data)} bytes in the middle of an entry")
    return Diagnostic(
        "ledger-edited", f"{Path(path).name} was changed after it was written", help=_RESTORE, context=place
    )


def _is_entry(data: bytes) -> bool:
    try:
        decode_entry(data)
    except ValueError:
        return False
    return True


def _locate(folder: Path, path: str) -> str:
    return (folder / path).as_posix()


def _describe_unreadable(place: str, reason: str, labels: tuple[Label, ...] = ()) -> Diagnostic:
    return Diagnostic("ledger-unreadable", f"{Path(place).name} {reason}", labels, help=_RESTORE, context=place)


def _describe_orphan(place: str, parent: str) -> Diagnostic:
    return Diagnostic(
        "ledger-missing-parent",
        f"{Path(place).name} follows entry {parent[:12]}, which is not here",
        help=f"restore {parent[:2]}/{parent}.json from version control; entries are never removed",
        context=place,
    )


def _describe_lost(folder: Path, head: str) -> Diagnostic:
    return Diagnostic(
        "ledger-lost-head",
        f"entry {head[:12]} is not in this ledger, so what it recorded was removed or written anew",
        help="restore the ledger from a clone or a branch that has it; look at who rewrote the history",
        context=folder.as_posix(),
    )
