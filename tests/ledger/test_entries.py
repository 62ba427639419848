"""An entry has one form in bytes, and its models refuse what would not mean anything."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from prism_rules.ledger.canonical import decode_entry, encode_entry
from prism_rules.model.ledger import Criterion, DrawnStratum, Entry, Event, Found, InputUsed, Opening, RulesetUsed

EVENT: dict[str, Any] = {
    "event": "done",
    "action": "relabel-0123456789ab",
    "name": "relabel",
    "scope": {"site": "plant-2", "class": "dent"},
    "by": "@org/labels",
    "because": "Kratzer – geprüft",
    "at": "2026-03-01T00:00:00Z",
}
OPENING = {"kind": "relabel", "title": "Relabel"}
ENTRY: dict[str, Any] = {
    "parents": [],
    "events": [],
    "ruleset": {"name": "surface", "version": "1.0.0", "digest": "sha256:0"},
    "tool": "0.1.0",
}

BYTES = (
    b'{"apiVersion":"prism-rules/v1","events":[{"action":"relabel-0123456789ab","at":"2026-03-01T00:00:00Z",'
    b'"because":"Kratzer \\u2013 gepr\\u00fcft","by":"@org/labels","event":"done","name":"relabel","override":false,'
    b'"scope":{"class":"dent","site":"plant-2"}}],"inputs":[],"kind":"LedgerEntry","parents":[],'
    b'"ruleset":{"digest":"sha256:0","name":"surface","version":"1.0.0"},"tool":"0.1.0"}\n'
)


def test_the_bytes_of_an_entry() -> None:
    entry = Entry.model_validate(ENTRY | {"events": [EVENT]})
    assert encode_entry(entry) == BYTES
    assert decode_entry(BYTES) == entry


text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
ids = st.from_regex(r"[a-z0-9][a-z0-9-]{0,11}", fullmatch=True)
scopes = st.dictionaries(text, text, max_size=3)
times = st.datetimes().map(lambda moment: moment.replace(microsecond=0).isoformat() + "Z")
drawn = st.lists(text, max_size=3).map(
    lambda rows: {
        "rows": tuple(rows),
        "strata": (DrawnStratum(value={}, weight="1", eligible=3, taken=len(rows)),) if rows else (),
    }
)
openings = st.builds(
    lambda drawn, **fields: Opening(**drawn, **fields),
    drawn,
    kind=text,
    title=text,
    due=st.none() | st.dates().map(str),
    owner=st.none() | text,
    acceptance=st.lists(st.builds(Criterion, rule=ids, scope=scopes, was=st.sampled_from([None, "-0.5", "12"]))).map(
        tuple
    ),
)
opened = st.builds(
    Event,
    event=st.just("opened"),
    action=st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True),
    name=ids,
    scope=scopes,
    by=text,
    because=text,
    at=times,
    override=st.just(False),
    to=st.none(),
    opening=openings,
)
entries = st.builds(
    Entry,
    parents=st.sets(st.from_regex(r"[0-9a-f]{64}", fullmatch=True), max_size=3).map(sorted).map(tuple),
    events=st.lists(opened, max_size=2).map(tuple),
    ruleset=st.builds(RulesetUsed, name=text, version=text, digest=text),
    plan=st.none() | text,
    inputs=st.lists(st.builds(InputUsed, source=text, digest=text), max_size=2).map(tuple),
    as_of=st.none() | times,
    tool=text,
)


@given(entries)
def test_what_is_written_is_read_back_from_one_ascii_line(entry: Entry) -> None:
    data = encode_entry(entry)
    assert decode_entry(data) == entry
    assert data.isascii()
    assert data.index(b"\n") == len(data) - 1
    assert list(json.loads(data)) == sorted(json.loads(data))


plain = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.binary(max_size=40) | plain.map(lambda value: json.dumps(value).encode()))
def test_other_bytes_are_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"it |its |entry|\w+: "):
        decode_entry(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (BYTES.replace(b'"done"', b'"finished"'), "events.0.event"),
        (BYTES.replace(b"false", b"0"), "events.0.override"),
        (BYTES.replace(b"plant-2", b"\\ud800"), "entry"),
        (BYTES.replace(b"false", b"1.0"), "not an integer"),
        (BYTES.replace(b"false", b"NaN"), "not an integer"),
        (BYTES.replace(b'"kind"', b'"kind":"LedgerEntry","kind"'), "canonical"),
        (BYTES.replace(b",", b", "), "canonical"),
        (BYTES[:-1], "canonical"),
        (b"[" * 100_000, "not JSON"),
        (b"9" * 10_000, "not JSON"),
        (BYTES.replace(b"/v1", b"/v9"), "another version"),
    ],
)
def test_refused_bytes(data: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        decode_entry(data)


@pytest.mark.parametrize(
    "change",
    [
        {"event": "opened"},
        {"opening": OPENING},
        {"event": "escalated"},
        {"to": "@org/safety"},
        {"event": "approved", "override": True},
        {"event": "begun"},
        {"action": ""},
        {"name": "Relabel"},
        {"because": ""},
        {"by": 7},
        {"by": "\ud800"},
        {"at": "2026-03-01"},
        {"at": "2026-03-01T00:00:00+01:00"},
        {"at": "2026-03-01T00:00:00.5Z"},
        {"at": "2026-02-30T00:00:00Z"},
        {"scope": {"class": 3}},
        {"override": 1},
        {"comment": "x"},
        {"event": "opened", "opening": OPENING | {"due": "2026-02-30"}},
        {"event": "opened", "opening": OPENING | {"rows": [1]}},
        {"event": "opened", "opening": OPENING | {"acceptance": [{"rule": "r", "scope": {}, "was": 0.63}]}},
        {"event": "opened", "opening": OPENING | {"acceptance": [{"rule": "r", "scope": {}, "was": "6e-1"}]}},
    ],
)
def test_refused_events(change: dict[str, Any]) -> None:
    Event.model_validate(EVENT)
    with pytest.raises(ValidationError):
        Event.model_validate(EVENT | change)


@pytest.mark.parametrize(
    "change",
    [
        {"parents": ["b" * 64, "a" * 64]},
        {"parents": ["a" * 64, "a" * 64]},
        {"parents": ["A" * 64]},
        {"kind": "Plan"},
        {"as_of": "yesterday"},
        {"tool": ""},
    ],
)
def test_refused_entries(change: dict[str, Any]) -> None:
    Entry.model_validate(ENTRY)
    with pytest.raises(ValidationError):
        Entry.model_validate(ENTRY | change)


def test_entries_cannot_change() -> None:
    with pytest.raises(ValidationError):
        Entry.model_validate(ENTRY).tool = "0.2.0"  # type: ignore[misc]


@pytest.mark.parametrize("n", [-1, 2**53 + 1, 10**30])
def test_a_count_that_no_table_can_have_is_refused(n: int) -> None:
    with pytest.raises(ValidationError):
        Found.model_validate({"rule": "low", "status": "pass", "scope": {}, "n": [n]})
