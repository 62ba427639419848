"""Whatever is done to the files of a ledger is found, named and placed, and nothing is appended afterwards."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from prism_rules.diagnostics import Refused
from prism_rules.ledger import Ledger, find_entry, read_ledger, verify

NAMES = ["first", "second", "third", "fourth"]


class Chain:
    """Four entries in one line, by hash and by path."""

    def __init__(self, folder: Path, append: Callable[..., str]) -> None:
        self.folder = folder
        self.hashes = [append(folder, name) for name in ("opened", "approved", "done", "verified")]

    def path(self, number: int) -> Path:
        return self.folder / self.hashes[number][:2] / f"{self.hashes[number]}.json"

    def add(self, data: bytes) -> Path:
        """Forge a file whose name does match its bytes."""
        digest = hashlib.sha256(data).hexdigest()
        path = self.folder / digest[:2] / f"{digest}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        return path

    def rewrite(self, number: int, change: Callable[[bytes], bytes]) -> None:
        self.path(number).write_bytes(change(self.path(number).read_bytes()))


@pytest.fixture
def chain(tmp_path: Path, append: Callable[..., str]) -> Chain:
    return Chain(tmp_path / "ledger", append)


def swap(chain: Chain) -> None:
    second, third = chain.path(1).read_bytes(), chain.path(2).read_bytes()
    chain.path(1).write_bytes(third)
    chain.path(2).write_bytes(second)


def copy_over(chain: Chain) -> None:
    chain.path(3).write_bytes(chain.path(0).read_bytes())


def move(chain: Chain) -> None:
    chain.path(1).rename(chain.folder / "moved.json")


def mark(data: bytes) -> bytes:
    return b"<<<<<<< ours\n" + data + b"=======\n" + data + b">>>>>>> theirs\n"


def canonical(data: bytes, **changed: object) -> bytes:
    plain = json.loads(data) | changed
    return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def forge_event(chain: Chain) -> None:
    rejected = chain.path(3).read_bytes().replace(b'"verified"', b'"rejected"')
    chain.add(canonical(rejected, parents=[chain.hashes[3]]))


KINDS: dict[str, tuple[Callable[[Chain], object], list[tuple[str, str, str]]]] = {
    # name: (what is done, [(code, where, a word of the message)])
    "edit": (
        lambda c: c.rewrite(1, lambda data: data.replace(b"weekly", b"hourly")),
        [("ledger-edited", "second", "changed")],
    ),
    "edit and reformat": (
        lambda c: c.rewrite(1, lambda data: json.dumps(json.loads(data), indent=2).encode()),
        [("ledger-edited", "second", "changed")],
    ),
    "delete the middle": (lambda c: c.path(1).unlink(), [("ledger-missing-parent", "third", "follows")]),
    "swap": (swap, [("ledger-misnamed", "second", "belongs elsewhere"), ("ledger-misnamed", "third", "belongs")]),
    "copy beside": (
        lambda c: (c.folder / "copy.json").write_bytes(c.path(1).read_bytes()),
        [("ledger-duplicated", "copy.json", "a second time")],
    ),
    "copy over another": (copy_over, [("ledger-duplicated", "fourth", "a second time")]),
    "move": (move, [("ledger-misnamed", "moved.json", "belongs"), ("ledger-missing-parent", "third", "follows")]),
    "truncate": (lambda c: c.rewrite(2, lambda data: data[:150]), [("ledger-unreadable", "third", "torn")]),
    "empty": (lambda c: c.rewrite(2, lambda _: b""), [("ledger-unreadable", "third", "after 0 bytes")]),
    "CRLF": (
        lambda c: [c.rewrite(n, lambda data: data.replace(b"\n", b"\r\n")) for n in range(4)],
        [("ledger-unreadable", name, "CRLF") for name in NAMES],
    ),
    "merge markers": (lambda c: c.rewrite(0, mark), [("ledger-unreadable", "first", "conflict markers")]),
    "foreign file": (
        lambda c: (c.folder / "notes.txt").write_text("later"),
        [("ledger-foreign-file", "notes.txt", "no entry")],
    ),
    "link": (
        lambda c: (c.folder / "link.json").symlink_to(c.path(0)),
        [("ledger-foreign-file", "link.json", "is a link")],
    ),
    "link in its place": (
        lambda c: [c.path(1).rename(c.folder.parent / "away"), c.path(1).symlink_to(c.folder.parent / "away")],
        [("ledger-foreign-file", "second", "is a link")],
    ),
    "flood": (
        lambda c: os.truncate(c.path(2), 64 * 2**20 + 1),
        [("ledger-unreadable", "third", "more than the 64 MiB")],
    ),
    "pipe": (lambda c: os.mkfifo(c.folder / "pipe.json"), [("ledger-foreign-file", "pipe.json", "no entry")]),
    "forged event": (forge_event, [("impossible-event", "forged", "which is `verified`")]),
    "forged form": (
        lambda c: c.add(json.dumps(json.loads(c.path(3).read_bytes())).encode()),
        [("ledger-unreadable", "forged", "canonical")],
    ),
    "forged number": (
        lambda c: c.add(canonical(c.path(3).read_bytes(), plan=0.5)),
        [("ledger-unreadable", "forged", "0.5")],
    ),
    "forged field": (
        lambda c: c.add(canonical(c.path(3).read_bytes(), comment="x")),
        [("ledger-unreadable", "forged", "comment")],
    ),
    "another language version": (
        lambda c: c.add(canonical(c.path(3).read_bytes(), apiVersion="prism-rules/v2")),
        [("ledger-unreadable", "forged", "another version")],
    ),
    "two at once": (
        lambda c: [c.rewrite(0, lambda data: data[:-5]), c.rewrite(3, lambda data: data.replace(b"weekly", b"w"))],
        [("ledger-unreadable", "first", "torn"), ("ledger-edited", "fourth", "changed")],
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_tampering_is_named_and_placed(chain: Chain, append: Callable[..., str], kind: str) -> None:
    tamper, expected = KINDS[kind]
    tamper(chain)
    names = {chain.path(number): name for number, name in enumerate(NAMES)}
    files = {path: path.read_bytes() for path in chain.folder.rglob("*.json") if path.is_file()}

    with pytest.raises(Refused) as refused:
        read_ledger(chain.folder)
    assert refused.value.exit_code == 7
    found = []
    for diagnostic in refused.value.diagnostics:
        assert diagnostic.context is not None
        assert diagnostic.help
        place = Path(diagnostic.context)
        forged = "forged" if len(place.stem) == 64 else place.name
        found.append((diagnostic.code, names.get(place, forged), diagnostic.message))
    assert [(code, where) for code, where, _ in sorted(found)] == sorted((code, where) for code, where, _ in expected)
    for (_, _, message), (_, _, word) in zip(sorted(found), sorted(expected), strict=True):
        assert word in message

    with pytest.raises(Refused) as again:
        append(chain.folder, "reopened")
    assert again.value.exit_code == 7
    assert {path: path.read_bytes() for path in chain.folder.rglob("*.json") if path.is_file()} == files


def test_merge_markers_are_shown_at_their_line(chain: Chain) -> None:
    chain.rewrite(0, lambda data: data + b"=======\n" + data)
    with pytest.raises(Refused) as refused:
        read_ledger(chain.folder)
    (label,) = refused.value.diagnostics[0].labels
    assert (label.line, label.col, label.end, label.source_line) == (2, 1, 8, "=======")


def test_no_single_byte_can_change(chain: Chain) -> None:
    original = chain.path(2).read_bytes()
    for position in range(len(original)):
        changed = bytearray(original)
        changed[position] ^= 1 + position % 255
        chain.path(2).write_bytes(changed)
        with pytest.raises(Refused) as refused:
            verify(chain.folder)
        assert refused.value.diagnostics[0].context == chain.path(2).as_posix()


def test_a_removed_tail_shows_against_a_head_kept_elsewhere(chain: Chain) -> None:
    head = chain.hashes[3]
    assert verify(chain.folder, since=head) == verify(chain.folder, since=chain.hashes[0]) == (head,)
    chain.path(3).unlink()
    assert verify(chain.folder) == (chain.hashes[2],)
    with pytest.raises(Refused) as refused:
        verify(chain.folder, since=head)
    assert (refused.value.exit_code, refused.value.diagnostics[0].code) == (7, "ledger-lost-head")


def test_a_history_written_anew_shows_against_a_head_kept_elsewhere(
    chain: Chain, tmp_path: Path, append: Callable[..., str]
) -> None:
    append(tmp_path / "anew", "opened", "rejected")
    assert verify(tmp_path / "anew")
    with pytest.raises(Refused, match="ledger-lost-head"):
        verify(tmp_path / "anew", since=chain.hashes[3])


def test_heads_that_are_not_there_are_all_named(chain: Chain) -> None:
    with pytest.raises(Refused) as refused:
        read_ledger(chain.folder, heads=["0" * 64, chain.hashes[1], "f" * 64])
    assert [diagnostic.code for diagnostic in refused.value.diagnostics] == ["ledger-lost-head"] * 2


def test_a_file_in_place_of_the_folder_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("")
    with pytest.raises(Refused) as refused:
        read_ledger(tmp_path / "ledger")
    assert (refused.value.exit_code, refused.value.diagnostics[0].code) == (7, "ledger-unreadable")


def test_what_may_stand_beside_the_entries(chain: Chain) -> None:
    before = read_ledger(chain.folder)
    for name in (".gitattributes", ".gitignore", ".gitkeep", "README.md"):
        (chain.folder / name).write_text("any text")
    (chain.folder / "ab").mkdir(exist_ok=True)
    assert read_ledger(chain.folder) == before


def test_a_head_is_found_by_its_beginning(chain: Chain, tmp_path: Path) -> None:
    head = chain.hashes[1]
    assert verify(chain.folder, since=head[:8]) == (chain.hashes[3],)
    ledger = read_ledger(chain.folder)
    assert find_entry(ledger, tmp_path, head[:12]) == head
    twin = {head[:60] + "beef": ledger.entries[head], **ledger.entries}
    with pytest.raises(Refused) as refused:
        find_entry(Ledger(ledger.heads, twin), tmp_path, head[:12])
    (told,) = refused.value.diagnostics
    assert (refused.value.exit_code, told.code, told.message) == (2, "usage", f"2 entries begin with `{head[:12]}`")
    assert head in str(told.help)
