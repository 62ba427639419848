"""Annotations of a plan: at the line of the bound, the most urgent ones first, no more than GitHub shows."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from prism_rules.model.plan import Bound, Cleared, Finding, Origin, Plan, PreviousRef, ResolvedBound
from prism_rules.render import RENDERERS
from prism_rules.render.github import render_github

from .plans import (
    make_big_plan,
    make_finding,
    make_glare_plan,
    make_hostile_plan,
    make_passing_plan,
    make_plan,
    make_rules,
)
from .runner import Command, read_commands

BELOW = Bound(level="fail", kind="below", value=0.75, origin="rules.class-agreement.fail.below")
PLACE = Origin(file="rulesets/surface.yaml", line=47, col=14)


def read(plan: Plan) -> list[Command]:
    return read_commands(render_github(plan))


def make(*findings: Finding, **more: Any) -> Plan:
    """A plan of findings, whose bounds are written at a line."""
    return make_plan(
        findings=findings, origins={BELOW.origin: PLACE},
        previous=PreviousRef(digest="sha256:" + "0" * 64, as_of="2026-02-22T00:00:00Z"), **more,
    )  # fmt: skip


def fail(number: int, value: float = 0.6, rule: str = "class-agreement", **more: Any) -> Finding:
    return make_finding(f"f{number}", rule, {"class": f"c{number}"}, value, bound=BELOW, **more)


def test_a_finding_is_told_at_its_bound_with_value_bound_support_and_what_to_do() -> None:
    plan = make_glare_plan().model_copy(update={"origins": {BELOW.origin: PLACE}})
    (told,) = [one for one in read(plan) if one.properties["title"] == "class-agreement: surface-scratch"]
    assert told.name == "error"
    assert told.properties == {
        "file": "rulesets/surface.yaml", "line": "47", "col": "14", "title": "class-agreement: surface-scratch",
    }  # fmt: skip
    assert told.message.splitlines() == [
        "fail at 0.63 (0.55 to 0.70), must be at least 0.75; 118 units; worse since the plan of 2026-02-22; "
        "not passing since 2026-03-01",
        "Next: Fourteen edge cases for the guideline of surface-scratch (proposed; no owner; due 2026-03-04)",
    ]


@pytest.mark.parametrize(
    ("more", "level", "said"),
    [
        ({"status": "fail"}, "error", "fail at 0.60, "),
        ({"status": "warn"}, "warning", "warn at 0.60, "),
        ({"status": "unsure", "unsure_of": "fail", "reason": "few"}, "warning", "unsure, may fail at 0.60, "),
        (
            {"status": "insufficient", "reason": "9 of the 30 that the rule asks for"},
            "notice",
            "insufficient: 9 of the 30 ",
        ),
        ({"status": "no_data", "reason": "no_rows"}, "notice", "no data: no rows in the window; new since"),
    ],
)
def test_the_level_follows_the_status(more: dict[str, Any], level: str, said: str) -> None:
    (told,) = read(make(fail(1, **more)))
    assert told.name == level
    assert told.message.startswith(said)


def test_what_a_waiver_hides_says_nothing_and_what_is_tried_out_is_no_error() -> None:
    assert read(make(fail(1, status="waived", hides="fail", waiver="w"))) == []
    rules = make_rules()
    rules["class-agreement"] = rules["class-agreement"].model_copy(update={"status": "experimental"})
    (told,) = read(make(fail(1), rules=rules))
    assert told.name == "warning"
    assert told.message.startswith("fail, experimental at 0.60, ")


def test_what_holds_again_is_a_notice_at_its_rule() -> None:
    rules = make_rules()
    bound = ResolvedBound(level="fail", kind="below", value=0.75, origin=BELOW.origin)
    rules["class-agreement"] = rules["class-agreement"].model_copy(update={"bounds": (bound,)})
    cleared = Cleared(id="x", rule="class-agreement", scope={"class": "dent"}, was=0.63, value=0.81, since="2026-02-22")
    (told,) = read(make(cleared=(cleared,), rules=rules))
    assert (told.name, told.properties["file"], told.properties["line"]) == ("notice", PLACE.file, "47")
    assert told.message == "holds again at 0.81; was 0.63, and not passing since 2026-02-22"


def test_nothing_wrong_is_no_annotation() -> None:
    assert render_github(make_passing_plan()) == ""


def test_what_is_new_comes_first_then_what_is_worst_and_each_rule_before_any_comes_again() -> None:
    findings = [
        fail(1, 0.10, change="same"), fail(2, 0.70), fail(3, 0.60),
        fail(4, 0.10, "low-confidence", change="same"), fail(5, 0.74, "slice-absent"), fail(6, 0.5, change="worse"),
    ]  # fmt: skip
    told = [one.properties["title"] for one in read(make(*findings))]
    assert told == [
        "class-agreement: c6", "slice-absent: c5", "low-confidence: c4",
        "class-agreement: c3", "class-agreement: c2", "class-agreement: c1",
    ]  # fmt: skip


@pytest.mark.parametrize("count", [10, 11])
def test_of_more_than_ten_the_tenth_says_how_many_and_the_log_has_them(count: int) -> None:
    shown = render_github(make(*(fail(number) for number in range(count))))
    told = read_commands(shown)
    assert len(told) == 10
    log = shown.splitlines()[10:]
    if count == 10:
        assert log == []
    else:
        assert told[9] == Command("error", {"title": "prism-rules"}, "2 more errors: see the log")
        assert len(log) == 2
        assert all(line.startswith("at rulesets/surface.yaml:47:14: error[class-agreement: c") for line in log)


def test_a_big_plan_has_ten_of_a_level_at_most() -> None:
    counts = Counter(one.name for one in read(make_big_plan()))
    assert counts.keys() <= {"error", "warning", "notice"}
    assert max(counts.values()) == 10


def test_what_has_no_known_place_is_told_at_the_head_of_the_ruleset() -> None:
    (told,) = read(make_plan(findings=(fail(1),)))
    assert (told.properties["file"], told.properties["line"]) == ("prism.yaml", "1")


def test_no_text_of_a_plan_is_a_command() -> None:
    plain, hostile = render_github(make_glare_plan()), render_github(make_hostile_plan())
    assert Counter(one.name for one in read_commands(hostile)) == Counter(one.name for one in read_commands(plain))
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in hostile.splitlines())
    assert "\x1b" not in hostile


def test_it_is_a_format_of_its_own() -> None:
    assert RENDERERS["github"](make_glare_plan()) == render_github(make_glare_plan())
