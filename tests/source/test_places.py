"""What is accepted, as which data, and that a route leads to the line and column a person would point at."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from prism_rules import source
from prism_rules.diagnostics import Label, Problem, Route, Spot
from prism_rules.source import Place

SAMPLE = (Path(__file__).parent / "sample.yaml").read_bytes()
STEPS: Route = ("actions", "recalibrate", "steps")
WHERE: Route = ("rules", "low-confidence", "where")
TITLE: Route = ("rules", "low-confidence", "title")


def locate(spot: Spot, data: bytes = SAMPLE) -> Label:
    (diagnostic,) = source.locate([Problem("x", "m", (spot,))], source.parse(data, "sample.yaml"))
    return diagnostic.labels[0]


def test_the_data_is_plain() -> None:
    data = source.parse(SAMPLE, "sample.yaml").data
    assert data["metadata"] == {
        "name": "surface-inspection",
        "version": "1.3.0",
        "owners": ["@org/reliability"],
        "description": "Surface inspection at plants 1 and 2.",
    }
    assert data["classes"] == {
        "0": {"risk": "low"},
        "größe": {"risk": "high", "family": None},
        "表面": {"risk": "medium"},
    }
    assert data["rules"]["low-confidence"] == {
        "title": "Mean confidence holds per class",
        "where": "lighting = 'glare' AND site = \"plant-2\"",
        "by": ["class", "site"],
        "overridden": False,
        "fail": {"drop": 0.1, "below": -0.0015},
    }
    assert data["actions"]["recalibrate"] == {
        "title": "Reviewers' batch",
        "steps": "1. Take the batch.\n   Indented.\n\n2. Agree on größe.\n",
        "for": ["low-confidence", {"rule": "low-confidence", "status": ["fail", "unsure"]}],
    }
    assert data["waivers"]["dent"]["until"] == "2026-04-30"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("-7", -7), ("123456789012345678", 123456789012345678), ("1.10", 1.1), ("1e3", 1000.0), ("-0.0", 0.0),
        ("1.2.3", "1.2.3"), ("7d", "7d"), ("10%", "10%"), ("plant-2", "plant-2"), ("2026-04-30", "2026-04-30"),
        ("a:b", "a:b"), ("1,000", "1,000"), ("nothing", "nothing"), ("'no'", "no"), ('"0777"', "0777"), ('""', ""),
        ("[]", []), ("{}", {}), ("null", None), ("true", True), ('"a\tb"', "a\tb"), (r'"\u200B\x07"', "\u200b\x07"),
        ("|", ""), ("x # y", "x"), ('{"a":[1]}', {"a": [1]}), ("[a, b,]", ["a", "b"]),
    ],
)  # fmt: skip
def test_a_value_is_read_as_one_thing(text: str, value: object) -> None:
    data = source.parse(f"a: {text}".encode(), "a.yaml").data
    assert (data, type(data["a"])) == ({"a": value}, type(value))


@pytest.mark.parametrize(
    ("spot", "place"),
    [
        (Spot(("apiVersion",)), (2, 13, 27)),
        (Spot(("apiVersion",), at="key"), (2, 1, 11)),
        (Spot(("metadata", "version")), (6, 12, 19)),
        (Spot(("metadata", "owners")), (7, 11, 31)),
        (Spot(("metadata", "owners", 0)), (7, 12, 30)),
        (Spot(("metadata", "description")), (8, 16, 18)),
        (Spot(("sources", "predictions", "fields")), (14, 13, 70)),
        (Spot(("sources", "predictions", "fields", "confidence")), (15, 26, 36)),
        (Spot(("classes", "größe", "risk"), at="key"), (19, 11, 15)),
        (Spot(("classes", "größe", "family")), (19, 31, 35)),
        (Spot(("classes", "表面", "risk")), (20, 14, 20)),
        (Spot(("rules", "low-confidence", "fail", "below")), (28, 31, 38)),
        (Spot(("actions", "recalibrate", "for", 1, "status", 1)), (39, 47, 53)),
        # A block collection's first line belongs to its first child, so its key stands for it.
        (Spot(("rules", "low-confidence")), (22, 3, 17)),
        (Spot(("actions", "recalibrate", "for")), (37, 5, 8)),
        (Spot(()), (2, 1, 27)),
        # Missing places fall back to the nearest parent.
        (Spot(("rules", "low-confidence", "source")), (22, 3, 17)),
        (Spot(("rules", "low-confidence", "fail", "above", "deeper"), at="key"), (28, 5, 9)),
        (Spot(("sources", "predictions", "dimensions", 2)), (16, 5, 15)),
        (Spot(("nowhere",)), (2, 1, 27)),
        # Within a text: quoted, quoted behind escapes, folded plain, literal block, folded block.
        (Spot(WHERE, within=(0, 8)), (25, 13, 21)),
        (Spot(WHERE, within=(31, 7)), (25, 45, 52)),
        (Spot(WHERE, within=(39, 0)), (25, 54, 55)),
        (Spot(TITLE, within=(0, 4)), (23, 12, 16)),
        (Spot(TITLE, within=(26, 5)), (24, 11, 16)),
        (Spot(("actions", "recalibrate", "title"), within=(9, 7)), (31, 22, 30)),
        (Spot(STEPS, within=(3, 4)), (33, 10, 14)),
        (Spot(STEPS, within=(22, 8)), (34, 10, 18)),
        (Spot(STEPS, within=(33, 2)), (36, 7, 9)),
        (Spot(STEPS, within=(45, 5)), (36, 19, 24)),
        (Spot(STEPS, within=(15, 99)), (33, 22, 25)),
        (Spot(STEPS, within=(999, 1)), (32, 12, 13)),
        (Spot(("metadata", "description"), within=(3, 4)), (9, 8, 12)),
        (Spot(("metadata", "description"), within=(22, 6)), (10, 8, 14)),
        (Spot(("metadata", "description"), within=(99, 1)), (8, 16, 18)),
        (Spot(("rules", "low-confidence", "overridden"), within=(0, 2)), (27, 17, 22)),
    ],
    ids=lambda value: None if isinstance(value, tuple) else "/".join(map(str, value.route)) + f"@{value.within}",
)
def test_a_route_leads_to_its_place(spot: Spot, place: tuple[int, int, int]) -> None:
    label = locate(spot)
    assert (label.line, label.col, label.end) == place
    assert label.source_line == SAMPLE.decode().splitlines()[label.line - 1]


@pytest.mark.parametrize(
    "data",
    [
        SAMPLE.replace(b"\n", b"\r\n"),
        SAMPLE.replace(b"\n", b"\r"),
        b"\xef\xbb\xbf" + SAMPLE,
        SAMPLE.rstrip(b"\n"),
        b"---" + SAMPLE[1:].replace(b" A small ruleset that uses every way of writing a value.", b"") + b"...\n",
    ],
    ids=["CRLF", "lone CR", "byte order mark", "no final newline", "marked document"],
)
def test_line_ends_and_marks_do_not_move_places(data: bytes) -> None:
    plain, other = source.parse(SAMPLE, "sample.yaml"), source.parse(data, "sample.yaml")
    assert other.data == plain.data
    for route in (("classes", "表面", "risk"), STEPS, ("waivers", "dent", "because")):
        assert locate(Spot(route), data) == locate(Spot(route))
    assert locate(Spot(STEPS, within=(45, 5)), data) == locate(Spot(STEPS, within=(45, 5)))


def test_the_digest_is_over_bytes_with_crlf_read_as_lf() -> None:
    expected = "sha256:" + hashlib.sha256(b"a: 1\nb: 2\n").hexdigest()
    assert source.parse(b"a: 1\nb: 2\n", "a.yaml").digest == expected
    assert source.parse(b"a: 1\r\nb: 2\r\n", "a.yaml").digest == expected
    assert source.parse(b"a: 1\rb: 2\r", "a.yaml").digest != expected


def test_the_route_of_every_node_leads_to_its_place_in_the_order_of_the_file() -> None:
    places = source.parse(b"a: {b: [1, 2]}\nc: x\n", "a.yaml").places
    assert list(places) == [(), ("a",), ("a", "b"), ("a", "b", 0), ("a", "b", 1), ("c",)]
    assert len(places) == 6
    assert places["a", "b", 1] == Place(None, (11, 12), "")
    assert places["a", "b"] == Place((4, 5), (7, 13), "flow")
    assert ("a", "b", 2) not in places
    assert ("c", "d") not in places


def test_no_place_is_made_until_somebody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Place] = []
    monkeypatch.setattr("prism_rules.source.places.Place", lambda *parts: made.append(Place(*parts)) or made[-1])
    document = source.parse(SAMPLE, "sample.yaml")
    assert made == []
    source.locate([Problem("x", "m", (Spot(STEPS),))], document)
    assert made
    assert {place.value for place in made} == {document.places[STEPS].value}


def test_diagnostics_are_sorted_by_place() -> None:
    document = source.parse(SAMPLE, "sample.yaml")
    problems = [
        Problem("third", "m", (Spot(STEPS), Spot(("kind",))), "h", "warning"),
        Problem("second", "m", (Spot(("kind",)),)),
        Problem("first", "m", ()),
    ]
    found = source.locate(problems, document)
    assert [d.code for d in found] == ["first", "second", "third"]
    assert (found[0].labels, found[0].context) == ((), "sample.yaml")
    assert [x.line for x in found[2].labels] == [32, 3]
    assert (found[2].help, found[2].severity, found[2].context) == ("h", "warning", None)
