"""Queues over very many rows: the draw in two steps, against the same law in plain Python."""

from __future__ import annotations

import functools
import hashlib
import itertools
import random
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prism_rules.queues import share_out, sieve
from prism_rules.queues.sieve import choose_line, write_first, write_first_bound, write_key

from .case import ACTION, COLUMNS, SOURCES, Data, on, see
from .test_drawing import HOSTILE, ids, order

MANY, FEW = 120, 40
"""So many rows that a test can read them."""

NUMBERS = ["0", "7", "-1", "9223372036854775807", "-9223372036854775807", "-9223372036854775808"]
NEAR = [
    "a",
    "ab",
    "007",
    "+7",
    "-0",
    "1e3",
    " 7",
    "é",
    "x" * 15,
    "9223372036854775808",
    "-9223372036854775809",
    "1" * 15,
    "1" * 21,
    "x" * 16,
    "é" * 7,
    "é" * 8,
    "٧",
    "1_0",
    "0x1",
]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sieve, "MANY", MANY)
    monkeypatch.setattr(sieve, "FEW", FEW)
    monkeypatch.setattr(sieve, "SPARE", 8)


def find_prime(least: int) -> int:
    """Find the first prime from there on, by Miller and Rabin's test; these bases settle all numbers below 2^32."""

    def passes(number: int, base: int) -> bool:
        odd, twos = number - 1, 0
        while odd % 2 == 0:
            odd, twos = odd // 2, twos + 1
        powers = [pow(base, odd << times, number) for times in range(twos)]
        return powers[0] == 1 or number - 1 in powers

    return next(n for n in itertools.count(least | 1, 2) if all(passes(n, base) for base in (2, 7, 61)))


@functools.cache
def read_salt(action: str, seed: int) -> tuple[int, ...]:
    salt = hashlib.sha256(f"{action}|{seed}".encode()).hexdigest()
    prime = find_prime(2**29 + int(salt[:8], 16) // 8)
    return prime, *(int(salt[at : at + 16], 16) % 2147483647 for at in (8, 24, 40))


def key(row: str, seed: int, action: str = ACTION) -> int:
    """Compute the cheap key of a row id anew, from what the decision says of it."""
    prime, low, high, value = read_salt(action, seed)
    if row.lstrip("-").isdecimal() and str(int(row)) == row and abs(2 * int(row) + 1) < 2**64:
        value += (abs(int(row)) % prime) * (-1 if row[0] == "-" else 1) * low
    else:
        code = row.encode()
        digest = bytes(reversed(hashlib.md5(code, usedforsecurity=False).digest()))
        word = int(code.hex(), 16) if 1 <= len(code) <= 15 else int(digest.hex()[1:], 16)
        upper, lower = divmod(word, 2**62)
        value += lower % prime * low + upper % prime * high
    mixed = value = value % 2147483647
    for shift, factor in ((15, 1540483477), (13, 1181783497), (16, 739982445)):
        mixed = (mixed ^ (mixed >> shift)) * factor % 2**31
    return value // 4 if mixed < 2**29 else mixed


def draw(
    rows: list[dict[str, Any]], queue: dict[str, Any], drawn: frozenset[str] = frozenset(), *, few: int = FEW,
    reach: int = 4, spare: int = 8,
) -> tuple[dict[str, int], list[str]]:  # fmt: skip
    """Draw in plain Python: eligible by stratum, and the row ids."""
    weights = dict(sorted(queue.get("weights", {"class": {"*": 1}})["class"].items()))
    rows = [row for row in rows if row["id"] is not None]
    seed, copies, newest = queue["seed"], Counter(str(row["id"]) for row in rows), {}
    for row in sorted(rows, key=lambda row: (row["time"], [-ord(row["class"])], [-ord(row["site"])])):
        newest[str(row["id"])] = row["class"]

    def name(kind: str) -> str | None:
        return kind if kind in weights else "*" if "*" in weights else None

    homes = {one: name(kind) for one, kind in newest.items() if one not in drawn}
    counting, raised = "rows", 1
    while True:
        each = [name(row["class"]) for row in rows if str(row["id"]) not in drawn]
        counts = Counter(each if counting == "rows" else homes.values())
        eligible = {stratum: counts[stratum] for stratum in weights}
        total, wanted = sum(eligible.values()), max(few, reach * queue["size"])
        shares = share_out(queue["size"], weights, eligible)
        if total <= MANY or wanted >= total or counting == "all":
            eligible = {stratum: list(homes.values()).count(stratum) for stratum in weights}
            shares = share_out(queue["size"], weights, eligible)
            bounds = dict.fromkeys(weights, 2**31)
        else:
            least = 2**31 * wanted // total
            own = {
                one: min(2**31, 2**31 * (reach * share + spare) // eligible[one])
                for one, share in shares.items()
                if share
            }
            common = max([least, *(bound for bound in own.values() if bound <= 4 * least)])
            if raised > 1 and common * raised >= 2**31:
                counting = "all"
                continue
            bounds = {stratum: max(common, own.get(stratum, 0)) * raised for stratum in weights}
            seen = {
                str(row["id"])
                for row in rows
                if key(str(row["id"]), seed) < bounds.get(name(row["class"]), common * raised)
            }
            if counting == "rows" and any(copies[one] > 1 for one in seen - drawn):
                counting, raised = "ids", 1
                continue
        pools = {
            stratum: [one for one, home in homes.items() if home == stratum and key(one, seed) < bounds[stratum]]
            for stratum in weights
        }
        if all(len(pools[stratum]) >= shares[stratum] for stratum in weights):
            return eligible, [one for stratum in weights for one in order(pools[stratum], seed)[: shares[stratum]]]
        raised *= 16


def ask_keys(rows: list[str], seed: int, *, numbered: bool) -> dict[str, int]:
    """Ask the database for the keys of row ids."""
    given = "SELECT id AS told, CAST(id AS BIGINT) AS id FROM given" if numbered else "SELECT id AS told, id FROM given"
    keyed = write_key(write_first(given, "id", choose_line(ACTION, seed), numbered=numbered))
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE given AS SELECT unnest(?::VARCHAR[]) AS id", [rows])
        return dict(connection.execute(f'SELECT told, "+key" FROM ({keyed})').fetchall())


@pytest.mark.parametrize("numbered", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_the_database_computes_the_key_of_the_law(numbered: bool, seed: int) -> None:
    made = random.Random(seed)
    numbers = [*NUMBERS, *(str(made.randrange(-(2**63), 2**63) >> made.randrange(64)) for _ in range(300))]
    rows = numbers if numbered else [*numbers, *HOSTILE, *NEAR]
    assert ask_keys(rows, seed, numbered=numbered) == {row: key(row, seed) for row in rows}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=40) | st.integers(-(2**64), 2**64).map(str), max_size=40), st.integers(0, 9))
def test_the_key_of_any_text(rows: list[str], seed: int) -> None:
    rows = [row.replace("\0", "") for row in rows]
    assert ask_keys(rows, seed, numbered=False) == {row: key(row, seed) for row in rows}


@pytest.mark.parametrize("bound", [0, 1, 2**20 + 1, 2**28, 2**29, 2**29 + 1, 2**31])
def test_all_keys_below_a_bound_meet_the_first_one(bound: int) -> None:
    made = random.Random(bound)
    firsts = [
        *range(50),
        *(made.randrange(2**31 - 1) for _ in range(5000)),
        *range(bound * 4 % 2**31, bound * 4 % 2**31 + 9),
    ]
    connection = duckdb.connect()
    connection.execute('CREATE TABLE given AS SELECT unnest(?::BIGINT[]) AS "+first"', [firsts])
    kept = write_key(f"SELECT * FROM given WHERE {write_first_bound(bound)}")
    below = [connection.execute(f'SELECT "+key" FROM ({keyed}) WHERE "+key" < {bound} ORDER BY 1').fetchall()
             for keyed in (kept, write_key("SELECT * FROM given"))]  # fmt: skip
    assert below[0] == below[1]


WEIGHTS: list[dict[str, Any]] = [
    {}, {"weights": {"class": {"a": 3, "b": 1}}}, {"weights": {"class": {"a": 1, "*": 2}}},
    {"weights": {"class": {"r": 5, "a": 1, "*": 1}}}, {"weights": {"class": {"r": 1, "a": 9}}},
]  # fmt: skip


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize(("kind", "repeats"), [("text", 1), ("text", 3), ("number", 1), ("number", 40), ("word", 2)])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_draw_is_that_of_the_law(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weights: dict[str, Any], kind: str, repeats: int, seed: int
) -> None:
    made = random.Random(f"{weights} {kind} {repeats} {seed}")
    write = {"text": "img-{}".format, "number": int, "word": "a rather long name of {}".format}[kind]
    if kind == "number":
        monkeypatch.setitem(COLUMNS["seen"], "id", pl.Int64)
    rows = [
        see(write(made.randrange(10**6)), made.choice("aaaaaaaabbbbbbbbbbbcccr"), made.choice("pq"), time=on(day))
        for _ in range(900)
        for day in made.sample(range(22, 28), 3)[:1]
    ]
    rows += [{**made.choice(rows), "class": made.choice("abc"), "time": on(27, 1)} for _ in range(repeats - 1)]
    rows += [see(None), see(None, "b")]
    made.shuffle(rows)
    queue = {"from": "seen", "size": 9, "seed": seed, "show": ["site"], **weights}
    gone = frozenset(str(row["id"]) for row in rows[:50] if row["id"] is not None)
    data = Data.write(tmp_path, seen=rows, parts=2)
    for drawn in (frozenset(), gone):
        eligible, expected = draw(rows, queue, drawn)
        found = data.draw(queue, drawn=drawn)
        assert ids(found) == expected
        assert {stratum.value.get("class", "*"): stratum.eligible for stratum in found.strata} == eligible
        assert len(set(expected)) == len(expected) == 9


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("seed", range(8))
def test_bounds_are_raised_where_a_stratum_runs_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    for name, value in {"FEW": 9, "REACH": 1, "SPARE": 0}.items():
        monkeypatch.setattr(sieve, name, value)
    rows = [see(f"img-{i}", "aabr"[i % 4] if i % 50 < 4 else "a", time=on(22 + i % 6)) for i in range(3000)]
    queue = {"from": "seen", "size": 9, "seed": seed, "weights": {"class": {"a": 1, "b": 1, "r": 1}}}
    eligible, expected = draw(rows, queue, few=9, reach=1, spare=0)
    drawn = Data.write(tmp_path, seen=rows).draw(queue)
    assert (ids(drawn), drawn.eligible) == (expected, sum(eligible.values())) == (expected, 3000)


@pytest.mark.usefixtures("few")
def test_few_eligible_rows_of_a_large_source_are_all_ordered_by_sha_256(tmp_path: Path) -> None:
    rows = [see(f"i{i}", "ab"[i % 2], time=on(1 if i % 10 else 25)) for i in range(1000)]
    drawn = Data.write(tmp_path, seen=rows).draw({"from": "seen", "size": 5})
    assert drawn.eligible == 100
    assert ids(drawn) == order(f"i{i}" for i in range(0, 1000, 10))[:5]


@pytest.mark.usefixtures("few")
def test_numbers_are_drawn_as_the_same_numbers_in_text_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [see(str(i * i), "ab"[i % 2], time=on(22 + i % 6)) for i in range(-400, 400)]
    queue = {"from": "seen", "size": 9, "weights": {"class": {"a": 1, "b": 1}}, "show": ["class", "time"]}
    text = Data.write(tmp_path / "text", seen=rows)
    monkeypatch.setitem(COLUMNS["seen"], "id", pl.Int64)
    number = Data.write(tmp_path / "number", seen=[{**row, "id": int(row["id"])} for row in rows])
    first = text.draw(queue)
    assert first == number.draw(queue)
    again = {"frozen": (*ids(first)[:8], "gone"), "strata": first.strata}
    assert text.draw(queue, **again) == number.draw(queue, **again)


@pytest.mark.usefixtures("few")
def test_neither_the_order_of_rows_nor_files_nor_threads_play_a_part(tmp_path: Path) -> None:
    rows = [see(f"i{i % 700}", "abc"[i % 3], time=on(22 + i % 7, i % 24)) for i in range(1000)]
    queue = {"from": "seen", "size": 9, "weights": {"class": {"a": 3, "*": 1}}, "show": ["class", "time"]}
    found = []
    for number, (parts, threads) in enumerate([(1, 1), (1, 2), (3, 1), (5, 2)]):
        data = Data.write(tmp_path / str(number), seen=random.Random(number).sample(rows, 1000), parts=parts)
        found.append(data.draw(queue, [{"class": "a"}, {"site": "p"}], threads=threads))
    assert len(found[0].rows) == 9
    assert found == [found[0]] * 4


@pytest.mark.usefixtures("few")
def test_an_id_of_a_rare_stratum_whose_newest_row_is_elsewhere_belongs_there(tmp_path: Path) -> None:
    common = [see(f"c{i}", "b", time=on(25)) for i in range(600)]
    moved = [row for i in range(9) for row in (see(f"m{i}", "r", time=on(24)), see(f"m{i}", "b", time=on(26)))]
    queue = {"from": "seen", "size": 6, "weights": {"class": {"r": 1, "b": 1}}, "show": ["class"]}
    drawn = Data.write(tmp_path, seen=[*common, *moved, see("only", "r")]).draw(queue)
    assert [(s.value["class"], s.eligible, s.taken) for s in drawn.strata] == [("b", 609, 5), ("r", 1, 1)]
    assert [row.id for row in drawn.rows if row.shown["class"] == "r"] == ["only"]


NAMES = [
    "rows", "key", "stratum", "row_id", "weighted", "eligible", "counted", "strata", "first", "passed", "rare", "c0",
    "show_site",
]  # fmt: skip
"""Logical names that are, or are near to, names of the SELECTs."""


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("copies", [1, 2])
@pytest.mark.parametrize("number", [30, 600], ids=["few", "many"])
def test_a_dimension_may_be_called_as_it_likes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, copies: int, number: int
) -> None:
    monkeypatch.setitem(SOURCES["seen"], "dimensions", ["site", "lighting", name])
    monkeypatch.setitem(COLUMNS, "seen", COLUMNS["seen"] | {name: pl.String})
    newest = [see(f"i{i}") | {name: "xyz"[i % 3]} for i in range(number)]
    older = [{**row, "time": on(24), name: "x"} for row in newest[: number * (copies - 1)]]
    data = Data.write(tmp_path, seen=[*newest, *older])
    queue = {"from": "seen", "size": 12, "show": [name], "weights": {name: {"x": 1, "*": 2}}}
    drawn = data.draw(queue, [{name: value} for value in "xyz"])
    third = number // 3
    strata = [({name: "*"}, 2 * third, 8), ({name: "x"}, third, 4)]
    assert [(s.value, s.eligible, s.taken) for s in drawn.strata] == strata
    for row in drawn.rows:
        assert row.shown == {name: "xyz"[int(row.id[1:]) % 3]}
    told = data.draw({"from": "seen", "size": 12, "where": f"{name} = 'y'", "show": [name]})
    assert (told.eligible, {row.shown[name] for row in told.rows}) == (third, {"y"})


@pytest.mark.parametrize(("rows", "seeds"), [(200, 2000), (2000, 200)])
@pytest.mark.parametrize("name", ["{}", "img-{:06d}", "run/{0}/camera-{0}"])
def test_every_row_has_the_same_chance(name: str, rows: int, seeds: int) -> None:
    """Chi-square over seeds, three rows of about twenty that are let through, in 200 parts of ids in sequence."""
    parts = {name.format(number + 1): number * 200 // rows for number in range(rows)}
    taken: Counter[int] = Counter()
    let_through = []
    for seed in range(seeds):
        keys = {row: key(row, seed) for row in parts}
        passed = [row for row, value in keys.items() if value < 2**31 * 20 // rows]
        let_through.append(len(passed))
        if len(passed) < 3:
            passed = [row for row, value in keys.items() if value < 2**31 * 20 * 16 // rows]
        taken.update(parts[row] for row in order(passed, seed)[:3])
    expected = 3 * seeds / 200
    assert sum(taken.values()) == 3 * seeds
    # 199 degrees of freedom: beyond 300 once in a million. As many are let through as if each were by itself.
    assert sum((taken[part] - expected) ** 2 / expected for part in range(200)) < 300
    mean = sum(let_through) / seeds
    assert abs(mean - 20) < 1.3
    assert 12 < sum((number - mean) ** 2 for number in let_through) / seeds < 28


def test_up_to_a_hundred_thousand_rows_sha_256_alone_decides(tmp_path: Path) -> None:
    rows = [see(f"i{i}") for i in range(100_000)]
    queue = {"from": "seen", "size": 5}
    data = Data.write(tmp_path, seen=rows)
    assert ids(data.draw(queue)) == order(row["id"] for row in rows)[:5]
    more = Data.write(tmp_path / "more", seen=[*rows, see("one")]).draw(queue)
    bound = 2**31 * 10_000 // 100_001
    assert more.eligible == 100_001
    assert ids(more) == order(one for one in [*(row["id"] for row in rows), "one"] if key(one, 0) < bound)[:5]


@pytest.mark.usefixtures("few")
def test_a_share_of_very_many_rows_is_drawn_as_a_queue_of_that_size(tmp_path: Path) -> None:
    data = Data.write(tmp_path, seen=[see(f"i{i}") for i in range(1000)])
    sized = data.draw({"from": "seen", "size": 35})
    assert data.draw({"from": "seen", "size": 36}, rate=0.035) == sized
    assert data.draw({"from": "seen", "size": 35}, rate=0.9) == sized
    assert (sized.eligible, len(sized.rows)) == (1000, 35)
