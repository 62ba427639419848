"""JUnit's XML of a plan, as a parser of XML reads it: what fails, what speaks, what is skipped, what is an error."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as Tree

import pytest

from prism_rules.model.plan import Bound, Passing, Plan
from prism_rules.render import RENDERERS, junit
from prism_rules.render.narrowing import keep_changes

from .plans import make_big_plan, make_finding, make_glare_plan, make_hostile_plan, make_passing_plan, make_plan


def read(plan: Plan) -> dict[str, Tree.Element]:
    """Read the suites of a plan by name, with all counts checked."""
    text = RENDERERS["junit"](plan)
    assert text.endswith("</testsuites>\n")
    root = Tree.fromstring(text)
    suites = {suite.attrib["name"]: suite for suite in root}
    assert (root.tag, len(suites)) == ("testsuites", len(root))
    for suite in suites.values():
        told = {"tests": "testcase", "failures": "testcase/failure", "errors": "testcase/error"}
        counts = {name: len(suite.findall(path)) for name, path in (told | {"skipped": "testcase/skipped"}).items()}
        assert {name: int(suite.attrib[name]) for name in counts} == counts
        names = [case.attrib["name"] for case in suite]
        assert len({*names}) == len(names), "of cases with one name GitLab keeps the first alone"
    return suites


def tell(suite: Tree.Element, name: str) -> tuple[str | None, str | None, str]:
    """Tell of a case what is in it: kind, message, text."""
    (case,) = (case for case in suite if case.attrib["name"] == name)
    assert case.attrib["classname"] == suite.attrib["name"]
    inside = next(iter(case), None)
    return (None, None, "") if inside is None else (inside.tag, inside.get("message"), inside.text or "")


def test_a_failure_has_value_and_bound_as_its_message_and_the_evidence_as_its_text() -> None:
    kind, message, text = tell(read(make_glare_plan())["class-agreement"], "surface-scratch")
    assert (kind, message) == ("failure", "fail at 0.63 (0.55 to 0.70), must be at least 0.75")
    assert text.splitlines() == [
        "fail at 0.63 (0.55 to 0.70), must be at least 0.75",
        "Support: 118 units, 2026-02-22 to 2026-03-01",
        "Change: worse since the plan of 2026-02-22; not passing since 2026-03-01",
        "Speaks for: Reviewers split where glare hides the edge (surface-scratch)",
        "Why: prism-rules explain agreement --plan DIR",
    ]
    absent = tell(read(make_glare_plan())["slice-absent"], "surface-scratch at plant-2")[2]
    assert "Stands out: absent from training: lighting = glare (402 rows), reflection (317 rows)\n" in absent


def test_what_is_waived_is_skipped_and_says_until_when_by_whom_and_why() -> None:
    kind, message, text = tell(read(make_glare_plan())["low-confidence"], "dent at plant-2")
    assert kind == "skipped"
    assert message == (
        "waived until 2026-04-30, 60 days left, by @org/reliability: Guideline rewrite under way, DQ-112 "
        "(waived (fail) at 0.78, fell 0.12 below 0.90 (at most 0.10 allowed))"
    )
    assert text.startswith(message)


def test_what_was_not_evaluated_is_an_error_with_the_reason() -> None:
    suites = read(make_glare_plan())
    few = tell(suites["class-agreement"], "dent")
    assert few[:2] == ("error", "insufficient: 12 of the 30 that the rule asks for")
    assert tell(suites["slice-absent"], "dent at plant-1")[:2] == ("error", "no data: no rows in the window")


def speak(**more: Any) -> tuple[str | None, str | None, str]:
    bound = Bound(level="warn", kind="below", value=0.8, origin="o")
    found = make_finding("f", "class-agreement", {"class": "ok"}, 0.6, bound=bound, **more)
    plan = make_plan(status="warn", findings=[found])
    return tell(read(plan)["class-agreement"], "ok")


def test_what_fails_no_run_passes_and_speaks() -> None:
    kind, message, text = speak(status="warn")
    assert (kind, message, text.partition("\n")[0]) == ("system-out", None, "warn at 0.60, should be at least 0.80")
    assert speak(status="unsure", unsure_of="fail")[2].startswith("unsure, may fail at 0.60")
    plan = make_glare_plan()
    tried = plan.rules["class-agreement"].model_copy(update={"status": "experimental"})
    plan = plan.model_copy(update={"rules": {**plan.rules, "class-agreement": tried}})
    kind, _, text = tell(read(plan)["class-agreement"], "surface-scratch")
    assert (kind, text.partition(" at ")[0]) == ("system-out", "fail, experimental")


def test_a_pass_is_a_case_with_nothing_in_it() -> None:
    assert tell(read(make_passing_plan())["class-agreement"], "ok") == (None, None, "")
    assert Tree.fromstring(RENDERERS["junit"](make_plan())).tag == "testsuites"


def test_places_that_read_alike_are_told_apart_by_their_ids() -> None:
    scopes = [{"camera": "a, b", "site": "c"}, {"camera": "a", "site": "b, c"}]
    passes = [Passing(id=f"p{n}", rule="class-agreement", scope=scope, value=1, n=1) for n, scope in enumerate(scopes)]
    suite = read(make_plan(passes=passes))["class-agreement"]
    assert [case.attrib["name"] for case in suite] == ["a, b, c (p0)", "a, b, c (p1)"]


def test_hostile_texts_stay_text() -> None:
    plan = make_hostile_plan()
    suites = read(plan)
    assert sum(map(len, suites.values())) == len(plan.findings)
    text = RENDERERS["junit"](plan)
    assert "<script" not in text and "\x1b" not in text and "\u202e" not in text
    text = RENDERERS["junit"](make_plan(passes=[Passing(id="\ud800", rule="\ufffe", scope={"a": "\0"}, value=1, n=1)]))
    assert Tree.fromstring(text)[0].attrib["name"] == "\\ufffe"


def test_a_plan_that_shows_only_changes_says_so() -> None:
    suite = read(keep_changes(make_glare_plan()))["only changes"]
    assert "Only what changed since the plan of 2026-02-22 is shown" in tell(suite, "only changes")[2]


def test_a_large_plan_stays_within_what_is_read_of_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = make_big_plan(200)
    assert len(RENDERERS["junit"](plan)) * 100 < 30_000_000, "40,000 findings"
    monkeypatch.setattr(junit, "ROOM", 2_000)
    texts = [case[0].text or "" for case in read(plan)["class-agreement"]]
    assert len(texts) == 200
    assert texts[0].splitlines()[0] == texts[-1] == "fail at 0.50, must be at least 0.75"
    assert sum(map(len, texts)) < 2_000 + 200 * 40
