"""The cache's folder: what is found was written so, whatever happened to it, and it never outgrows its room."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from prism_rules import cache as module
from prism_rules.cache import Cache

KEY, OTHER = "a" * 64, "b" * 64


def write(folder: Path, key: str, value: bytes, *, used_at: int | None = None) -> Path:
    cache = Cache(folder)
    cache.keep(key, value)
    assert cache.save() == 1
    path = folder / f"{key}.kept"
    if used_at is not None:
        os.utime(path, (used_at, used_at))
    return path


def test_what_was_saved_is_found(tmp_path: Path) -> None:
    write(tmp_path / "new" / "cache", KEY, b"")
    write(tmp_path / "new" / "cache", OTHER, b"value")
    cache = Cache(tmp_path / "new" / "cache")
    assert [cache.find(key) for key in (KEY, OTHER, "c" * 64)] == [b"", b"value", None]
    assert cache.used == {KEY, OTHER}
    assert cache.save() == 0, "what was found is not written again"


def test_nothing_is_written_before_it_is_saved(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    cache.keep(KEY, b"value")
    assert not (tmp_path / "cache").exists()
    assert Cache(tmp_path / "cache").find(KEY) is None


def test_a_new_folder_is_not_committed_by_accident(tmp_path: Path) -> None:
    write(tmp_path / "cache", KEY, b"value")
    assert (tmp_path / "cache" / ".gitignore").read_text("utf-8") == "*\n"
    (tmp_path / "mine").mkdir()
    write(tmp_path / "mine", KEY, b"value")
    assert not (tmp_path / "mine" / ".gitignore").exists(), "a folder that was there is left as it is"


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def link_to_another(path: Path) -> None:
    path.unlink()
    path.symlink_to(write(path.parent, OTHER, b"value"))


def put_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "one bit": flip,
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "empty": lambda path: path.write_bytes(b""),
    "too long": lambda path: path.write_bytes(path.read_bytes() + b"\0"),
    "another file": lambda path: path.write_text("id,class\n1,dent\n" * 100),
    "the entry of another key": lambda path: path.write_bytes(write(path.parent, OTHER, b"value").read_bytes()),
    "a link to another entry": link_to_another,
    "a pipe": put_pipe,
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_or_foreign_entry_is_not_believed_and_is_replaced(how: str, tmp_path: Path) -> None:
    DAMAGE[how](write(tmp_path, KEY, b"value"))
    cache = Cache(tmp_path)
    assert cache.find(KEY) is None
    assert not cache.used
    write(tmp_path, KEY, b"value")
    assert Cache(tmp_path).find(KEY) == b"value"


def test_an_entry_is_bounded_when_it_is_written_and_when_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, KEY, b"12345")
    monkeypatch.setattr(module, "MOST_BYTES", 4)
    cache = Cache(tmp_path)
    assert cache.find(KEY) is None
    cache.keep(OTHER, b"12345")
    assert cache.save() == 0
    cache.keep(OTHER, b"1234")
    assert cache.save() == 1
    assert cache.find(OTHER) == b"1234"


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for at, letter in enumerate("abcd"):
        write(tmp_path, letter * 64, bytes(5000), used_at=1_000_000 + at)
    half_written = tmp_path / f"{module.TEMPORARY}1-00"
    half_written.write_bytes(b"left by a run that was killed")
    os.utime(half_written, (0, 0))
    (tmp_path / "mine.txt").write_bytes(bytes(100_000))
    assert Cache(tmp_path).find("a" * 64) is not None, "used just now"
    monkeypatch.setattr(module, "ROOM", 15_500)  # three entries of 5,032 bytes
    write(tmp_path, "e" * 64, bytes(5000))
    assert sorted(path.name[0] for path in tmp_path.glob("*.kept")) == ["a", "d", "e"]
    assert not half_written.exists()
    assert (tmp_path / "mine.txt").exists(), "only its own files are removed"


def test_small_entries_count_as_what_they_take_of_a_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROOM", 3 * 4096)
    cache = Cache(tmp_path)
    for number in range(10):
        cache.keep(f"{number:064}", b"small")
    cache.save()
    assert len(list(tmp_path.glob("*.kept"))) == 3


@pytest.mark.parametrize("call", ["replace", "unlink"])
def test_a_folder_that_cannot_be_written_raises_and_is_left_as_it_was(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, KEY, b"value")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    cache = Cache(tmp_path)
    cache.keep(OTHER, b"value")
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", refuse)
        if call == "unlink":
            patched.setattr(Path, "unlink", refuse)
        patched.setattr(os, "utime", refuse)
        assert cache.find(KEY) == b"value", "what is there can still be used"
        with pytest.raises(OSError, match="Read-only"):
            cache.save()
    assert [path.name for path in tmp_path.glob("*.kept")] == [f"{KEY}.kept"]


def test_many_writers_at_once_leave_whole_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROOM", 6 * 4096)
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        try:
            for number in range(40):
                cache = Cache(tmp_path)
                key = f"{(number * 7 + seed) % 10:064}"
                found = cache.find(key)
                assert found in (None, key.encode() * 50)
                cache.keep(key, key.encode() * 50)
                cache.save()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    kept = list(tmp_path.glob("*.kept"))
    assert 1 <= len(kept) <= 6 + len(threads)
    assert all(Cache(tmp_path).find(path.stem) == path.stem.encode() * 50 for path in kept)
    assert not list(tmp_path.glob(f"{module.TEMPORARY}*"))
