"""Appending to a ledger: one writer, a whole ledger before, one new file after."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from prism_rules import __version__
from prism_rules.diagnostics import Refused
from prism_rules.files import TEMPORARY, cannot_write, make_folder, write_atomically
from prism_rules.ledger.canonical import MAX_BYTES, encode_entry, hash_bytes
from prism_rules.ledger.folding import find_impossible
from prism_rules.ledger.graph import Ledger
from prism_rules.ledger.lock import LOCK, hold_lock
from prism_rules.ledger.reading import describe_impossible, read_ledger
from prism_rules.model.ledger import Entry, Event, Found, InputUsed, RulesetUsed
from prism_rules.model.plan import Annotators, FileDigest

SHIPPED = {
    ".gitattributes": "# An entry is named by its bytes: line ends must stay as they are.\n* -text\n",
    ".gitignore": f"{LOCK}\n{TEMPORARY}*\n",
}
"""What the first append puts beside the entries."""


def append_entry(
    folder: Path,
    *,
    events: Sequence[Event],
    ruleset: RulesetUsed,
    plan: str | None = None,
    inputs: Sequence[InputUsed] = (),
    as_of: str | None = None,
    command: str | None = None,
    heads: tuple[str, ...] | None = None,
    baseline: str | None = None,
    found: Sequence[Found] | None = None,
    annotators: Annotators | None = None,
    files: Sequence[FileDigest] | None = None,
    wait_seconds: float = 10.0,
    keep: Callable[[], None] = lambda: None,
) -> str:
    """Append one entry that follows all heads, and return its hash once it is durable.

    `heads` are those that a plan was made with; another run may have appended since. `keep` is called once the entry is
    there to stay: what belongs to it must stay too, even where the run is interrupted before it is told.

    Raises `Refused`, with the ledger as it was: exit 7 when it is not whole, exit 2 (`impossible-event`) when an event
    does not fit the state of its action, exit 8 when another writer holds it longer than `wait_seconds` (`ledger-busy`)
    or the disk refuses (`cannot-write`).
    """
    if folder.is_symlink():
        raise cannot_write(folder, OSError(errno.ELOOP, "it is a link, which may lead out of the repository"))
    make_folder(folder)
    with hold_lock(folder, wait_seconds):
        ledger = read_ledger(folder)
        entry = Entry(
            parents=ledger.heads,
            events=tuple(events),
            ruleset=ruleset,
            plan=plan,
            inputs=tuple(inputs),
            as_of=as_of,
            command=command,
            heads=None if heads == ledger.heads else heads,
            baseline=baseline,
            found=None if found is None else tuple(found),
            annotators=annotators,
            files=None if files is None else tuple(files),
            tool=__version__,
        )
        data = encode_entry(entry)
        if len(data) > MAX_BYTES:
            message = f"the entry would hold more than {MAX_BYTES // 2**20} MiB: split the ruleset, or its dimensions"
            raise cannot_write(folder, OSError(errno.EFBIG, message))
        name = hash_bytes(data)
        if impossible := find_impossible(Ledger(heads=(name,), entries={**ledger.entries, name: entry})):
            raise Refused([describe_impossible(found, folder.as_posix()) for found in impossible], exit_code=2)
        _sweep(folder)
        for beside, text in SHIPPED.items():
            if not (folder / beside).exists():
                write_atomically(folder / beside, text.encode())
        place = folder / name[:2] / f"{name}.json"
        make_folder(place.parent)
        try:
            write_atomically(place, data)
            keep()
        except BaseException:
            # Renamed and not flushed: what nobody is told of must not be there. Only the lock's holder can follow it.
            with suppress(OSError):
                place.unlink()
            raise
    return name


def _sweep(folder: Path) -> None:
    """Remove what killed writers left. Only the lock's holder writes here, so no owner of such a file is alive."""
    for left in (*folder.glob(f"{TEMPORARY}*"), *folder.glob(f"??/{TEMPORARY}*")):
        with suppress(OSError):
            left.unlink()
