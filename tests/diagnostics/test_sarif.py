"""SARIF that holds to its schema, and to what GitHub's code scanning asks beyond it."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from prism_rules.diagnostics import Diagnostic, Label
from prism_rules.diagnostics.pages import all_codes
from prism_rules.diagnostics.sarif import format_sarif

# The schema of OASIS, as the standard publishes it.
SCHEMA = json.loads((Path(__file__).parent / "data" / "sarif-2.1.0.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())

UNKNOWN = Diagnostic(
    "unknown-rule",
    "cause `a` names a rule, see [here](http://x)",
    (Label("rules/größe 1.yaml", 61, 18, 31, "no rule has this id"), Label("rules/b.yaml", 3, 1, 2, "declared here")),
    "did you mean `slice-absent`?",
    route=("causes", "a", "when", "all", 0),
)


def write(*found: Diagnostic) -> dict[str, Any]:
    log = json.loads(format_sarif(found, "1.2.3"))
    VALIDATOR.validate(log)
    (run,) = log["runs"]
    return run


def test_the_schema_refuses_what_is_no_sarif() -> None:
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate({"version": "2.1.0", "runs": [{"results": []}]})


def test_a_result_has_its_place_its_rule_and_what_it_disagrees_with() -> None:
    run = write(UNKNOWN)
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("unknown-rule", "error")
    assert result["message"]["text"] == "cause `a` names a rule, see [here] (http://x)\ndid you mean `slice-absent`?"
    assert [place["physicalLocation"] for place in result["locations"]] == [
        {
            "artifactLocation": {"uri": "rules/gr%C3%B6%C3%9Fe%201.yaml", "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 61, "startColumn": 18, "endLine": 61, "endColumn": 31},
        }
    ]
    (related,) = result["relatedLocations"]
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "rules/b.yaml"
    assert related["message"]["text"] == "declared here"
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"], run["columnKind"]) == (
        "prism-rules",
        "1.2.3",
        "unicodeCodePoints",
    )
    rule = driver["rules"][result["ruleIndex"]]
    assert rule["id"] == "unknown-rule"
    assert rule["help"]["markdown"].startswith("# unknown-rule: ")


def test_every_code_is_a_rule_with_its_page_within_what_github_shows() -> None:
    run = write(*(Diagnostic(code, "m", (Label("a.yaml", 1, 1, 2),)) for code in all_codes()))
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == all_codes()
    for rule in rules:
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert "## Mend" in rule["help"]["text"]
        assert rule["properties"]["problem.severity"] in ("error", "warning", "recommendation")


def test_what_has_no_line_stands_at_the_head_of_its_file() -> None:
    (result,) = write(Diagnostic("missing-file", "m", context="/tmp/a b.yaml"))["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "file:///tmp/a%20b.yaml"}
    assert place["region"]["startLine"] == 1


def name(*found: Diagnostic) -> list[str]:
    return [result["partialFingerprints"]["prismRules/v1"] for result in write(*found)["results"]]


def test_a_result_keeps_its_name_where_lines_shift() -> None:
    def at(
        line: int, route: tuple[str | int, ...], file: str = "a.yaml", code: str = "x", said: str = "m"
    ) -> Diagnostic:
        return Diagnostic(code, said, (Label(file, line, 1, 2),), route=route)

    one = name(at(3, ("rules", "a")))
    assert one == name(at(99, ("rules", "a"))) == name(at(3, ("rules", "a"), said="told in other words"))
    others = [at(3, ("rules", "b")), at(3, ("rules", "a"), "b.yaml"), at(3, ("rules", "a"), code="y")]
    assert len({*one, *(each for other in others for each in name(other))}) == 4
    assert len({*name(at(3, ("rules", "a")), at(4, ("rules", "a")))}) == 2
    assert name(at(3, (), said="m")) == name(at(4, (), said="m")) != name(at(3, (), said="n"))


def test_the_bytes_do_not_depend_on_the_order_of_finding() -> None:
    found = [UNKNOWN, Diagnostic("b", "m\ud800", (Label("a.yaml", 1, 1, 2),), severity="warning"), Diagnostic("c", "m")]
    assert len({format_sarif(order, "1.0.0") for order in permutations(found)}) == 1
    assert [result["ruleId"] for result in write(*found)["results"]] == ["c", "unknown-rule", "b"]
