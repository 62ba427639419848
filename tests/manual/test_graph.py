"""The map: which arrows there are, and labels that stay labels."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from prism_rules.manual.graph import count_arrows, draw_ruleset
from prism_rules.ruleset import Resolved
from tests.conftest import World

from .hostile import TEXTS, load_hostile

RULE = {"source": "predictions", "metric": "mean_confidence", "by": ["class"], "fail": {"below": 0.7}}
NODE = re.compile(r'    ([rca]\d+)\["((?:[\w ,\u00a0-\U0010ffff-]|#\d+;|<br/>|</?b>)*)"\]')
ARROW = re.compile(r"  ([rca]\d+) (\S+) ([rca]\d+)|  ([rca]\d+) (==>\|leads to\|) ([rca]\d+)")


@pytest.fixture
def drawn(world: World) -> Resolved:
    return world.load(
        classes={"dent": {}},
        rules=dict.fromkeys(("one", "two", "three", "four"), RULE),
        causes={
            "head": {"kind": "drift", "title": "The head", "by": ["class"], "leads_to": ["tail"],
                     "when": {"all": ["one", {"any": ["two", "three"]}], "none": ["four"]}},
            "tail": {"kind": "drift", "by": ["class"], "when": {"all": ["one"]}, "against": ["two"]},
        },
        actions={
            "first": {"kind": "review", "for": ["head", {"rule": "four", "status": "no_data"}], "by": ["class"],
                      "title": "x", "owner": "@me"},
            "then": {"kind": "relabel", "for": ["tail"], "by": ["class"], "title": "x", "owner": "@me",
                     "requires": ["one"], "after": ["first"]},
        },
    )  # fmt: skip


def test_every_relation_is_an_arrow(drawn: Resolved) -> None:
    text = draw_ruleset(drawn)
    names = {node: re.sub(r"</?b>", "", label).partition("<br/>")[0] for node, label in NODE.findall(text)}
    arrows = {tuple(filter(None, found)) for found in ARROW.findall(text)}
    assert {(names[a], arrow, names[b]) for a, arrow, b in arrows} == {
        ("one", "-->", "head"),
        ("two", "-->|any|", "head"),
        ("three", "-->|any|", "head"),
        ("four", "-.->|absent|", "head"),
        ("one", "-->", "tail"),
        ("two", "-.->|against|", "tail"),
        ("head", "==>|leads to|", "tail"),
        ("head", "-->", "first"),
        ("four", "-->|opens|", "first"),
        ("tail", "-->", "then"),
        ("one", "-.->|gate|", "then"),
        ("first", "-.->|then|", "then"),
    }
    assert count_arrows(drawn) == 12


def test_the_gates_are_drawn_thick(drawn: Resolved) -> None:
    lines = draw_ruleset(drawn).splitlines()
    arrows = [line for line in lines if ARROW.fullmatch(line)]
    assert lines[-1] == f"  linkStyle {arrows.index(next(a for a in arrows if 'gate' in a))} stroke-width:3px"


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_label_is_letters_digits_and_codes(text: str, tmp_path: Path) -> None:
    lines = draw_ruleset(load_hostile(tmp_path, text)).splitlines()
    groups = [f'  subgraph {name}["{name.capitalize()}"]' for name in ("rules", "causes", "actions")]
    assert {line for line in lines if not NODE.fullmatch(line) and not ARROW.fullmatch(line)} == {
        "flowchart LR", "  end", *groups,
    }  # fmt: skip
    assert [len(NODE.findall(line)) for line in lines if NODE.fullmatch(line)] == [1] * 4
