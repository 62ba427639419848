"""Code Quality of a plan: every field that GitLab reads, fingerprints that stay, and nothing resolved by silence."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from prism_rules.model.plan import Origin, Plan
from prism_rules.render import RENDERERS
from prism_rules.render.narrowing import keep_changes

from .plans import make_big_plan, make_finding, make_glare_plan, make_hostile_plan, make_passing_plan, make_plan


def read(plan: Plan) -> list[dict[str, Any]]:
    """Read a report, with the form of every entry checked."""
    entries: list[dict[str, Any]] = json.loads(RENDERERS["gitlab"](plan))
    for entry in entries:
        assert {*entry} == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert re.fullmatch("[0-9a-f]{64}", entry["fingerprint"])
        assert entry["description"] and entry["check_name"] and entry["location"]["path"]
        assert not entry["location"]["path"].startswith(("/", "./"))
        assert entry["location"]["lines"]["begin"] >= 1
    assert len({entry["fingerprint"] for entry in entries}) == len(entries), "GitLab keeps one of each"
    return entries


def test_an_entry_has_value_and_bound_at_the_line_of_the_bound() -> None:
    origins = {"rules.class-agreement.fail.below": Origin(file="rules/surface.yaml", line=85, col=7)}
    (entry,) = (
        entry for entry in read(make_glare_plan().model_copy(update={"origins": origins}))
        if "0.63" in entry["description"]
    )  # fmt: skip
    assert entry["description"] == (
        "Reviewers agree on the class, surface-scratch: fail at 0.63 (0.55 to 0.70), must be at least 0.75"
    )
    assert (entry["check_name"], entry["severity"]) == ("class-agreement", "critical")
    assert entry["location"] == {"path": "rules/surface.yaml", "lines": {"begin": 85}}


def test_what_is_waived_or_was_not_evaluated_stays_in_so_that_it_does_not_seem_resolved() -> None:
    plan = make_glare_plan()
    before = {entry["fingerprint"] for entry in read(plan)}
    told = {entry["description"]: entry["severity"] for entry in read(plan)}
    assert list(told.values()) == ["critical"] * 8 + ["info"] * 4
    waived = next(said for said in told if ", dent at plant-2: " in said)
    assert waived.endswith("; waived until 2026-04-30, 60 days left, by @org/reliability: Guideline rewrite under way, "
                           "DQ-112")  # fmt: skip
    silent = [f.model_copy(update={"status": "no_data", "value": None, "reason": "no_rows"}) for f in plan.findings]
    assert {entry["fingerprint"] for entry in read(plan.model_copy(update={"findings": tuple(silent)}))} == before


@pytest.mark.parametrize(
    ("status", "standing", "severity"),
    [("fail", "stable", "critical"), ("warn", "stable", "minor"), ("unsure", "stable", "minor"),
     ("fail", "experimental", "info")],
)  # fmt: skip
def test_the_severity_is_what_it_means_for_the_run(status: str, standing: str, severity: str) -> None:
    plan = make_plan(findings=[make_finding("f", "class-agreement", {"class": "ok"}, 0.6, status=status)])
    entry = plan.rules["class-agreement"].model_copy(update={"status": standing})
    assert read(plan.model_copy(update={"rules": {"class-agreement": entry}}))[0]["severity"] == severity


def test_where_nothing_is_found_the_report_is_an_empty_array() -> None:
    assert RENDERERS["gitlab"](make_passing_plan()) == "[]\n"


def test_many_and_hostile_findings_keep_the_form() -> None:
    assert len(read(make_big_plan(300))) == 600
    for entry in read(make_hostile_plan()):
        assert all(char.isprintable() for char in entry["description"] + entry["check_name"])
        assert len(entry["description"]) < 2_000


def test_a_plan_that_shows_only_changes_says_so() -> None:
    first = read(keep_changes(make_glare_plan()))[0]
    assert (first["check_name"], first["severity"]) == ("only-changes", "info")
    assert first["description"].startswith("Only what changed since the plan of 2026-02-22 is shown")
