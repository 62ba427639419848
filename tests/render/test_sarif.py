"""SARIF of a plan: holds to its schema, and is what code scanning makes the right alerts of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from prism_rules.model.plan import FileDigest, Origin, Plan, RulesetRef
from prism_rules.render import RENDERERS
from prism_rules.render.narrowing import keep_changes

from .plans import make_big_plan, make_finding, make_glare_plan, make_hostile_plan, make_passing_plan, make_plan

SCHEMA = json.loads((Path(__file__).parents[1] / "diagnostics" / "data" / "sarif-2.1.0.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
ORIGINS = {"rules.class-agreement.fail.below": Origin(file="rules/größe 1.yaml", line=85, col=7)}


def read(plan: Plan, *, validate: bool = True) -> dict[str, Any]:
    log = json.loads(RENDERERS["sarif"](plan))
    if validate:
        VALIDATOR.validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    return run


def find(run: dict[str, Any], said: str) -> dict[str, Any]:
    (result,) = (result for result in run["results"] if said in result["message"]["text"])
    return result


def test_a_finding_is_a_result_where_its_bound_is_written() -> None:
    run = read(make_glare_plan().model_copy(update={"origins": ORIGINS}))
    result = find(run, "0.63")
    assert (result["ruleId"], result["level"], result["baselineState"]) == ("class-agreement", "error", "updated")
    first, *evidence = result["message"]["text"].splitlines()
    assert first == "surface-scratch: fail at 0.63 (0.55 to 0.70), must be at least 0.75."
    assert "Bound in: rules/größe 1.yaml:85" in evidence
    assert [place["physicalLocation"] for place in result["locations"]] == [
        {
            "artifactLocation": {"uri": "rules/gr%C3%B6%C3%9Fe%201.yaml", "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 85, "startColumn": 7, "endLine": 85, "endColumn": 8},
        }
    ]


def test_a_rule_has_what_code_scanning_shows_of_it() -> None:
    rules = {rule["id"]: rule for rule in read(make_glare_plan())["tool"]["driver"]["rules"]}
    rule = rules["class-agreement"]
    assert rule["shortDescription"]["text"] == "Reviewers agree on the class"
    assert rule["fullDescription"]["text"] == "krippendorff_alpha of annotations, by class; stable"
    assert rule["help"]["markdown"].startswith("**Reviewers agree on the class**\n\n")
    assert rule["defaultConfiguration"] == {"level": "error"}
    assert rule["properties"]["problem.severity"] == "error"


def test_what_is_waived_is_suppressed_and_fails_no_check() -> None:
    result = find(read(make_glare_plan()), "dent at plant-2")
    (suppression,) = result["suppressions"]
    assert (result["level"], suppression["kind"], suppression["status"]) == ("note", "external", "accepted")
    assert suppression["justification"] == (
        "waived until 2026-04-30, 60 days left, by @org/reliability: Guideline rewrite under way, DQ-112"
    )


def test_what_was_not_evaluated_is_a_notification_unless_it_was_found_before() -> None:
    run = read(make_glare_plan())
    (invocation,) = run["invocations"]
    notes = {note["associatedRule"]["id"]: note for note in invocation["toolExecutionNotifications"]}
    assert [*notes] == ["class-agreement", "slice-absent"]
    assert notes["class-agreement"]["message"]["text"] == (
        "not evaluated in 2 places: dent (12 of the 30 that the rule asks for); ok (9 of the 30 that the rule asks for)"
    )
    assert find(run, "dent: insufficient")["level"] == "note"
    assert [result for result in run["results"] if "no data" in result["message"]["text"]] == []


@pytest.mark.parametrize(
    ("status", "standing", "level"),
    [("warn", "stable", "warning"), ("unsure", "stable", "warning"), ("fail", "experimental", "note"),
     ("fail", "deprecated", "error")],
)  # fmt: skip
def test_the_level_is_what_it_means_for_the_run(status: str, standing: str, level: str) -> None:
    plan = make_plan(findings=[make_finding("f", "class-agreement", {"class": "ok"}, 0.6, status=status)])
    entry = plan.rules["class-agreement"].model_copy(update={"status": standing})
    (result,) = read(plan.model_copy(update={"rules": {"class-agreement": entry}}))["results"]
    assert result["level"] == level
    assert "baselineState" not in result, "there is no plan before"


def name(run: dict[str, Any]) -> list[str]:
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]


def test_each_place_has_an_alert_of_its_own_that_stays_where_lines_and_values_move() -> None:
    plan = make_glare_plan().model_copy(update={"origins": ORIGINS})
    names = name(read(plan))
    assert len({*names}) == len(names) == 10
    moved = {key: origin.model_copy(update={"line": 99}) for key, origin in ORIGINS.items()}
    findings = [finding.model_copy(update={"n": 7}) for finding in plan.findings]
    assert name(read(plan.model_copy(update={"origins": moved, "findings": tuple(findings)}))) == names


def test_a_bound_of_a_pack_is_told_at_the_head_of_the_ruleset() -> None:
    files = [FileDigest(path="rules.yaml", sha256="1"), FileDigest(path="prism-core@1.0.0/ruleset.yaml", sha256="2")]
    plan = make_glare_plan().model_copy(
        update={
            "ruleset": RulesetRef(name="n", version="1", digest="d", files=tuple(files)),
            "origins": {"rules.class-agreement.fail.below": Origin(file=files[1].path, line=9, col=3)},
        }
    )
    result = find(read(plan), "0.63")
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("rules.yaml", 1)
    assert "Bound in: prism-core@1.0.0/ruleset.yaml:9" in result["message"]["text"]


def test_a_plan_without_findings_is_a_run_without_results() -> None:
    run = read(make_passing_plan())
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])


def test_of_many_the_worst_are_shown_and_the_rest_is_counted() -> None:
    plan = make_big_plan(10)
    warned = [make_finding(f"w{n}", "slice-absent", {"class": str(n)}, 1.0, status="warn") for n in range(5_000)]
    run = read(plan.model_copy(update={"findings": (*warned, *plan.findings)}), validate=False)
    levels = [result["level"] for result in run["results"]]
    assert (len(levels), levels[:11]) == (5_000, ["error"] * 10 + ["warning"])
    notes = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert notes[0] == "10 more findings are in plan.json"


def list_texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from list_texts(inner)


def test_hostile_texts_stay_text_within_the_limits() -> None:
    plan = make_hostile_plan()
    for text in list_texts(read(plan)):
        assert all(char == "\n" or char.isprintable() or char == "\u200b" for char in text), text
        assert "](" not in text, "a link"
    for rule in read(plan)["tool"]["driver"]["rules"]:
        assert len(rule["name"]) <= 255
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert len(rule["properties"]["tags"]) <= 10


def test_a_plan_that_shows_only_changes_says_so() -> None:
    (invocation,) = read(keep_changes(make_glare_plan()))["invocations"]
    assert invocation["toolExecutionNotifications"][0]["message"]["text"].startswith("Only what changed since")
