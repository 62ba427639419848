"""Digests of data files: those of the bytes, remembered only of files that surely are what they were."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prism_rules.cache import Cache
from prism_rules.intake import digests as taking
from prism_rules.intake.digests import SETTLED, Digests
from prism_rules.pipeline import estimate, run

LONG_AGO = 1_700_000_000


def hash_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    path.write_text("old!")
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def take(path: Path, cache: Path) -> tuple[str, int]:
    """Take a digest as a run does: the digest, and how many entries of the cache were used."""
    kept = Cache(cache)
    digests = Digests(kept)
    digests.take(str(path))
    if digests.settle():
        kept.save()
    return digests.find(str(path)), len(kept.used)


def test_a_digest_is_remembered(path: Path, tmp_path: Path) -> None:
    assert take(path, tmp_path / "cache") == (hash_text("old!"), 0)
    assert take(path, tmp_path / "cache") == (hash_text("old!"), 1)


def rewrite(path: Path, *, modified: int = LONG_AGO) -> None:
    path.write_text("new!")
    os.utime(path, (modified, modified))


def put_another(path: Path) -> None:
    other = path.with_name("other")
    rewrite(other)
    other.replace(path)


CHANGES: dict[str, Callable[[Path], object]] = {
    "rewritten": lambda path: path.write_text("new!"),
    "rewritten, with another old time": lambda path: rewrite(path, modified=LONG_AGO + 1),
    "rewritten, with its old time": rewrite,
    "replaced by one of the same size and time": put_another,
}


@pytest.mark.parametrize("how", CHANGES)
def test_a_file_that_was_changed_is_read_again(how: str, path: Path, tmp_path: Path) -> None:
    take(path, tmp_path / "cache")
    time.sleep(0.02)  # longer than the clock of a file system takes from tick to tick
    CHANGES[how](path)
    assert take(path, tmp_path / "cache") == (hash_text("new!"), 0)


@pytest.mark.parametrize("how", CHANGES)
def test_a_file_that_changed_meanwhile_settles_nothing(how: str, path: Path, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    digests = Digests(cache)
    digests.take(str(path))
    time.sleep(0.02)
    CHANGES[how](path)
    assert not digests.settle()
    assert cache.new == {}


def test_a_file_that_is_gone_settles_nothing(path: Path) -> None:
    digests = Digests()
    digests.take(str(path))
    path.unlink()
    assert not digests.settle()


@pytest.mark.parametrize(("age", "settled"), [(-60, False), (0, False), (1.5, False), (2.5, True), (3600, True)])
def test_a_file_modified_within_two_seconds_may_change_unseen(
    age: float, settled: bool, path: Path, tmp_path: Path
) -> None:
    assert SETTLED == 2 * 10**9
    modified = time.time() - age
    os.utime(path, (modified, modified))
    digests = Digests(Cache(tmp_path / "cache"))
    digests.take(str(path))
    assert digests.settle() is settled
    assert digests.find(str(path)) == hash_text("old!")


def test_a_remembered_text_that_is_no_digest_is_not_believed(path: Path, tmp_path: Path) -> None:
    take(path, tmp_path / "cache")
    [entry] = (tmp_path / "cache").glob("*.kept")
    forged = Cache(tmp_path / "cache")
    forged.keep(entry.stem, b"0" * 63 + b"\n")
    forged.save()
    assert take(path, tmp_path / "cache")[0] == hash_text("old!")


def test_a_file_of_two_sources_is_read_once(path: Path) -> None:
    digests = Digests()
    assert digests.take(str(path)) is digests.take(str(path))


def test_a_digest_that_nobody_was_to_ask_for_is_refused(path: Path) -> None:
    digests = Digests(asked=False)
    assert digests.take(str(path)).size == 4
    with pytest.raises(RuntimeError, match="data"):
        digests.find(str(path))


def test_an_estimate_takes_no_digest(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    digest = taking._digest_file
    monkeypatch.setattr(taking, "_digest_file", lambda path: begun.append(path) or digest(path))
    rule = {"source": "predictions", "metric": "mean_confidence", "fail": {"below": 0.5}}
    resolved = world.load(rules={"sure": rule})
    data = world.write_all(resolved, {"predictions": [{"class": "dent", "time": "2026-02-28", "confidence": 0.9}]})
    assert estimate(resolved, data, root=world.folder).rows == 1
    assert begun == []
    run(resolved, data, root=world.folder)
    assert begun == [str(world.folder / "predictions.parquet")]


def test_more_files_than_a_process_may_open_are_opened_in_turn(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    many = 60
    for number in range(many):
        (tmp_path / f"{number}").write_bytes(b"x" * number)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    in_use = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 64
    resource.setrlimit(resource.RLIMIT_NOFILE, (in_use + 20, hard))
    try:
        digests = Digests()
        for number in range(many):
            digests.take(str(tmp_path / f"{number}"))
        found = [digests.find(str(tmp_path / f"{number}")) for number in range(many)]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert found == [hashlib.sha256(b"x" * number).hexdigest() for number in range(many)]


@pytest.mark.skipif(sys.platform != "linux", reason="priority is a thread's own on Linux alone")
def test_digests_are_taken_by_a_process_of_low_priority(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    script = (
        "import os, sys; os.nice(15)\n"
        "from prism_rules.intake.digests import Digests\n"
        "os.setpriority = lambda *_: (_ for _ in ()).throw(PermissionError()) if _[2] < 15 else None\n"
        "d = Digests(); d.take(sys.argv[1]); print(d.find(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "a")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == hashlib.sha256(b"a").hexdigest()
