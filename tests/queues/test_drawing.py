"""Which rows a queue draws, against what SHA-256 and plain Python say of the same rows."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from prism_rules.intake import BoundSource
from prism_rules.model.plan import Stratum
from prism_rules.planning.files import write_queue
from prism_rules.program.expressions import gate_expressions
from prism_rules.queues import Drawn, Query, compute_key, digest_rows, iterate_records, write_query

from .case import ACTION, AS_OF, SOURCES, Data, ask, build, label, on, see

HOSTILE = [
    "=cmd|' /C calc'!A0", "+1", "-2", "@SUM(A1)", "a,b", 'say "hi"', "it's", "two\nlines", "tab\there", "\ttab", "",
    "naïve", "日本", "🚀", "\u202eevil", "'; DROP TABLE x; --", "\\", "%s", "{0}", "<b>", " lead", "null", "NaN", "1e5",
]  # fmt: skip

PEOPLE = {hashlib.sha256(f"trial|{name}".encode()).hexdigest(): letter for name, letter in (("r1", "A"), ("r2", "B"))}


def order(identities: Iterable[str], seed: int = 0, action: str = ACTION) -> list[str]:
    """Sort row ids as the language says: by the first 13 hex digits of SHA-256, then by id."""
    digest = {one: hashlib.sha256(f"{action}|{seed}|{one}".encode()).hexdigest()[:13] for one in identities}
    return sorted(digest, key=lambda one: (int(digest[one], 16), one))


def ids(drawn: Drawn) -> list[str]:
    return [row.id for row in drawn.rows]


@pytest.mark.parametrize("row", [*HOSTILE, "image-1", "x" * 5000])
def test_the_key_is_the_databases(row: str) -> None:
    sql = "SELECT substr(sha256('a|7|' || id), 1, 13) FROM (SELECT ? AS id)"
    ((digits,),) = duckdb.execute(sql, [row]).fetchall()
    assert compute_key("a", 7, row) == int(digits, 16) < 2**52


def test_the_key_of_a_known_text() -> None:
    # printf 'a|7|image-1' | sha256sum
    assert f"{compute_key('a', 7, 'image-1'):013x}" == hashlib.sha256(b"a|7|image-1").hexdigest()[:13]


# --- Strata


def test_two_classes_three_to_two(tmp_path: Path) -> None:
    rows = [see(f"s{i}", "scratch") for i in range(630)] + [see(f"c{i}", "chip") for i in range(960)]
    queue = {"from": "seen", "size": 340, "weights": {"class": {"scratch": 3, "chip": 2}}, "seed": 7}
    drawn = Data.write(tmp_path, seen=[*rows, see("other", "dent")]).draw(queue)
    assert drawn.eligible == 1590
    assert drawn.strata == (
        Stratum(value={"class": "chip"}, weight=2, eligible=960, taken=136),
        Stratum(value={"class": "scratch"}, weight=3, eligible=630, taken=204),
    )
    chips, scratches = ([f"{kind}{i}" for i in range(number)] for kind, number in (("c", 960), ("s", 630)))
    assert ids(drawn) == order(chips, 7)[:136] + order(scratches, 7)[:204]
    assert [row.probability for row in drawn.rows] == [0.141667] * 136 + [0.32381] * 204


def test_without_weights_all_rows_are_one_stratum(tmp_path: Path) -> None:
    rows = [see(f"i{i}", "abc"[i % 3]) for i in range(50)]
    drawn = Data.write(tmp_path, seen=rows).draw({"from": "seen", "size": 7})
    assert ids(drawn) == order(row["id"] for row in rows)[:7]
    assert drawn.strata == (Stratum(value={}, weight=1, eligible=50, taken=7),)
    assert {row.probability for row in drawn.rows} == {0.14}


@pytest.mark.parametrize(
    ("rate", "rows", "taken"), [(0.07, 100, 7), (0.07, 101, 8), (0.0, 9, 0), (1.0, 9, 9), (1e-9, 9, 1)]
)
def test_a_share_of_what_is_eligible_is_rounded_up(rate: float, rows: int, taken: int, tmp_path: Path) -> None:
    # 0.07 * 100 is 7.000000000000001 in binary.
    data = Data.write(tmp_path, seen=[see(f"i{i}") for i in range(rows)])
    drawn = data.draw({"from": "seen", "size": 101}, rate=rate)
    assert ids(drawn) == order(f"i{i}" for i in range(rows))[:taken]
    assert (drawn.eligible, drawn.strata[0].taken) == (rows, taken)


def test_a_request_may_look_further_back_than_its_source(tmp_path: Path) -> None:
    labels = [label("u1", "r1", "a"), label("u2", "r1", "a", time=on(20))]
    data = Data.write(tmp_path, labels=labels, seen=[see("s1"), see("s2", time=on(20))])
    for source, near, far in (("labels", ["u1"], ["u1", "u2"]), ("seen", ["s1"], ["s1", "s2"])):
        assert ids(data.draw({"from": source, "size": 9})) == near
        assert sorted(ids(data.draw({"from": source, "size": 9}, window=timedelta(days=10)))) == far


def test_a_star_is_one_stratum_for_all_other_values(tmp_path: Path) -> None:
    rows = [see(f"i{i}", kind) for i, kind in enumerate("aaaabbbbcccc")] + [see("n", None)]
    queue = {"from": "seen", "size": 6, "weights": {"class": {"a": 1, "*": 2}}}
    drawn = Data.write(tmp_path, seen=rows).draw(queue)
    others = order(["n", *(f"i{i}" for i in range(4, 12))])
    assert [(s.value, s.eligible, s.taken) for s in drawn.strata] == [({"class": "*"}, 9, 4), ({"class": "a"}, 4, 2)]
    assert ids(drawn) == others[:4] + order(f"i{i}" for i in range(4))[:2]


def test_without_a_star_other_values_are_not_eligible(tmp_path: Path) -> None:
    rows = [see("a"), see("b", "b"), see("star", "*")]
    data = Data.write(tmp_path, seen=rows)
    assert ids(data.draw({"from": "seen", "size": 9, "weights": {"class": {"a": 1}}})) == ["a"]
    assert data.draw({"from": "seen", "size": 9, "weights": {"class": {"*": 1}}}).eligible == 3


def test_what_a_stratum_cannot_fill_goes_to_the_others(tmp_path: Path) -> None:
    rows = [see(f"a{i}") for i in range(2)] + [see(f"b{i}", "b") for i in range(20)]
    drawn = Data.write(tmp_path, seen=rows).draw({"from": "seen", "size": 10, "weights": {"class": {"a": 1, "b": 1}}})
    assert [(s.eligible, s.taken) for s in drawn.strata] == [(2, 2), (20, 8)]
    assert {row.id[0]: row.probability for row in drawn.rows} == {"a": 1.0, "b": 0.4}


def test_nothing_eligible_draws_nothing(tmp_path: Path) -> None:
    drawn = Data.write(tmp_path, seen=[see("x", "c")]).draw({"from": "seen", "size": 5, "weights": {"class": {"a": 1}}})
    assert (drawn.eligible, drawn.rows) == (0, ())
    assert drawn.strata == (Stratum(value={"class": "a"}, weight=1, eligible=0, taken=0),)


def test_a_dimension_may_be_called_like_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = {**SOURCES["seen"], "dimensions": {"eligible": "site", "stratum": "lighting"}}
    monkeypatch.setitem(SOURCES, "seen", named)
    monkeypatch.setitem(SOURCES, "labels", {**SOURCES["labels"], "lookup": {}})
    data = Data.write(tmp_path, seen=[see("x"), see("y", site="q")])
    for dimension, value in (("eligible", "q"), ("stratum", "day")):
        drawn = data.draw({"from": "seen", "size": 1, "weights": {dimension: {value: 1}}, "show": [dimension]})
        assert [row.shown for row in drawn.rows] == [{dimension: value}]


# --- Which rows are eligible


def test_rows_of_the_window_inside_a_place_and_the_where_are_eligible(tmp_path: Path) -> None:
    rows = [
        see("in"),
        see("first", time=on(22)),
        see("before", time=on(21, 23)),
        see("after", time=on(29)),
        see("sure", confidence=0.9),
        see("unsure", confidence=None),
        see("elsewhere", site="q"),
        see("other", "b"),
    ]
    queue = {"from": "seen", "size": 9, "where": "confidence < 0.8"}
    drawn = Data.write(tmp_path, seen=rows).draw(queue, [{"class": "a", "site": "p"}])
    assert sorted(ids(drawn)) == ["first", "in"]


def test_places_add_up_and_each_says_why(tmp_path: Path) -> None:
    rows = [see("one"), see("two", "b"), see("both", lighting="night"), see("none", "c")]
    places = [{"class": "a", "site": "p"}, {"lighting": "night"}, {"class": "b", "site": "p", "lighting": "day"}]
    drawn = Data.write(tmp_path, seen=rows).draw({"from": "seen", "size": 9}, places)
    assert {row.id: row.why for row in drawn.rows} == {
        "one": ("cause-0",), "two": ("cause-2",), "both": ("cause-0", "cause-1"),
    }  # fmt: skip


def test_a_place_says_nothing_of_dimensions_that_the_source_lacks(tmp_path: Path) -> None:
    data = Data.write(tmp_path, seen=[see("x"), see("y", "b")])
    assert ids(data.draw({"from": "seen", "size": 9}, [{"class": "a", "camera": "c1"}])) == ["x"]
    assert data.draw({"from": "seen", "size": 9}, [{"camera": "c1"}]).eligible == 2


def test_places_with_no_class_or_no_value_find_those_rows(tmp_path: Path) -> None:
    data = Data.write(tmp_path, seen=[see("x", None), see("y", "weird"), see("z"), see("w", site=None)])
    declared = {"a": {}}
    for place, found in (
        ({"class": "(none)"}, ["x"]),
        ({"class": "(unknown)"}, ["y"]),
        ({"site": "(none)"}, ["w"]),
    ):
        assert ids(data.draw({"from": "seen", "size": 9}, [place], classes=declared)) == found


def test_a_family_is_the_rows_and_the_units_of_its_classes(tmp_path: Path) -> None:
    classes = {"a": {"family": "f"}, "b": {"family": "f"}, "c": {"family": "g"}, "d": {}}
    rows = [see(kind, kind) for kind in "abcd"]
    labels = [label(f"u{kind}", "r1", kind) for kind in "abcd"]
    data = Data.write(tmp_path, seen=rows, labels=labels)
    for family, found in (("f", ["a", "b"]), ("g", ["c"]), ("(none)", ["d"])):
        place = [{"family": family}]
        assert sorted(ids(data.draw({"from": "seen", "size": 9}, place, classes=classes))) == found
        units = data.draw({"from": "labels", "size": 9}, place, classes=classes)
        assert sorted(ids(units)) == [f"u{kind}" for kind in found]


def test_a_row_id_counts_once_as_its_newest_row_and_null_ids_are_left_out(tmp_path: Path) -> None:
    rows = [
        see("twice", "a", time=on(25), lighting="old"),
        see("twice", "b", time=on(26), lighting="new"),
        see(None),
        see("once", time=on(24)),
    ]
    data = Data.write(tmp_path, seen=rows)
    queue = {"from": "seen", "size": 9, "weights": {"class": {"a": 1, "b": 1}}, "show": ["lighting"]}
    drawn = data.draw(queue)
    assert [(s.value["class"], s.eligible) for s in drawn.strata] == [("a", 1), ("b", 1)]
    assert {row.id: row.shown["lighting"] for row in drawn.rows} == {"once": "day", "twice": "new"}
    # Inside a place only rows that are there are looked at.
    inside = data.draw(queue, [{"class": "a"}])
    assert {row.id: row.shown["lighting"] for row in inside.rows} == {"once": "day", "twice": "old"}


def test_rows_of_one_id_and_one_moment_are_settled_the_same_way_in_any_order(tmp_path: Path) -> None:
    rows = [see("x", kind, lighting=lighting) for kind in "ab" for lighting in ("day", "night")]
    shown = set()
    for number in range(6):
        mixed = random.Random(number).sample(rows, len(rows))
        data = Data.write(tmp_path / str(number), seen=mixed)
        (row,) = data.draw({"from": "seen", "size": 1, "show": ["class", "lighting"]}).rows
        shown.add(tuple(row.shown.values()))
    assert len(shown) == 1


# --- Units of annotations


def test_a_unit_belongs_to_a_class_by_any_label_and_is_drawn_once(tmp_path: Path) -> None:
    labels = [
        label("u1", "r1", "a"), label("u1", "r2", "b"), label("u1", "r3", "a"),
        label("u2", "r1", "b"), label("u2", "r2", "b"),
        label("u3", "r1", "a"),
        label(None, "r1", "a"),
    ]  # fmt: skip
    data = Data.write(tmp_path, labels=labels)
    assert sorted(ids(data.draw({"from": "labels", "size": 9}, [{"class": "a"}]))) == ["u1", "u3"]
    assert sorted(ids(data.draw({"from": "labels", "size": 9}))) == ["u1", "u2", "u3"]
    disputed = data.draw({"from": "labels", "only": "disputed", "size": 9, "show": ["class", "time", "unit"]})
    assert [(row.id, row.shown) for row in disputed.rows] == [
        ("u1", {"class": "a x2, b x1", "time": on(26), "unit": "u1"})
    ]


def test_two_labels_of_one_reviewer_are_no_dispute(tmp_path: Path) -> None:
    labels = [label("u1", "r1", "a", time=on(23)), label("u1", "r1", "b"), label("u1", "r2", "b")]
    data = Data.write(tmp_path, labels=labels)
    assert data.draw({"from": "labels", "only": "disputed", "size": 9}).eligible == 0
    assert data.draw({"from": "labels", "size": 9}, [{"class": "a"}]).eligible == 0


def test_a_unit_lies_in_the_window_of_its_newest_label(tmp_path: Path) -> None:
    labels = [
        label("old", "r1", "a", time=on(10)), label("old", "r2", "b", time=on(20)),
        label("kept", "r1", "a", time=on(10)), label("kept", "r2", "b", time=on(25)),
        label("late", "r1", "a", time=on(25)), label("late", "r2", "b", time=on(30)),
    ]  # fmt: skip
    data = Data.write(tmp_path, labels=labels)
    assert sorted(ids(data.draw({"from": "labels", "size": 9}))) == ["kept", "late"]
    # The label after as-of is not seen, so one label of `late` is left.
    assert ids(data.draw({"from": "labels", "only": "disputed", "size": 9})) == ["kept"]


def test_units_are_found_by_what_is_looked_up_and_by_what_their_labels_have(tmp_path: Path) -> None:
    seen = [see("u1", lighting="glare"), see("u2")]
    labels = [label("u1", "r1", "a"), label("u2", "r2", "a", guide="v2"), label("u3", "r1", "b")]
    data = Data.write(tmp_path, seen=seen, labels=labels)
    for place, found in (
        ({"lighting": "glare"}, ["u1"]),
        ({"lighting": "(none)"}, ["u3"]),
        ({"annotator": "A"}, ["u1", "u3"]),
        ({"annotator": "A", "class": "a"}, ["u1"]),
        ({"annotator": "A", "class": "a", "guideline": "v2"}, []),
        # Who the few are is not told, nor who is known by a pseudonym of another key.
        ({"annotator": "(few)", "class": "a"}, ["u1", "u2"]),
        ({"annotator": "C"}, []),
        ({"guideline": "v2"}, ["u2"]),
    ):
        assert sorted(ids(data.draw({"from": "labels", "size": 9}, [place], people=PEOPLE))) == found
    assert ids(data.draw({"from": "labels", "size": 9, "where": "lighting = 'glare'"})) == ["u1"]


def test_annotators_are_shown_by_their_pseudonyms(tmp_path: Path) -> None:
    labels = [label("u1", "r2", "a"), label("u1", "r1", "a"), label("u2", "r2", "a")]
    data = Data.write(tmp_path, labels=labels)
    drawn = data.draw({"from": "labels", "size": 9, "show": ["annotator", "class"]}, people=PEOPLE)
    shown = {row.id: row.shown["annotator"] for row in drawn.rows}
    assert shown == {"u1": "A, B", "u2": "B"}


def test_units_have_strata_by_their_own_dimensions(tmp_path: Path) -> None:
    seen = [see("u1", lighting="glare"), see("u2"), see("u3")]
    labels = [label(f"u{i}", reviewer, "a") for i in (1, 2, 3) for reviewer in ("r1", "r2")]
    queue = {
        "from": "labels",
        "size": 2,
        "weights": {"lighting": {"glare": 1, "*": 1}},
        "show": ["lighting", "guideline"],
    }
    drawn = Data.write(tmp_path, seen=seen, labels=labels).draw(queue)
    assert [(s.value["lighting"], s.eligible, s.taken) for s in drawn.strata] == [("*", 2, 1), ("glare", 1, 1)]
    assert drawn.rows[1].shown == {"lighting": "glare", "guideline": "v1"}


def test_a_unit_whose_labels_disagree_on_a_dimension_that_is_used_stays_out(tmp_path: Path) -> None:
    labels = [label("u1", "r1", "a"), label("u1", "r2", "a", site="q"), label("u2", "r1", "a")]
    data = Data.write(tmp_path, labels=labels)
    assert ids(data.draw({"from": "labels", "size": 9}, [{"site": "p"}])) == ["u2"]
    assert sorted(ids(data.draw({"from": "labels", "size": 9}))) == ["u1", "u2"]


# --- Later plans


def test_a_recorded_queue_is_repeated_whatever_the_data_says_now(tmp_path: Path) -> None:
    rows = [see(f"i{i}", "ab"[i % 2]) for i in range(20)]
    queue = {
        "from": "seen",
        "size": 6,
        "weights": {"class": {"a": 1, "b": 2}},
        "where": "confidence < 0.8",
        "show": ["site"],
    }
    first = Data.write(tmp_path / "1", seen=rows).draw(queue)
    gone, sure, *_ = ids(first)
    # A row at or after as-of is not seen, so it is not what stands beside its id.
    later = [see("new", confidence=0.1), see(ids(first)[2], site="z", time=on(29))] + [
        row | ({"confidence": 0.99, "class": "c"} if row["id"] == sure else {}) for row in rows if row["id"] != gone
    ]
    again = Data.write(tmp_path / "2", seen=later).draw(queue, frozen=tuple(ids(first)), strata=first.strata)
    assert (ids(again), again.strata, again.eligible) == (ids(first), first.strata, first.eligible)
    assert [(row.key, row.probability) for row in again.rows] == [(row.key, row.probability) for row in first.rows]
    sites = {row.id: row.shown["site"] for row in again.rows}
    assert sites == {one: None if one == gone else "p" for one in ids(first)}
    assert digest_rows(again.rows) == digest_rows(first.rows)


def test_a_recorded_queue_of_units_is_repeated_too(tmp_path: Path) -> None:
    disputed = [label(f"u{i}", f"r{j}", "ab"[j]) for i in range(9) for j in (0, 1)]
    queue = {"from": "labels", "only": "disputed", "size": 4, "show": ["class"]}
    first = Data.write(tmp_path / "1", labels=disputed).draw(queue, [{"class": "a"}])
    settled = [row | {"class": "b"} for row in disputed]
    again = Data.write(tmp_path / "2", labels=settled).draw(
        queue, [{"class": "a"}], frozen=tuple(ids(first)), strata=first.strata
    )
    assert ids(again) == ids(first)
    assert {row.shown["class"] for row in again.rows} == {"b x2"}


def test_rows_of_earlier_episodes_are_left_out(tmp_path: Path) -> None:
    data = Data.write(tmp_path, seen=[see(f"i{i}") for i in range(10)])
    queue = {"from": "seen", "size": 4}
    first = data.draw(queue)
    second = data.draw(queue, drawn=frozenset(ids(first)))
    assert second.eligible == 6
    assert ids(first) + ids(second) == order(f"i{i}" for i in range(10))[:8]
    assert data.draw(queue, drawn=frozenset(f"i{i}" for i in range(10))).rows == ()


# --- The same bytes, and what they hold


@pytest.mark.parametrize("source", ["seen", "labels"])
def test_neither_the_order_of_rows_nor_files_nor_threads_play_a_part(tmp_path: Path, source: str) -> None:
    seen = [see(f"i{i % 700}", "abc"[i % 3], time=on(22 + i % 7, i % 24)) for i in range(1000)]
    labels = [
        label(f"i{i % 300}", f"r{i // 300}", "abc"[(i + i // 300 * (i % 2)) % 3], time=on(22 + i % 7))
        for i in range(1500)
    ]
    queue: dict[str, Any] = {"from": source, "size": 90, "show": ["class", "time", "lighting"]}
    queue |= {"weights": {"class": {"a": 3, "*": 1}}} if source == "seen" else {"only": "disputed"}
    found = []
    for number, (parts, threads) in enumerate([(1, 1), (1, 2), (3, 1), (5, 2)]):
        mixed = [random.Random(number).sample(rows, len(rows)) for rows in (seen, labels)]
        data = Data.write(tmp_path / str(number), seen=mixed[0], labels=mixed[1], parts=parts)
        found.append(data.draw(queue, [{"class": "a"}, {"site": "p"}], threads=threads))
    assert len(found[0].rows) == 90
    assert found == [found[0]] * 4


def write_files(drawn: Drawn, priority: int = 3) -> tuple[bytes, bytes]:
    files = write_queue(ACTION, drawn, priority)
    return files[f"queues/{ACTION}.csv"], files[f"queues/{ACTION}.jsonl"]


def test_hostile_ids_are_unaltered_in_json_and_defused_in_csv(tmp_path: Path) -> None:
    rows = [see(one, site=one) for one in HOSTILE]
    drawn = Data.write(tmp_path, seen=rows).draw({"from": "seen", "size": 99, "show": ["site", "confidence", "time"]})
    assert ids(drawn) == order(HOSTILE)
    table, lines = write_files(drawn)
    records = [json.loads(line) for line in lines.decode().split("\n")[:-1]]
    assert [(record["row_id"], record["site"]) for record in records] == [(one, one) for one in order(HOSTILE)]
    assert {(record["confidence"], record["time"]) for record in records} == {(0.5, "2026-02-26T00:00:00Z")}
    cells = list(csv.reader(io.StringIO(table.decode(), newline="")))
    assert cells[0] == [
        "row_id", "why", "priority", "sampling_key", "inclusion_probability", "site", "confidence", "time",
    ]  # fmt: skip
    assert len(cells) == len(HOSTILE) + 1 == table.count(b"\n")
    for identity, row in zip(order(HOSTILE), cells[1:], strict=True):
        assert row[0] == row[5]
        assert not row[0].lstrip().startswith(("=", "+", "-", "@", "\t"))
        if identity.isascii() and identity.isprintable():
            # An apostrophe stands before a formula, also before one that begins behind a semicolon.
            assert row[0].removeprefix("'").replace(";' ", "; ") == identity.removeprefix("'")
        assert row[1:3] == ["cause-0", "3"]
        assert int(row[3]) == compute_key(ACTION, 0, identity)


def test_hostile_places_stay_values(tmp_path: Path) -> None:
    data = Data.write(tmp_path, seen=[see(str(number), site=one) for number, one in enumerate(HOSTILE)])
    for number, one in enumerate(HOSTILE):
        assert ids(data.draw({"from": "seen", "size": 99}, [{"site": one}])) == [str(number)]
    # JSON has no escape for a character beyond 16 bits that YAML would read as one.
    weights = {one: 1 for one in HOSTILE if one and max(one) < "\uffff"}
    assert data.draw({"from": "seen", "size": 99, "weights": {"site": weights}}).eligible == len(weights)
    assert data.draw({"from": "seen", "size": 9}, drawn=frozenset(HOSTILE)).eligible == len(HOSTILE)


def test_a_column_called_like_one_of_the_records_own_keeps_its_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {**SOURCES["seen"], "dimensions": {"priority": "site", "why": "lighting", "lighting": "lighting"}}
    monkeypatch.setitem(SOURCES, "seen", named)
    drawn = Data.write(tmp_path, seen=[see("x")]).draw({"from": "seen", "size": 1, "show": ["priority", "why"]})
    (record,) = iterate_records(drawn.rows, 5)
    assert record | {"sampling_key": 0} == {
        "row_id": "x", "why": "cause-0", "priority": 5, "sampling_key": 0, "inclusion_probability": 1.0,
        "shown_priority": "p", "shown_why": "day",
    }  # fmt: skip


def test_the_digest_tells_ids_apart_however_they_are_written(tmp_path: Path) -> None:
    digests = set()
    for number, rows in enumerate((["a\nb"], ["a", "b"], ["a"], ["b"])):
        data = Data.write(tmp_path / str(number), seen=[see(one) for one in rows])
        digests.add(digest_rows(data.draw({"from": "seen", "size": 9}).rows))
    assert len(digests) == 4


def test_sha_256_is_computed_of_eligible_rows_alone() -> None:
    """The query runs over a plain table, with a `sha256` that fails on every row that is not to be hashed."""
    queue = {"from": "seen", "size": 2, "where": "confidence < 0.8", "weights": {"class": {"a": 1}}}
    resolved = build(queue)
    asked = ask(resolved.model, [{"site": "p"}], drawn=frozenset({"drawn"}))
    connection = duckdb.connect()
    connection.execute(
        "CREATE TEMP MACRO sha256(x) AS "
        "CASE WHEN x LIKE '%in%' THEN md5(x) ELSE CAST(CAST('hashed ' || x AS INTEGER) AS VARCHAR) END"
    )
    connection.execute(
        "CREATE TABLE seen AS SELECT * FROM (VALUES ('in1', 26, 'a', 0.5, 'p'), ('in2', 26, 'a', 0.5, 'p'), "
        "('old', 2, 'a', 0.5, 'p'), ('other', 26, 'b', 0.5, 'p'), ('sure', 26, 'a', 0.9, 'p'), "
        "('far', 26, 'a', 0.5, 'q'), ('drawn', 26, 'a', 0.5, 'p')) v(id, day, class, confidence, site)"
    )
    connection.execute("ALTER TABLE seen ADD COLUMN time TIMESTAMP")
    connection.execute("UPDATE seen SET time = make_timestamp(2026, 2, day, 0, 0, 0.0)")
    query = write_query(Query(resolved.model, gate_expressions(resolved), asked, AS_OF, BoundSource((), {})))
    assert sorted(row for (row,) in connection.execute(f"SELECT row_id FROM ({query})").fetchall()) == ["in1", "in2"]
    with pytest.raises(duckdb.ConversionException, match=r"hashed .*sure"):
        connection.execute(query.replace("0.8", "0.99")).fetchall()
