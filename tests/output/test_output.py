"""An output folder is whole, old or new, whatever fails and whenever; and what is not ours is never lost."""

from __future__ import annotations

import errno
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from prism_rules.diagnostics import Refused
from prism_rules.output import digest_bytes, list_foreign, prepare, replaced_folder, write_folder

WRITER = Path(__file__).with_name("writer.py")
_spec = spec_from_file_location("writer", WRITER)
assert _spec is not None
assert _spec.loader is not None
writer = module_from_spec(_spec)
_spec.loader.exec_module(writer)


def list_beside(out: Path) -> list[str]:
    return sorted(path.name for path in out.parent.iterdir())


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder of version one."""
    out = tmp_path / "plan"
    write_folder(out, writer.make_files("one"))
    return out


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(Refused) as caught:
        yield
    assert (caught.value.exit_code, [d.code for d in caught.value.diagnostics]) == (8, [code])
    assert caught.value.diagnostics[0].help


def test_a_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    out = tmp_path / "plans" / "today"
    prepare(out)
    assert not out.parent.exists(), "checking makes nothing"
    write_folder(out, writer.make_files("one"))
    assert writer.describe(out) == "one"
    assert list_beside(out) == ["today"]


def test_a_folder_of_ours_is_replaced_whole(out: Path) -> None:
    files = writer.make_files("two")
    del files["queues/3.csv"]
    index = files["plan.json"].replace(b"queues/3.csv", b"gone.csv")
    write_folder(out, {**files, "plan.json": index})
    assert sorted(path.name for path in (out / "queues").iterdir()) == ["0.csv", "1.csv", "2.csv"]
    assert (out / "report.md").read_bytes() == b"# two\n"
    assert list_beside(out) == ["plan"]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "plan").mkdir()
    write_folder(tmp_path / "plan", writer.make_files("one"))
    assert writer.describe(tmp_path / "plan") == "one"


def spoil_note(out: Path) -> str:
    (out / "queues" / "notes.txt").write_text("mine")
    return "queues/notes.txt"


def spoil_queue(out: Path) -> str:
    (out / "queues" / "1.csv").write_text("a reviewer's answers")
    return "queues/1.csv"


def spoil_folder(out: Path) -> str:
    (out / "empty").mkdir()
    return "empty"


def spoil_link(out: Path) -> str:
    shutil.copy(out / "report.md", out.parent / "copy")
    (out / "report.md").unlink()
    (out / "report.md").symlink_to(out.parent / "copy")
    return "report.md"


def spoil_index(out: Path) -> str:
    (out / "plan.json").write_text('{"kind": "Plan"}')
    return "report.md"


@pytest.mark.parametrize("spoil", [spoil_note, spoil_queue, spoil_folder, spoil_link, spoil_index])
@pytest.mark.parametrize(
    "call", [prepare, lambda out: write_folder(out, writer.make_files("two"))], ids=["check", "do"]
)
def test_a_folder_with_something_foreign_is_refused_and_kept(
    spoil: Callable[[Path], str], call: Callable[[Path], None], out: Path
) -> None:
    name = spoil(out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert name in list_foreign(out)
    with refused("foreign-file"):
        call(out)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", ["", "sub/.."], ids=["a link", "what a link leads to"])
def test_a_link_is_not_followed(name: str, out: Path) -> None:
    link = out.parent / "link"
    link.symlink_to(out)
    place = link / name if name else link
    if name:  # `..` is read as text, so that this names the link itself
        (out / "sub").mkdir()
    with refused("cannot-write"):
        write_folder(place, writer.make_files("two"))
    assert link.is_symlink()


def test_line_ends_that_a_checkout_converted_are_not_a_change(out: Path) -> None:
    report = out / "report.md"
    report.write_bytes(report.read_bytes().replace(b"\n", b"\r\n"))
    assert digest_bytes(b"a\r\nb") == digest_bytes(b"a\nb") != digest_bytes(b"a\rb")
    assert list_foreign(out) == []


@pytest.mark.parametrize("blocked", ["a file", "a file above", "the root"])
def test_a_place_that_cannot_be_a_folder_is_refused_before_anything_is_computed(blocked: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    place = {"a file": file, "a file above": file / "deep" / "plan", "the root": Path("/")}[blocked]
    with refused("cannot-write"):
        prepare(place)
    assert file.read_text() == "mine"


def fail_once(real: Callable[..., Any], nth: int) -> Callable[..., Any]:
    """The function, whose nth call finds the disk full."""
    calls = iter(range(1, 1_000))

    def call(*arguments: Any, **named: Any) -> Any:
        if next(calls) == nth:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*arguments, **named)

    return call


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the powers of root, who may write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_read_only_parent_is_refused_before_anything_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o555)
    # From within: the folders above a test's own are closed to others.
    monkeypatch.setattr(Path, "absolute", lambda self: self)
    with as_nobody(), refused("cannot-write"):
        prepare(Path("plan"))
    tmp_path.chmod(0o755)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("call", "nth"),
    [("mkdir", 1), ("mkdir", 2), ("fsync", 1), ("fsync", 6), ("rename", 1), ("rename", 2)],
    ids=["new folder", "its queues", "first file", "a folder", "old one aside", "new one in place"],
)
def test_a_call_that_fails_leaves_the_old_folder(
    call: str, nth: int, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail_once(getattr(os, call), nth))
        with pytest.raises(Refused, match="No space left on device") as caught:
            write_folder(out, writer.make_files("two"))
    assert (caught.value.exit_code, caught.value.diagnostics[0].code) == (8, "cannot-write")
    assert writer.describe(out) == "one"
    assert list_beside(out) == ["plan"]


@pytest.mark.parametrize(("kept", "left"), [(False, "one"), (True, "two")])
@pytest.mark.parametrize("raised", [KeyboardInterrupt(), PermissionError(errno.EACCES, "no", "ledger/x")])
def test_what_belongs_to_a_folder_fails_as_it_does_and_the_folder_stays_once_it_is_kept(
    kept: bool, left: str, raised: BaseException, out: Path
) -> None:
    def replace() -> None:
        with replaced_folder(out, writer.make_files("two")) as keep:
            if kept:
                keep()
            raise raised

    with pytest.raises(type(raised)) as caught:
        replace()
    assert caught.value is raised
    assert writer.describe(out) == left
    assert list_beside(out) == ["plan"]


def test_an_old_folder_that_cannot_be_removed_goes_with_the_next_run(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", fail_once(os.rename, 3))
        write_folder(out, writer.make_files("two"))
    assert list_beside(out) == ["plan", "plan.old"]
    prepare(out)
    assert writer.describe(out) == "two"
    assert list_beside(out) == ["plan"]


def test_what_a_killed_run_left_is_put_back_or_swept(out: Path) -> None:
    out.rename(out.with_name("plan.old"))
    (out.parent / "plan.0123456789ab.tmp" / "queues").mkdir(parents=True)
    (out.parent / "plan.mine.tmp").mkdir()
    prepare(out)
    assert writer.describe(out) == "one"
    assert list_beside(out) == ["plan", "plan.mine.tmp"]


def test_a_folder_that_only_has_the_name_of_an_old_one_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "plan.old").mkdir()
    (tmp_path / "plan.old" / "mine").write_text("mine")
    write_folder(tmp_path / "plan", writer.make_files("one"))
    assert list_beside(tmp_path / "plan") == ["plan", "plan.old"]
    with refused("foreign-file"):
        write_folder(tmp_path / "plan", writer.make_files("two"))
    assert (tmp_path / "plan.old" / "mine").read_text() == "mine"
    assert writer.describe(tmp_path / "plan") == "one"


def test_kills_at_any_moment_leave_a_whole_folder(tmp_path: Path) -> None:
    out = tmp_path / "plan"
    write_folder(out, writer.make_files("one"))
    chance = random.Random(20260301)
    met = set()
    for _ in range(30):
        process = subprocess.Popen([sys.executable, str(WRITER), str(out)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0, 0.08))
        process.kill()
        process.wait()
        process.stdout.close()
        left = tuple(name.replace("plan", "").strip(".")[-3:] for name in list_beside(out))
        met.add(left)
        whole = out if out.exists() else out.with_name("plan.old")
        assert writer.describe(whole) in ("one", "two")
        prepare(out)
        assert writer.describe(out) in ("one", "two")
        assert list_beside(out) == ["plan"]
    assert len(met) > 1, "no kill met a write"


def test_two_writers_at_a_time_leave_one_of_both(tmp_path: Path) -> None:
    out = tmp_path / "plan"
    processes = [subprocess.Popen([sys.executable, str(WRITER), str(out)], stdout=subprocess.PIPE) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    time.sleep(0.5)
    assert [process.poll() for process in processes] == [None, None], "a writer failed"
    for process in processes:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    prepare(out)
    assert writer.describe(out) in ("one", "two")
