"""Only regular files inside the root are opened, whatever else a path may lead to."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from prism_rules import source
from prism_rules.diagnostics import Diagnostic, Refused


def refuse(path: Path, root: Path | None = None) -> Diagnostic:
    with pytest.raises(Refused) as refused:
        source.read_source(path, root=root)
    assert refused.value.exit_code == 2
    (diagnostic,) = refused.value.diagnostics
    return diagnostic


@pytest.fixture
def ruleset(tmp_path: Path) -> Path:
    path = tmp_path / "project" / "ruleset.yaml"
    path.parent.mkdir()
    path.write_bytes(b"kind: Ruleset\n")
    return path


def test_a_regular_file_is_read_under_the_name_it_was_given(ruleset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ruleset.parent)
    for path, root in [(Path("ruleset.yaml"), None), (Path("../project/ruleset.yaml"), Path()), (ruleset, Path(".."))]:
        document = source.read_source(path, root=root)
        assert (document.name, document.data) == (path.as_posix(), {"kind": "Ruleset"})


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    diagnostic = refuse(tmp_path / "none.yaml")
    assert (diagnostic.code, diagnostic.context) == ("missing-file", (tmp_path / "none.yaml").as_posix())
    assert refuse(tmp_path / "none" / "none.yaml").code == "missing-file"


@pytest.mark.parametrize("kind", ["symlink", "dangling", "loop", "hard link", "folder", "FIFO", "device", "socket"])
def test_only_regular_files_are_read(kind: str, ruleset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = ruleset.parent / "it.yaml"
    listener = socket.socket(socket.AF_UNIX)
    if kind == "symlink":
        path.symlink_to(ruleset)
    elif kind == "dangling":
        path.symlink_to("nowhere.yaml")
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "hard link":
        os.link(ruleset, path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "FIFO":
        os.mkfifo(path)
    elif kind == "socket":
        monkeypatch.chdir(ruleset.parent)  # a socket's path may have about 100 characters
        listener.bind("it.yaml")
    else:
        path = Path(os.devnull)
    assert refuse(path).code == "irregular-file"
    listener.close()


def test_nothing_outside_the_root_is_read(ruleset: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_bytes(b"kind: Ruleset\n")
    (ruleset.parent / "linked").symlink_to(tmp_path)
    for path in (outside, ruleset.parent / ".." / "outside.yaml", ruleset.parent / "linked" / "outside.yaml"):
        assert refuse(path, ruleset.parent).code == "outside-root"
    assert source.read_source(outside, root=tmp_path).data == {"kind": "Ruleset"}


def test_the_size_is_checked_before_reading(ruleset: Path) -> None:
    with ruleset.open("r+b") as file:
        file.truncate(2**40)  # sparse: it takes no space, and could not be read into memory
    assert refuse(ruleset).code == "file-too-large"


@pytest.mark.parametrize("name", ["a\0b.yaml", "x" * 300])
def test_a_name_that_no_file_can_have(name: str, tmp_path: Path) -> None:
    assert refuse(tmp_path / name).code == "unreadable-file"


def test_problems_of_the_text_name_the_file(ruleset: Path) -> None:
    ruleset.write_bytes(b"a: no\n")
    diagnostic = refuse(ruleset)
    assert (diagnostic.code, diagnostic.labels[0].file) == ("ambiguous-scalar", ruleset.as_posix())
