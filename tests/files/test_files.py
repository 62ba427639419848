"""A file is replaced whole or not at all, whatever fails and whenever."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prism_rules.diagnostics import Refused
from prism_rules.files import TEMPORARY, make_folder, place_inside, write_atomically


@pytest.mark.parametrize(
    "data", [b"", b"new\r\n\x00\xff", bytes(range(256)) * 10_000], ids=["empty", "any bytes", "big"]
)
@pytest.mark.parametrize("existing", [None, b"a longer text than the new one"], ids=["new", "replaced"])
def test_the_bytes_given_are_the_bytes_there(tmp_path: Path, data: bytes, existing: bytes | None) -> None:
    path = tmp_path / "plan.json"
    if existing is not None:
        path.write_bytes(existing)
    write_atomically(path, data)
    assert path.read_bytes() == data
    assert [item.name for item in tmp_path.iterdir()] == ["plan.json"]


def test_a_file_gets_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    write_atomically(tmp_path / "ours", b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_write_that_takes_a_part_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, data: real(file, data[:size]))
    write_atomically(tmp_path / "plan.json", b"0123456789")
    assert (tmp_path / "plan.json").read_bytes() == b"0123456789"


def test_bytes_are_flushed_before_the_name_and_the_name_before_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def record(name: str) -> None:
        real: Callable[..., Any] = getattr(os, name)

        def call(*arguments: Any) -> Any:
            kind = ("folder" if os.path.isdir(f"/dev/fd/{arguments[0]}") else "file") if name == "fsync" else ""
            calls.append(f"{name} {kind}".strip())
            return real(*arguments)

        monkeypatch.setattr(os, name, call)

    for name in ("write", "fsync", "replace"):
        record(name)
    write_atomically(tmp_path / "plan.json", b"new")
    assert calls == ["write", "fsync file", "replace", "fsync folder"]


CALLS = ["open", "open", "write", "fsync", "replace", "fsync"]
"""The folder, the file beside; its bytes; their flush; the name; the flush of the folder."""


@pytest.mark.parametrize("once", [True, False], ids=["once", "from then on"])
@pytest.mark.parametrize("fail_at", range(len(CALLS)), ids=[f"{n} {name}" for n, name in enumerate(CALLS)])
def test_whichever_call_fails_the_old_bytes_stand_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fail_at: int, once: bool
) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(b"old")
    calls: list[str] = []

    def fail(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            calls.append(name)
            if len(calls) <= fail_at or (once and len(calls) > fail_at + 1):
                return real(*arguments, **named)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        return call

    for name in set(CALLS):
        monkeypatch.setattr(os, name, fail(name, getattr(os, name)))
    with pytest.raises(Refused) as refused:
        write_atomically(path, b"new")
    assert calls == CALLS[: fail_at + 1]
    (diagnostic,) = refused.value.diagnostics
    assert (refused.value.exit_code, diagnostic.code, diagnostic.context) == (8, "cannot-write", path.as_posix())
    assert "No space left" in diagnostic.message
    assert path.read_bytes() == (b"new" if fail_at == 5 else b"old")
    assert [item.name for item in tmp_path.iterdir()] == ["plan.json"]


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "plan.json", b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"kept")
    (tmp_path / "plan.json").symlink_to(tmp_path / "secret")
    write_atomically(tmp_path / "plan.json", b"new")
    assert (tmp_path / "secret").read_bytes() == b"kept"
    assert (tmp_path / "plan.json").read_bytes() == b"new"
    assert not (tmp_path / "plan.json").is_symlink()


def prepare_link(tmp_path: Path) -> Path:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "elsewhere")
    return tmp_path / "out" / "plan.json"


def prepare_folder(tmp_path: Path) -> Path:
    (tmp_path / "plan.json" / "inner").mkdir(parents=True)
    return tmp_path / "plan.json"


@pytest.mark.parametrize(
    "prepare",
    [prepare_link, prepare_folder, lambda folder: folder / "missing" / "plan.json"],
    ids=["folder is a link", "name is a folder", "folder is missing"],
)
def test_places_that_take_no_file(tmp_path: Path, prepare: Callable[[Path], Path]) -> None:
    path = prepare(tmp_path)
    with pytest.raises(Refused) as refused:
        write_atomically(path, b"new")
    assert (refused.value.exit_code, refused.value.diagnostics[0].code) == (8, "cannot-write")
    assert list(tmp_path.rglob(f"{TEMPORARY}*")) == []
    assert not path.is_file()


def test_folders_are_made_with_those_above_them(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b" / "c")
    make_folder(tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").is_dir()


@pytest.mark.parametrize("below", ["file", "file/inner"])
def test_a_file_is_no_folder(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(Refused) as refused:
        make_folder(tmp_path / below)
    assert (refused.value.exit_code, refused.value.diagnostics[0].code) == (8, "cannot-write")
    assert (tmp_path / "file").read_text() == "kept"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        write_atomically(tmp_path / "nowhere" / "plan.md", b"x")
    (found,) = refused.value.diagnostics
    assert found.message == f"plan.md was not written: there is no folder `{(tmp_path / 'nowhere').as_posix()}`"
    assert found.help == "what was there before is intact; make that folder, or name another place"


def test_what_a_file_names_is_placed_where_it_stays_inside(tmp_path: Path) -> None:
    root = tmp_path / "project"
    (root / "rules").mkdir(parents=True)
    (root / "out").symlink_to(tmp_path)
    (root / "circle").symlink_to(root / "circle")
    here = root / "rules"
    assert place_inside(here, "../data/x.csv", root) == here / "../data/x.csv"
    assert place_inside(here, "../circle", root) == here / "../circle", "it is refused when it is read"
    for outside in ("../../x.csv", "../out/x.csv", str(tmp_path / "x.csv"), "../../project-2/x.csv", "x\0.csv"):
        assert place_inside(here, outside, root) is None
