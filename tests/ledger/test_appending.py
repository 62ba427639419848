"""An append is one new file that follows all heads, or nothing at all."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from prism_rules.diagnostics import Refused
from prism_rules.files import TEMPORARY
from prism_rules.ledger import fold, read_ledger, reading, verify
from prism_rules.ledger.lock import hold_lock
from prism_rules.model.ledger import InputUsed


def test_a_missing_folder_is_an_empty_ledger(tmp_path: Path) -> None:
    ledger = read_ledger(tmp_path / "ledger")
    assert (ledger.heads, dict(ledger.entries), fold(ledger, "surface")) == ((), {}, {})
    assert verify(tmp_path / "ledger") == ()
    assert not (tmp_path / "ledger").exists()


def test_an_entry_is_named_by_its_bytes_and_holds_what_was_given(tmp_path: Path, append: Callable[..., str]) -> None:
    folder = tmp_path / "deep" / "ledger"
    name = append(
        folder,
        "opened",
        plan="sha256:aa",
        inputs=[InputUsed(source="predictions", digest="bytes:bb")],
        as_of="2026-03-01T00:00:00Z",
    )
    data = (folder / name[:2] / f"{name}.json").read_bytes()
    assert hashlib.sha256(data).hexdigest() == name
    assert b'"inputs":[{"digest":"bytes:bb","source":"predictions"}]' in data
    assert data.startswith(b'{"apiVersion":"prism-rules/v1","as_of":"2026-03-01T00:00:00Z","events":[{"action":')
    entry = read_ledger(folder).entries[name]
    assert (entry.plan, entry.as_of, entry.parents) == ("sha256:aa", "2026-03-01T00:00:00Z", ())


def test_the_folder_tells_git_to_leave_the_bytes_alone(tmp_path: Path, append: Callable[..., str]) -> None:
    append(tmp_path, "opened")
    assert "* -text" in (tmp_path / ".gitattributes").read_text().splitlines()
    assert (tmp_path / ".gitignore").read_text().splitlines() == [".lock", ".prism-rules-tmp-*"]
    (tmp_path / ".gitattributes").write_text("* -text merge=binary\n")
    append(tmp_path, "approved")
    assert (tmp_path / ".gitattributes").read_text() == "* -text merge=binary\n"


def test_branches_merge_as_files_and_are_joined_by_the_next_append(
    tmp_path: Path, append: Callable[..., str], merge: Callable[[Path, Path], None], event: Callable[..., Any]
) -> None:
    ours, theirs, third = (tmp_path / name for name in ("ours", "theirs", "third"))
    first = append(ours, "opened")
    shutil.copytree(ours, theirs)
    shutil.copytree(ours, third)
    left = append(ours, "approved")
    right = append(theirs, event("opened", action="guidance-0123456789ab"))
    other = append(third, "escalated")
    merge(theirs, ours)
    merge(third, ours)
    assert verify(ours, since=first) == tuple(sorted([left, right, other]))
    joined = append(ours, "done")
    ledger = read_ledger(ours)
    assert ledger.heads == (joined,)
    assert ledger.entries[joined].parents == tuple(sorted([left, right, other]))
    assert list(ledger.entries) == [first, *sorted([left, right, other]), joined]
    for head in (left, right, other):
        assert verify(ours, since=head) == (joined,)


def test_a_parent_written_after_its_folder_was_listed_is_found(
    tmp_path: Path, append: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = [append(tmp_path, name) for name in ("opened", "approved", "done")]
    seen = {path: data for path, data in reading._read_files(tmp_path).items() if chain[2] in path}
    monkeypatch.setattr(reading, "_read_files", lambda _: seen)
    assert list(read_ledger(tmp_path).entries) == chain


def test_a_busy_ledger_names_its_writer(tmp_path: Path, append: Callable[..., str]) -> None:
    append(tmp_path, "opened")
    with hold_lock(tmp_path, 1), pytest.raises(Refused) as refused:
        append(tmp_path, "approved", wait_seconds=0.05)
    (diagnostic,) = refused.value.diagnostics
    assert (refused.value.exit_code, diagnostic.code) == (8, "ledger-busy")
    assert f"process {os.getpid()} on " in diagnostic.message
    assert "; waited 0.05 s" in diagnostic.message
    append(tmp_path, "approved")


def test_what_killed_writers_left_is_passed_over_and_then_swept(tmp_path: Path, append: Callable[..., str]) -> None:
    name = append(tmp_path, "opened")
    left = [tmp_path / f"{TEMPORARY}1-aa", tmp_path / name[:2] / f"{TEMPORARY}2-bb"]
    for path in left:
        path.write_bytes(b'{"torn')
    assert verify(tmp_path) == (name,)
    append(tmp_path, "approved")
    assert [path.exists() for path in left] == [False, False]


def test_a_link_in_place_of_the_folder_is_not_followed(tmp_path: Path, append: Callable[..., str]) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "ledger").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused) as refused:
        append(tmp_path / "ledger", "opened")
    assert (refused.value.exit_code, refused.value.diagnostics[0].code) == (8, "cannot-write")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path, append: Callable[..., str]) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused) as refused:
        append(tmp_path / "file" / "ledger", "opened")
    assert (refused.value.exit_code, refused.value.diagnostics[0].code) == (8, "cannot-write")


CALLS = [
    (os, "open"),
    (os, "mkdir"),
    (os, "write"),
    (os, "ftruncate"),
    (os, "fsync"),
    (os, "replace"),
    (fcntl, "flock"),
]


class Faults:
    """Lets the n-th system call of a writer fail, once or from then on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fail_at: int, *, once: bool, error: int) -> None:
        self.seen, self.failed = 0, 0
        for module, name in CALLS:
            monkeypatch.setattr(module, name, self._wrap(getattr(module, name), name, fail_at, once, error))

    def _wrap(self, real: Callable[..., Any], name: str, fail_at: int, once: bool, error: int) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self.seen += 1
            if self.seen < fail_at or (once and self.seen > fail_at):
                return real(*arguments, **named)
            self.failed += 1
            if name == "write" and len(arguments[1]) > 1:  # a disk that fills takes a part first
                real(arguments[0], arguments[1][: len(arguments[1]) // 2])
            raise OSError(error, os.strerror(error))

        return call


@pytest.mark.parametrize("once", [True, False], ids=["once", "from then on"])
@pytest.mark.parametrize(
    "error", [errno.ENOSPC, errno.EIO, errno.EACCES], ids=["disk full", "bad disk", "no permission"]
)
@pytest.mark.parametrize("begun", [False, True], ids=["first append", "later append"])
def test_whichever_system_call_fails_the_old_ledger_stands_or_the_new(
    tmp_path: Path, append: Callable[..., str], begun: bool, error: int, once: bool
) -> None:
    for number in count(1):
        folder = tmp_path / str(number)
        before = (append(folder, "opened"),) if begun else ()
        acknowledged, refusal = None, None
        with pytest.MonkeyPatch.context() as patch:
            faults = Faults(patch, number, once=once, error=error)
            try:
                acknowledged = append(folder, "approved" if begun else "opened")
            except Refused as refused:
                refusal = refused
        heads = verify(folder)
        if refusal is None:
            assert heads == (acknowledged,)
        else:
            assert refusal.exit_code == 8
            assert os.strerror(error) in refusal.diagnostics[0].message
            assert heads == before or len(read_ledger(folder).entries) == len(before) + 1
        assert list(folder.rglob(f"{TEMPORARY}*")) == []
        append(folder, "escalated" if heads else "opened")
        if not faults.failed:
            break
    assert number > (12 if begun else 20), "the loop has not met the calls it is about"


def test_what_no_reader_would_take_is_not_written(
    tmp_path: Path, append: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prism_rules.ledger.appending.MAX_BYTES", 100)
    with pytest.raises(Refused) as refused:
        append(tmp_path / "ledger", "opened")
    assert (refused.value.exit_code, refused.value.diagnostics[0].code) == (8, "cannot-write")
    assert not [*(tmp_path / "ledger").glob("*/*.json")]
