"""Queues over very many rows: the draw in two steps, against the same law in plain Python."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prism_rules.queues import share_out, sieve
from prism_rules.queues.sieve import compute_cheap_key, compute_word, list_coefficients, write_keyed

from .case import ACTION, COLUMNS, Data, on, see
from .test_drawing import HOSTILE, ids, order

MANY, FEW = 120, 40
"""So many rows that a test can read them."""

WORDS = [
    ("0", 0), ("7", 7), ("-1", 2**64 - 1), ("9223372036854775807", 2**63 - 1), ("-9223372036854775808", 2**63),
    ("a", 0x61), ("ab", 0x6162), ("007", 0x303037), ("+7", 0x2B37), ("-0", 0x2D30), ("1e3", 0x316533),
    (" 7", 0x2037), ("é", 0xC3A9), ("x" * 15, int("78" * 15, 16)),
]  # fmt: skip
NEAR = [
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


def key(row: str, seed: int, action: str = ACTION) -> int:
    """Compute the cheap key of a row id anew, from what the decision says of it."""
    if row.lstrip("-").isdecimal() and str(int(row)) == row and abs(2 * int(row) + 1) < 2**64:
        word = int(row) & 0xFFFFFFFFFFFFFFFF
    elif 1 <= len(row.encode()) <= 15:
        word = int(row.encode().hex(), 16)
    else:
        word = (
            int(bytes(reversed(hashlib.md5(row.encode(), usedforsecurity=False).digest())).hex(), 16) & (1 << 124) - 1
        )
    salt = hashlib.sha256(f"{action}|{seed}".encode()).hexdigest()
    value = int(salt[32:48], 16)
    for lane in range(4):
        value += (word >> 31 * lane) % 2**31 * (int(salt[8 * lane : 8 * lane + 8], 16) // 8)
    value %= 2147483647
    for shift, factor in ((15, 1540483477), (13, 1181783497), (16, 739982445)):
        value = (value ^ (value >> shift)) * factor % 2**31
    return value


def draw(rows: list[dict[str, Any]], queue: dict[str, Any], drawn: frozenset[str]) -> tuple[dict[str, int], list[str]]:
    """Draw in plain Python: eligible by stratum, and the row ids."""
    weights = dict(sorted(queue.get("weights", {"class": {"*": 1}})["class"].items()))
    rows = [row for row in rows if row["id"] is not None]
    seed, copies, newest = queue["seed"], Counter(str(row["id"]) for row in rows), {}
    for row in sorted(rows, key=lambda row: (row["time"], [-ord(row["class"])], [-ord(row["site"])])):
        newest[str(row["id"])] = row["class"]

    def name(kind: str) -> str | None:
        return kind if kind in weights else "*" if "*" in weights else None

    homes = {one: name(kind) for one, kind in newest.items() if one not in drawn}
    for counting in ("rows", "ids", "all"):
        each = [name(row["class"]) for row in rows if str(row["id"]) not in drawn]
        counts = Counter(each if counting == "rows" else homes.values())
        eligible = {stratum: counts[stratum] for stratum in weights}
        total, wanted = sum(eligible.values()), max(FEW, 4 * queue["size"])
        shares = share_out(queue["size"], weights, eligible)
        bounds = dict.fromkeys(weights, 2**31)
        narrowed = counting != "all" and total > MANY and wanted < total
        if narrowed:
            least = 2**31 * wanted // total
            own = {one: min(2**31, 2**31 * (4 * share + 8) // eligible[one]) for one, share in shares.items() if share}
            common = max([least, *(bound for bound in own.values() if bound <= 4 * least)])
            bounds = {stratum: max(common, own.get(stratum, 0)) for stratum in weights}
            seen = {
                str(row["id"]) for row in rows if key(str(row["id"]), seed) < bounds.get(name(row["class"]), common)
            }
            if counting == "rows" and any(copies[one] > 1 for one in seen - drawn):
                continue
        elif counting == "rows":
            eligible = {stratum: list(homes.values()).count(stratum) for stratum in weights}
            shares = share_out(queue["size"], weights, eligible)
        pools = {
            stratum: [one for one, home in homes.items() if home == stratum and key(one, seed) < bounds[stratum]]
            for stratum in weights
        }
        if all(len(pools[stratum]) >= shares[stratum] for stratum in weights):
            return eligible, [one for stratum in weights for one in order(pools[stratum], seed)[: shares[stratum]]]
    raise AssertionError


@pytest.mark.parametrize(("row", "word"), WORDS)
def test_the_word_of_a_row_id(row: str, word: int) -> None:
    assert compute_word(row) == word


@pytest.mark.parametrize("numbered", [False, True])
def test_the_database_and_python_compute_the_same_key(numbered: bool) -> None:
    made = random.Random(5)
    numbers = [str(made.randrange(-(2**63), 2**63)) for _ in range(200)]
    rows = numbers if numbered else [*numbers, *HOSTILE, *NEAR, *(row for row, _ in WORDS)]
    column = 'CAST(id AS BIGINT) AS "+number"' if numbered else "id"
    coefficients = list_coefficients(ACTION, 3)
    keyed = write_keyed(f"SELECT id AS told, {column} FROM given", "id", coefficients, numbered=numbered)
    connection = duckdb.connect()
    connection.execute("CREATE TABLE given AS SELECT unnest(?::VARCHAR[]) AS id", [rows])
    found = dict(connection.execute(f'SELECT told, "+key" FROM ({keyed})').fetchall())
    assert found == {row: key(row, 3) for row in rows}
    assert [compute_cheap_key(coefficients, row) for row in rows] == [key(row, 3) for row in rows]


@given(st.text(max_size=40) | st.integers(-(2**64), 2**64).map(str), st.integers(0, 9))
def test_the_key_of_any_text(row: str, seed: int) -> None:
    assert compute_cheap_key(list_coefficients("a", seed), row) == key(row, seed, "a")


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


@pytest.mark.parametrize(
    "rows",
    [
        [str(i) for i in range(200)],
        [f"img-{i:06d}" for i in range(200)],
        [f"run-{i % 9}/camera-{i}" for i in range(200)],
    ],
    ids=["numbers", "short", "long"],
)
def test_every_row_has_the_same_chance(rows: list[str]) -> None:
    """Chi-square over 2,000 seeds, three rows of about twenty that are let through out of 200."""
    taken: Counter[str] = Counter()
    let_through = []
    for seed in range(2000):
        coefficients = list_coefficients(ACTION, seed)
        passed = [row for row in rows if compute_cheap_key(coefficients, row) < 2**31 // 10]
        let_through.append(len(passed))
        taken.update(order(passed, seed)[:3])
    assert sum(taken.values()) == 6000
    # 199 degrees of freedom: beyond 300 once in a million. As many are let through as if each were by itself.
    assert sum((taken[row] - 30) ** 2 / 30 for row in rows) < 300
    mean = sum(let_through) / 2000
    assert abs(mean - 20) < 0.5
    assert 16 < sum((number - mean) ** 2 for number in let_through) / 2000 < 20


def test_up_to_a_hundred_thousand_rows_sha_256_alone_decides(tmp_path: Path) -> None:
    rows = [see(f"i{i}") for i in range(100_000)]
    queue = {"from": "seen", "size": 5}
    data = Data.write(tmp_path, seen=rows)
    assert ids(data.draw(queue)) == order(row["id"] for row in rows)[:5]
    more = Data.write(tmp_path / "more", seen=[*rows, see("one")]).draw(queue)
    bound = 2**31 * 10_000 // 100_001
    assert more.eligible == 100_001
    assert ids(more) == order(one for one in [*(row["id"] for row in rows), "one"] if key(one, 0) < bound)[:5]
