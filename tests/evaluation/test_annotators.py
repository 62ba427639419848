"""Annotators through the whole program: each value as plain Python counts it, under names that tell nobody."""

from __future__ import annotations

import hashlib
import hmac
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from prism_rules.diagnostics import Refused
from prism_rules.evaluation import people
from prism_rules.evaluation.people import write_letters
from prism_rules.program import Anchor
from prism_rules.ruleset.people import PSEUDONYM

AS_OF = "2026-03-01"
FIELDS = {name: name for name in ("unit", "annotator", "class", "time", "gold")}
SOURCES = {"annotations": {"fields": FIELDS, "dimensions": ["site"], "window": "7d"}}
RULE = {"source": "annotations", "min_n": 0, "fail": {"above": 0.999}}
CLASSES = {"dent": {"family": "metal"}, "scratch": {"family": "metal"}, "ok": {}}
NAMES = ("Ursel Abt", "Jorun Dahl", "Pavle Nenad", "O'Shea; --")

Labels = Sequence[dict[str, Any]]


def hide(names: Iterable[str]) -> dict[str, str]:
    """The pseudonyms of a ruleset called `tests`."""
    coded = sorted(names, key=lambda name: hashlib.sha256(f"tests|{name}".encode()).hexdigest())
    return dict(zip(coded, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", strict=False))


HIDDEN = hide(NAMES)


def find_values(world: Any, labels: Labels, rules: dict[str, Any], **more: Any) -> dict[str, dict[Any, Any]]:
    """Rule -> values of the scope's dimensions, in their order by name -> (value, n, reason)."""
    sections = {key: more.pop(key) for key in ("classes", "sources") if key in more}
    resolved = world.load(rules=rules, **{"sources": SOURCES, "classes": CLASSES, **sections})
    data = world.write_all(resolved, {"annotations": labels})
    found = world.evaluate(resolved, data, AS_OF, **more).findings
    values: dict[str, dict[Any, Any]] = {rule: {} for rule in rules}
    for f in found:
        values[f.rule][tuple(f.scope[d] for d in sorted(f.scope))] = (f.value, f.n, f.reason)
    return values


@pytest.fixture(scope="module")
def drawn() -> Labels:
    """Labels of four annotators, some of them twice, missing, undeclared, or from before the window."""
    draw = random.Random(11)
    labels = []
    for u in range(160):
        true = draw.choice(["dent", "scratch", "ok"])
        for name in draw.sample(NAMES, draw.randrange(1, 5)):
            for _ in range(draw.choice([1, 1, 1, 2, 3])):
                minutes = draw.randrange(1, 14 * 24 * 60)
                labels.append({
                    "unit": f"u{u}", "annotator": name, "site": "pq"[u % 2],
                    "class": true if draw.random() < 0.7 else draw.choice(["dent", "scratch", "ok", "burr", None]),
                    "gold": draw.choice([true, true, None, "burr"]) if u % 3 else None,
                    "time": f"{datetime(2026, 3, 1, tzinfo=UTC) - timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%S}",
                })  # fmt: skip
    return labels


def place(label: str | None) -> str:
    return "(none)" if label is None else label if label in CLASSES else "(unknown)"


def settle(labels: Labels) -> list[dict[str, Any]]:
    """The latest of an annotator on a unit, the first by class among equals, each with the plurality of the others."""
    kept: dict[Any, dict[str, Any]] = {}
    for label in sorted(labels, key=lambda label: (label["time"], [-ord(c) for c in place(label["class"])])):
        kept[label["unit"], label["annotator"]] = label
    settled = []
    for (unit, name), label in kept.items():
        rest = Counter(place(o["class"]) for (u, a), o in kept.items() if u == unit and a != name).most_common(2)
        tied = not rest or (len(rest) == 2 and rest[0][1] == rest[1][1])
        right = label["gold"] and (label["gold"] == label["class"])
        settled.append({**label, "others": None if tied else rest[0][0], "right": right})
    return settled


def divide(part: int, n: int, reason: str) -> tuple[Any, ...]:
    return (round(part / n, 6), n, None) if n else (None, 0, reason)


def test_single_labels_are_measured_as_plain_python_counts_them(world: Any, drawn: Labels) -> None:
    by = {"by": ["annotator", "class"], "unknown": True}
    found = find_values(
        world, drawn,
        {
            "confirmed": {**RULE, **by, "metric": "annotator_agreement"},
            "confirmed-at": {**RULE, "by": ["site"], "metric": "annotator_agreement"},
            "not-by-all": {**RULE, "metric": "annotator_agreement", "where": "annotator <> 'Jorun Dahl'"},
            "right": {**RULE, **by, "metric": "gold_agreement"},
            "balanced": {**RULE, "by": ["annotator"], "metric": "balanced_gold_agreement"},
            "biased": {**RULE, **by, "metric": "annotator_bias"},
            "by-family": {**RULE, "by": ["family"], "unknown": True, "metric": "annotator_bias"},
            "counted": {**RULE, "by": ["annotator"], "metric": "volume"},
        },
    )  # fmt: skip
    window = [label for label in settle(drawn) if label["time"] >= "2026-02-22"]
    assert len(window) < len(settle(drawn)) < len(drawn)
    compared = [label for label in window if label["others"]]
    expected: dict[Any, Any] = {}
    for name, kind in {(label["annotator"], place(label["class"])) for label in window}:
        mine = [label for label in compared if label["annotator"] == name and place(label["class"]) == kind]
        part = sum(label["others"] == kind for label in mine)
        expected[HIDDEN[name], kind] = divide(part, len(mine), "no_plurality")
    assert found["confirmed"] == expected
    for site in "pq":
        mine = [label for label in compared if label["site"] == site]
        part = sum(label["others"] == place(label["class"]) for label in mine)
        assert found["confirmed-at"][(site,)] == divide(part, len(mine), "no_plurality")
    mine = [label for label in compared if label["annotator"] != "Jorun Dahl"]
    part = sum(label["others"] == place(label["class"]) for label in mine)
    assert found["not-by-all"] == {(): divide(part, len(mine), "no_plurality")}

    golden = [label for label in window if label["gold"]]
    assert {label["right"] for label in golden if label["class"] == "burr"} == {True, False}
    for (letter, kind), value in found["right"].items():
        mine = [g for g in golden if HIDDEN[g["annotator"]] == letter and place(g["class"]) == kind]
        assert value == divide(sum(g["right"] for g in mine), len(mine), "no_gold")
    for name, letter in HIDDEN.items():
        mine = [g for g in golden if g["annotator"] == name]
        by_gold = [[g["right"] for g in mine if place(g["gold"]) == kind] for kind in {place(g["gold"]) for g in mine}]
        mean = sum(Fraction(sum(rights), len(rights)) for rights in by_gold) / len(by_gold)
        assert found["balanced"][(letter,)] == (round(float(mean), 6), len(mine), None)
        assert found["counted"][(letter,)][1] == sum(
            label["annotator"] == name and label["time"] >= "2026-02-22" for label in drawn
        )

    for (letter, kind), value in found["biased"].items():
        mine = [label for label in compared if HIDDEN[label["annotator"]] == letter]
        more = sum(place(label["class"]) == kind for label in mine) - sum(label["others"] == kind for label in mine)
        assert value == (round(more / len(mine), 6) + 0.0, len(mine), None)
    metal = [sum(kind in ("dent", "scratch") for kind in kinds) for kinds in (
        [label["class"] for label in compared], [label["others"] for label in compared]
    )]  # fmt: skip
    more = round((metal[0] - metal[1]) / len(compared), 6)
    assert found["by-family"] == {("metal",): (more, len(compared), None), ("(none)",): (-more, len(compared), None)}


def test_repeats_are_measured_as_plain_python_counts_them(world: Any, drawn: Labels) -> None:
    measured = {**RULE, "metric": "self_consistency", "unknown": True}
    found = find_values(
        world, drawn,
        {
            "own": {**measured, "by": ["annotator", "site"]},
            "of-class": {**measured, "by": ["class"]},
            "at-p": {**measured, "where": "site = 'p' AND annotator <> 'Jorun Dahl'"},
        },
    )  # fmt: skip
    groups: dict[tuple[str, str], Labels] = {}
    for label in drawn:
        key = label["annotator"], label["unit"]
        groups[key] = [*groups.get(key, ()), label]
    new = {key: group for key, group in groups.items() if max(label["time"] for label in group) >= "2026-02-22"}

    def rate(chosen: Iterable[Labels], kind: str | None = None) -> tuple[Any, ...]:
        n = pairs = equal = 0
        for group in chosen:
            said = [place(label["class"]) for label in group]
            ordered = [(a, b) for i, a in enumerate(said) for j, b in enumerate(said) if i != j and kind in (None, a)]
            n += bool(ordered)
            pairs += len(ordered)
            equal += sum(a == b for a, b in ordered)
        return (round(equal / pairs, 6), n, None) if n else (None, 0, "no_repeats")

    for name, letter in HIDDEN.items():
        for site in "pq":
            mine = [group for (who, _), group in new.items() if who == name and group[0]["site"] == site]
            assert found["own"][letter, site] == rate(mine)
    assert {kind for (kind,) in found["of-class"]} == {"dent", "scratch", "ok", "(none)", "(unknown)"}
    for (kind,), value in found["of-class"].items():
        assert value == rate(new.values(), kind)
    some = [group for (who, _), group in new.items() if who != "Jorun Dahl" and group[0]["site"] == "p"]
    assert found["at-p"] == {(): rate(some)}


def test_without_times_all_labels_count(world: Any) -> None:
    untimed = {"annotations": {"fields": {k: k for k in FIELDS if k != "time"}, "window": "all"}}
    labels = [{"unit": f"u{i}", "annotator": a, "class": "dent"} for i in range(20) for a in (*"xyz", "x")]
    rules = {
        metric.replace("_", "-"): {**RULE, "metric": metric}
        for metric in ("annotator_agreement", "self_consistency", "dawid_skene_accuracy")
    }
    found = find_values(world, labels, rules, sources=untimed)
    assert found == {
        "annotator-agreement": {(): (1.0, 60, None)}, "self-consistency": {(): (1.0, 20, None)},
        "dawid-skene-accuracy": {(): (1.0, 60, None)},
    }  # fmt: skip


def label(unit: object, who: str, kind: str, time: str, **more: Any) -> dict[str, Any]:
    return {"unit": f"{unit}", "annotator": who, "class": kind, "time": time, "site": "p", **more}


def test_an_annotator_falls_behind_their_own_baseline(world: Any) -> None:
    """Both are right in 9 of 10 labels; then x in 5 of 10."""
    weeks = [("2026-02-10", 9, 9), ("2026-02-25", 5, 9)]
    labels = [
        label(f"{day}-{i}", who, "dent" if i < right else "ok", day, gold="dent")
        for day, *rights in weeks for who, right in zip("xy", rights, strict=True) for i in range(10)
    ]  # fmt: skip
    rule = {
        **RULE, "metric": "gold_agreement", "by": ["annotator"], "baseline": {"window": "14d"},
        "min_n": 10, "fail": {"drop": 0.3},
    }  # fmt: skip
    resolved = world.load(rules={"right": rule, "mixed": {**rule, "by": ["annotator", "site"]}}, sources=SOURCES)
    data = world.write_all(resolved, {"annotations": labels})
    names = hide("xy")
    found = {(f.rule, f.scope["annotator"]): f for f in world.evaluate(resolved, data, AS_OF).findings}
    fallen = found["right", names["x"]]
    assert (fallen.status, fallen.value, fallen.n) == ("fail", 0.5, 10)
    assert fallen.baseline is not None
    assert (fallen.baseline.value, fallen.baseline.scope) == (0.9, {"annotator": names["x"]})
    assert found["right", names["y"]].status == "pass"
    assert found["mixed", names["x"]].scope == {"annotator": names["x"], "site": "p"}


def test_slow_drift_of_an_annotator_is_a_series(world: Any) -> None:
    """Of ten labels a day x gets 9 or 8 right in turns, and 5 from the fourth day of the span on; y always 9 or 8."""
    start = datetime(2026, 1, 30, tzinfo=UTC)
    days = [f"{start + timedelta(days=d):%Y-%m-%d}" for d in range(30)]
    labels = [
        label(f"{day}-{i}", who, "dent" if i < right else "ok", f"{day}T12:00:00", gold="dent")
        for d, day in enumerate(days) for who in "xy"
        for right in [5 if who == "x" and d >= 23 else 9 - d % 2] for i in range(10)
    ]  # fmt: skip
    series = {"every": "1d", "over": "10d", "reference": "20d", "test": "cusum"}
    rule = {**RULE, "metric": "gold_agreement", "by": ["annotator"], "series": series, "fail": {"above": 5}}
    resolved = world.load(rules={"drift": rule}, sources=SOURCES)
    data = world.write_all(resolved, {"annotations": labels})
    found = {f.scope["annotator"]: f for f in world.evaluate(resolved, data, AS_OF).findings}
    names = hide("xy")
    drifted = found[names["x"]]
    sigma = (20 * 0.05**2 / 19) ** 0.5
    down = 0.0
    for share in [0.9, 0.8, 0.9, *[0.5] * 7]:
        down = max(0.0, down - (share - 0.85) / sigma - 0.5)
    assert (drifted.status, drifted.n, drifted.changed_at) == ("fail", 100, "2026-02-22T00:00:00Z")
    assert drifted.value == pytest.approx(down, abs=1e-6)
    assert found[names["y"]].status == "pass"


def test_labels_without_an_annotator_have_a_scope_only_where_it_is_asked_for(world: Any) -> None:
    labels = [label(i, who, "dent", "2026-02-25", gold="dent") for i in range(3) for who in ("x", None)]  # type: ignore[arg-type]
    measured = {**RULE, "metric": "gold_agreement", "by": ["annotator"]}
    found = find_values(world, labels, {"known": measured, "all": {**measured, "unknown": True}})
    assert found == {"known": {("A",): (1.0, 3, None)}, "all": {("A",): (1.0, 3, None), ("(none)",): (1.0, 3, None)}}


@pytest.mark.parametrize(
    ("metric", "by"), [("volume", "annotator"), ("gold_agreement", "annotator"), ("volume", "guideline")]
)
def test_intake_tells_of_labels_without_an_annotator(metric: str, by: str, world: Any) -> None:
    """Of rows as they are a scan tells, of labels that are shaped first the survey does."""
    sources = {"annotations": {**SOURCES["annotations"], "fields": {**FIELDS, "guideline": "guideline"}}}
    labels = [
        {**label(i, "x", "dent", "2026-02-25", gold="dent", guideline="g"), by: by if i > 8 else None}
        for i in range(12)
    ]  # fmt: skip
    labels += [{**label(99, "x", "dent", "2026-01-05", gold="dent", guideline="g"), by: None}]
    resolved = world.load(rules={"asks": {**RULE, "metric": metric, "by": [by, "site"]}}, sources=sources)
    data = world.write_all(resolved, {"annotations": labels})
    notes = world.evaluate(resolved, data, AS_OF).notes
    assert [(note.code, note.n, note.names) for note in notes if note.code != "duplicates"] == [
        ("no_dimension", 9, (by,))
    ]
    assert f"9 rows have no {by} and count as (none)" in {note.text for note in notes}


def test_a_letter_stays_while_nobody_joins_and_is_due_a_finding_when_it_is_expected(world: Any) -> None:
    """Everybody met before as_of has a letter, also who has not labelled in the window."""
    labels = [label(1, NAMES[0], "dent", "2026-02-25", gold="dent")]
    labels += [label(i, name, "dent", "2026-01-05", gold="dent") for i, name in enumerate(NAMES[1:], 2)]
    labels += [label(9, "who comes later", "dent", "2026-03-02", gold="dent")]
    rules = {"right": {**RULE, "metric": "gold_agreement", "by": ["annotator"]}}
    mine = HIDDEN[NAMES[0]]
    assert find_values(world, labels, rules) == {"right": {(mine,): (1.0, 1, None)}}
    gone = HIDDEN[NAMES[1]]
    found = find_values(world, labels, rules, expected={"right": [{"annotator": gone}]})
    assert found == {"right": {(mine,): (1.0, 1, None), (gone,): (None, 0, "no_rows")}}


def test_one_person_has_one_letter_in_all_sources(world: Any) -> None:
    second = {**SOURCES["annotations"], "role": "annotations", "window": "all"}
    resolved = world.load(
        rules={
            "here": {**RULE, "metric": "gold_agreement", "by": ["annotator"]},
            "there": {**RULE, "metric": "gold_agreement", "source": "trial", "by": ["annotator"]},
        },
        sources={**SOURCES, "trial": second},
    )
    here = [label(1, name, "dent", "2026-02-25", gold="dent") for name in NAMES[:2]]
    there = [label(1, name, "dent", "2026-02-25", gold="ok") for name in NAMES[1:]]
    data = world.write_all(resolved, {"annotations": here, "trial": there})
    found = [(f.rule, f.scope["annotator"]) for f in world.evaluate(resolved, data, AS_OF).findings]
    expected = [("here", HIDDEN[name]) for name in NAMES[:2]] + [("there", HIDDEN[name]) for name in NAMES[1:]]
    assert sorted(found) == sorted(expected)


def test_after_an_anchor_earlier_labels_are_as_if_they_were_not_there(world: Any) -> None:
    labels = [label(1, who, "dent", "2026-02-23") for who in "xy"]
    labels += [
        label(2, "x", "dent", "2026-02-26"),
        label(2, "y", "ok", "2026-02-26"),
        label(1, "z", "dent", "2026-02-26"),
    ]
    rules = {"confirmed": {**RULE, "metric": "annotator_agreement"}, "again": {**RULE, "metric": "self_consistency"}}
    resolved = world.load(rules=rules, sources=SOURCES)
    data = world.write_all(resolved, {"annotations": labels})
    moment = datetime(2026, 2, 24, tzinfo=UTC)
    evaluation = world.evaluate(resolved, data, AS_OF, anchors=[Anchor(rule, moment) for rule in rules])
    assert [(f.rule, f.value, f.n) for f in evaluation.findings] == [("confirmed", 0.6, 5), ("again", None, 0)]
    second = {rule: found[()] for (rule, _), found in evaluation.acceptance.items()}
    assert (second["confirmed"].value, second["confirmed"].n) == (0.0, 2)
    assert (second["again"].value, second["again"].reason) == (None, "no_repeats")


def test_letters_go_on_as_columns_of_a_sheet_do() -> None:
    assert [write_letters(place) for place in (0, 25, 26, 51, 52, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AZ",
        "BA",
        "ZZ",
        "AAA",
    ]


def test_under_a_key_people_keep_their_pseudonyms_whoever_joins() -> None:
    keyed = people.People("keyed", b"kept where secrets are kept")
    codes = [hashlib.sha256(name.encode()).hexdigest() for name in NAMES]
    digits = hmac.new(keyed.key, codes[0].encode(), hashlib.sha256).hexdigest()
    assert keyed.name(codes)[codes[0]] == keyed.name(codes[:1])[codes[0]]
    assert keyed.name(codes)[codes[0]] == f"person-{digits[:4]}-{digits[4:8]}-{digits[8:12]}"
    assert keyed.name([codes[0], "(none)"]).keys() == {codes[0]}
    assert all(PSEUDONYM.fullmatch(name) for name in keyed.name(codes).values())
    assert "secrets" not in repr(keyed)


def test_pseudonyms_that_begin_alike_are_written_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    keyed = people.People("keyed", b"kept where secrets are kept")
    codes = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(2_000)]
    monkeypatch.setattr(people, "DIGITS", 4)
    named = keyed.name(codes)
    assert len({*named.values()}) == len(codes)
    begun = Counter(name[:11] for name in named.values())
    assert {len(name) == 11 for name in named.values()} == {True, False}
    assert all((len(name) == 11) == (begun[name[:11]] == 1) for name in named.values())
    assert all(PSEUDONYM.fullmatch(name) for name in named.values() if len(name) > 11)


def test_more_annotators_than_scopes_are_refused(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "MOST_GROUPS", 3)
    labels = [label(i, name, "dent", "2026-02-25") for i, name in enumerate(NAMES)]
    with pytest.raises(Refused) as refused:
        find_values(world, labels, {"n": {**RULE, "metric": "volume", "by": ["annotator"]}})
    [problem] = refused.value.diagnostics
    assert (problem.code, refused.value.exit_code) == ("too-many-scopes", 6)
    assert not any(name in str(problem) for name in NAMES)


def test_units_are_estimated_where_all_their_labels_are(world: Any) -> None:
    labels = [
        label(f"{site}{i}", who, "dent", "2026-02-25", site=site) for i in range(20) for who in "xyz" for site in "pq"
    ]
    labels += [label("both", who, "ok", "2026-02-25", site=site) for who, site in zip("xyz", "ppq", strict=True)]
    rule = {**RULE, "metric": "dawid_skene_accuracy", "fail": {"below": 0.5}}
    resolved = world.load(rules={"all": rule, "at": {**rule, "by": ["site"]}}, sources=SOURCES)
    data = world.write_all(resolved, {"annotations": labels[::-1]})
    evaluation = world.evaluate(resolved, data, AS_OF)
    assert [(f.scope, f.n) for f in evaluation.findings] == [({}, 123), ({"site": "p"}, 60), ({"site": "q"}, 60)]
    [note] = [note for note in evaluation.notes if note.code == "mixed_dimensions"]
    assert (note.source, note.n, note.names) == ("annotations", 1, ("site",))
