"""Effective bounds with their origins, worked out by hand for bounds.yaml: value, for whom, from where, over what."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from prism_rules.manual.decisions import list_rows, name_setting, write_value
from prism_rules.manual.document import describe_ruleset
from prism_rules.manual.page import write_manual
from prism_rules.manual.text import WIDTH, tell_ruleset
from prism_rules.model.ruleset import Ruleset
from prism_rules.ruleset import Resolved, load_ruleset
from prism_rules.ruleset.segments import list_segments
from prism_rules.source import read_source

PATH = Path(__file__).parent / "bounds.yaml"
LINES = PATH.read_text("utf-8").splitlines()


@pytest.fixture(scope="module")
def resolved() -> Resolved:
    return load_ruleset(replace(read_source(PATH), name="bounds.yaml"))


def find_line(text: str, after: str = "rules:") -> int:
    """The number of the first line with the text, after one that begins so."""
    start = next(n for n, line in enumerate(LINES) if line.strip().startswith(after))
    return next(n for n, line in enumerate(LINES, 1) if n > start and text in line)


RULE, OVERALL = "agreement:", "overall:"
PER_CLASS, EDGES, AT_2 = ("per_class", "per_class:"), ("overrides.edges", "0.68"), ("overrides.plant-2-edges", "0.65")
OWN = ("the rule", "below: 0.75")

# field, value, where, then who decides and whom that overrides: name of the place, text of its line
ROWS = [
    ("fail", "below 0.75", "dent elsewhere; ok", [OWN]),
    # Both have one exact dimension: the site, and the class of `per_class`. The former has a pattern besides.
    ("fail", "below 0.65", "edge-chip at plant-2", [AT_2, PER_CLASS, EDGES, OWN]),
    # An exact class is more specific than a pattern of classes.
    ("fail", "below 0.70", "edge-chip elsewhere", [PER_CLASS, EDGES, OWN]),
    ("fail", "below 0.68", "edge-crack elsewhere", [EDGES, OWN]),
    ("fail", "below 0.65", "edge-crack at plant-2", [AT_2, EDGES, OWN]),
    ("warn", "below 0.80", "all 4 classes", [("the rule", "warn:")]),
    ("enabled", "no", "dent at plant-2", [("overrides.dent-at-2", "enabled: false")]),
    ("min_n", "50", "dent elsewhere; edge-chip", [("overrides.affected", "min_n: 50"), ("the defaults", "min_n: 20")]),
    ("min_n", "20", "edge-crack and ok", [("the defaults", "min_n: 20")]),
    ("confidence", "0.95", "all 4 classes", [("the rule", "confidence:")]),
]


def test_each_value_stands_once_with_its_places_and_who_decided(resolved: Resolved) -> None:
    found = []
    for row in list_rows(resolved.model, "agreement", list_segments(resolved.model, "agreement")):
        said = [row.decision.winner, *row.decision.losers]
        places = [(name_setting(s.route), resolved.origin(s.route).line) for s in said if s.route]
        found.append((row.decision.field, write_value(row.decision.winner.value), row.where, places))
    assert sorted(found) == sorted(
        (field, value, where, [(name, find_line(text, "apiVersion")) for name, text in places])
        for field, value, where, places in ROWS
    )


@pytest.mark.parametrize(
    ("only", "fail"),
    [
        ("dent", {"dent elsewhere": "below 0.75"}),
        ("edge-chip", {"edge-chip elsewhere": "below 0.70", "edge-chip at plant-2": "below 0.65"}),
        ("edge-crack", {"edge-crack elsewhere": "below 0.68", "edge-crack at plant-2": "below 0.65"}),
        ("ok", {"ok": "below 0.75"}),
    ],
)
def test_one_class_alone(resolved: Resolved, only: str, fail: dict[str, str]) -> None:
    rows = list_rows(resolved.model, "agreement", list_segments(resolved.model, "agreement"), only=only)
    told = {r.where: write_value(r.decision.winner.value) for r in rows if r.decision.field == "fail"}
    assert told == fail


def test_a_rule_without_classes_is_told_for_a_star(resolved: Resolved) -> None:
    rows = list_rows(resolved.model, "overall", list_segments(resolved.model, "overall"))
    assert [(r.decision.field, write_value(r.decision.winner.value), r.where) for r in rows] == [
        ("fail", "below 0.60, outside 0.50 to 0.99", "*"),
        ("min_n", "20", "*"),
    ]


def test_the_text_names_winner_and_losers_with_their_lines(resolved: Resolved) -> None:
    text = " ".join(tell_ruleset(resolved, rules=["agreement"], whole=False).split())
    own, per_class, edges, at_2 = (
        find_line(part, "apiVersion") for part in ("below: 0.75", "per_class:", "0.68", "0.65")
    )
    assert (
        f"fail below 0.65 edge-chip at plant-2 overrides.plant-2-edges (line {at_2}), over per_class below 0.70 "
        f"(line {per_class}), over overrides.edges below 0.68 (line {edges}), over the rule's below 0.75 (line {own})"
    ) in text


def test_the_text_fits_its_width_and_is_as_it_was(resolved: Resolved, snapshot: Any) -> None:
    text = tell_ruleset(resolved, rules=[*resolved.model.rules])
    assert max(map(len, text.splitlines())) <= WIDTH
    assert text == snapshot


def test_the_document_says_the_same_with_origins(resolved: Resolved) -> None:
    document = json.loads(describe_ruleset(resolved, "0", rules=("agreement", "overall")).model_dump_json())
    scopes = document["rules"]["agreement"]["scopes"]
    told = {
        (name, *(f"{d}={p}" for d, patterns in scope["match"].items() for p in patterns)): scope
        for scope in scopes for name in scope["classes"]
    }  # fmt: skip
    assert set(told) == {
        ("dent",), ("dent", "site=plant-2"), ("edge-chip",), ("edge-chip", "site=plant-2"),
        ("edge-crack",), ("edge-crack", "site=plant-2"), ("ok",),
    }  # fmt: skip
    chip = told["edge-chip", "site=plant-2"]["fail"]
    at_2 = "rules.agreement.overrides.plant-2-edges.fail.below"
    assert chip["value"] == [{"kind": "below", "value": 0.65, "relative": False, "origin": at_2}]
    assert [each["origin"] for each in chip["over"]] == [
        "rules.agreement.fail.per_class.edge-chip",
        "rules.agreement.overrides.edges.fail.below",
        "rules.agreement.fail.below",
    ]
    assert told["dent", "site=plant-2"]["enabled"]["value"] is False
    assert told["ok",]["min_n"] == {"value": 20, "origin": "defaults.min_n", "over": []}
    assert told["ok",]["streak"] == {"value": 1, "origin": None, "over": []}
    origins = document["origins"]
    assert origins["rules.agreement.overrides.edges.fail.below"]["line"] == find_line("0.68", "apiVersion")
    assert origins["rules.overall.fail.outside"]["line"] == find_line("outside", "apiVersion")
    assert origins["sources.annotations"]["line"] == find_line("annotations:", "apiVersion")
    named = {f["origin"] for scope in scopes for f in scope.values() if isinstance(f, dict) and f.get("origin")}
    assert named <= set(origins)


def test_the_document_holds_the_ruleset_as_it_is_written(resolved: Resolved) -> None:
    document = json.loads(describe_ruleset(resolved, "0", rules=()).model_dump_json())
    assert (document["apiVersion"], document["kind"]) == ("prism-rules/v1", "Resolved")
    assert document["ruleset"]["digest"] == resolved.digest
    assert document["says"]["rules"]["overall"]["fail"] == {"outside": [0.5, 0.99], "below": 0.6}
    assert load_ruleset_of(document["says"], resolved).digest == resolved.digest


def load_ruleset_of(says: dict[str, Any], like: Resolved) -> Resolved:
    return replace(like, model=Ruleset.model_validate_json(json.dumps(says)))


BASE = """\
apiVersion: prism-rules/v1
kind: Ruleset
metadata: {name: parent, version: "1.0.0"}
sources:
  predictions: {role: predictions, fields: {id: id, time: time, class: class, confidence: confidence}, window: 7d}
rules:
  unsure: {source: predictions, metric: mean_confidence, by: [class], fail: {below: 0.7}}
  agree: {source: annotations, metric: percent_agreement, by: [class], fail: {below: 0.7}}
"""
CHILD = """\
apiVersion: prism-rules/v1
kind: Ruleset
metadata: {name: child, version: "1.0.0"}
extends: [./parent.yaml]
rules:
  unsure:
    overrides: {dents: {match: {class: "d*"}, fail: {below: 0.5}}}
"""


def test_origins_lead_into_the_files_that_are_extended(tmp_path: Path) -> None:
    (tmp_path / "parent.yaml").write_text(BASE, "utf-8")
    (tmp_path / "child.yaml").write_text(CHILD, "utf-8")
    resolved = load_ruleset(replace(read_source(tmp_path / "child.yaml"), name="child.yaml"))
    text = tell_ruleset(resolved, rules=[*resolved.model.rules])
    parent = next(file.path for file in resolved.files if "parent" in file.path)
    shown = " ".join(text.split())
    assert "fail below 0.50 d* overrides.dents (line 7), over the rule's below 0.70" in shown
    assert f"{parent}:7)".replace(" ", "") in text.replace("\n", "").replace(" ", "")
    assert "rule agree" in text and "OFF" in text
    document = describe_ruleset(resolved, "0", rules=("unsure",))
    assert [(off.kind, off.id, off.at.line) for off in document.off] == [("rule", "agree", 8)]
    assert document.origins["rules.unsure.fail.below"].file == parent
    assert "- the rule `agree`: " in write_manual(resolved)
