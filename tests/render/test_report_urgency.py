"""What is urgent stays in a report where there is no room for everything, and says that it is new or worse."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

import pytest

from prism_rules.escaping import escape_markdown, show_plain
from prism_rules.model.plan import (
    BaselineValue,
    Bound,
    Cleared,
    Diagnosis,
    Finding,
    Plan,
    PreviousRef,
    ResolvedBound,
)
from prism_rules.render.markdown import LEAST, render_markdown
from prism_rules.render.markdown.actions import name_action
from prism_rules.render.markdown.causes import draw_chain, group_causes, write_cause
from prism_rules.render.markdown.findings import list_cleared, write_evidence
from prism_rules.render.ranking import pick_findings, rank_findings
from prism_rules.render.results import say_held
from prism_rules.render.work import say_causeless

from .plans import make_finding, make_glare_plan, make_plan

BELOW = Bound(level="fail", kind="below", value=0.75, origin="rules.class-agreement.fail.below")
BEFORE = PreviousRef(digest="sha256:" + "0" * 64, as_of="2026-02-22T00:00:00Z")


def fail(id_: str, value: float = 0.6, **more: Any) -> Finding:
    return make_finding(id_, "class-agreement", {"class": id_}, value, **{"bound": BELOW, "change": "same", **more})


def diagnose(id_: str, evidence: str, risk: str | None, **more: Any) -> Diagnosis:
    facts: dict[str, Any] = {
        "cause": "split", "title": "Split", "kind": "ambiguous_labels", "gap": None, "scope": {"class": evidence},
        "verdict": "diagnosed", "score": 1.0, "rank": 1, "head": False, "risk": risk, **more,
    }  # fmt: skip
    return Diagnosis(id=id_, evidence=(evidence,), **facts)


def make(*findings: Finding, **more: Any) -> Plan:
    return make_plan(findings=findings, previous=BEFORE, **more)


def read_status(finding: Finding, plan: Plan) -> str:
    return write_evidence(finding, plan).split(" | ")[0].removeprefix("| ")


def test_a_row_says_what_changed_and_a_first_plan_says_nothing_of_it() -> None:
    first, later = make_plan(), make()
    assert read_status(fail("a", change="new"), later) == "**fail**, new"
    assert read_status(fail("a", change="worse"), later) == "**fail**, worse"
    assert read_status(fail("a", change="better", status="warn"), later) == "warn, better"
    assert read_status(fail("a"), later) == read_status(fail("a", change="new"), first) == "**fail**"


def test_findings_are_ranked_by_outcome_then_change_then_risk_then_distance() -> None:
    findings = [
        fail("far", 0.1), fail("high"), fail("low"), fail("near", 0.7), fail("worse", change="worse"),
        fail("doubt", status="unsure", unsure_of="warn"), fail("warn", status="warn", change="new"),
    ]  # fmt: skip
    diagnoses = [diagnose("d1", "low", "low"), diagnose("d2", "high", "high"), diagnose("d3", "low", "medium")]
    plan = make(*findings, diagnoses=diagnoses)
    ranked = ["worse", "high", "low", "far", "near", "warn", "doubt"]
    assert [finding.id for _, finding in rank_findings(plan)] == ranked
    picked = pick_findings(plan.findings, plan, 3)
    assert [finding.id for finding in picked] == ["high", "low", "worse"]


def test_rows_that_are_kept_are_the_urgent_ones_and_stand_in_the_order_of_the_plan() -> None:
    findings = [fail(f"c{number:02}") for number in range(60)]
    findings[7], findings[41] = fail("c07", 0.3), fail("c41", change="worse")
    plan = make(*findings, unexplained=[finding.id for finding in findings], status="fail")
    report = render_markdown(plan, most=3_000)
    kept = re.findall(r"^\| \*\*fail\*\*[^|]*\| [^|]*\| (c\d\d) \|", report, re.MULTILINE)
    assert 2 < len(kept) < 60 and {"c07", "c41"} < {*kept} and kept == sorted(kept)
    assert f"*Left to `plan.json`: {60 - len(kept)} of 60 failed findings without a cause.*" in report


def test_of_causes_the_one_of_high_risk_is_kept() -> None:
    text = "What is seen there. " * 40
    diagnoses = [
        diagnose("d1", "a", "medium", title="Old sheets", text=text),
        diagnose("d2", "b", "high", title="Glare", cause="glare", rank=2, text=text),
    ]  # fmt: skip
    plan = make(fail("a"), fail("b"), diagnoses=diagnoses, status="fail")
    report = render_markdown(plan, most=LEAST)
    assert "**Glare**" in report and "**Old sheets**" not in report
    whole = render_markdown(plan)
    assert 0 < whole.index("**Old sheets**") < whole.index("**Glare**")


def test_failed_findings_outlast_how_review_time_is_spent() -> None:
    from .test_governance import make_work

    plan = make(fail("a"), unexplained=["a"], governance=make_work(), status="fail")
    for most in range(LEAST, 6_000, 100):
        report = render_markdown(plan, most=most)
        assert ("## Review work" in report) <= ("| **fail** |" in report)


def test_what_is_left_out_is_told_apart() -> None:
    plan = make_glare_plan()
    tried = plan.rules["low-confidence"].model_copy(update={"status": "experimental"})
    report = render_markdown(
        plan.model_copy(update={"rules": {**plan.rules, "low-confidence": tried}, "actions": ()}), most=LEAST
    )
    names = re.findall(r"[:,] ([^,:*]+) \(\d+\)", report.splitlines()[-1])
    assert "findings that no action answers" in names and "experimental findings" in names
    assert len(names) == len({*names})


def test_of_many_explanations_those_of_high_risk_are_told_and_the_others_counted() -> None:
    diagnoses = [
        diagnose(f"d{number}", f"c{number}", "high" if number == 8 else "low", rank=number, text=f"Reason {number}.")
        for number in range(9)
    ]  # fmt: skip
    (said,) = [write_cause(group, make_plan(diagnoses=diagnoses)) for group in group_causes(make(diagnoses=diagnoses))]
    assert [number for number in range(9) if f"Reason {number}." in said] == [0, 1, 8]
    assert said.endswith("\n\n  *Left to `plan.json`: 6 of 9 explanations.*")


def test_explanations_that_differ_in_an_escaped_place_alone_are_one() -> None:
    diagnoses = [
        diagnose(f"d{one}", one, "low", text=f"Reviewers split on {escape_markdown(one)}.") for one in ("a|b", "dent")
    ]
    said = write_cause(diagnoses, make_plan(diagnoses=diagnoses))
    assert said.count("Reviewers split on") == 1 and "Left to" not in said


def test_the_picture_names_the_place_of_high_risk_and_counts_those_without_room() -> None:
    site = "L" + "ong-" * 40
    places = [{"class": "dent", "site": site}, {"class": "scratch", "site": "plant-2"}]
    places += [{"class": "chip", "site": site}, {"class": "ok", "site": "plant-1"}]
    found = [
        diagnose(f"d{number}", "f", "high" if number == 1 else "low", scope=place, rank=number, cause="drift",
                 leads_to=("e",), head=True)
        for number, place in enumerate(places)
    ]  # fmt: skip
    plan = make_plan(diagnoses=[*found, diagnose("e", "g", "low", rank=9, head=True)])
    drift, split = re.findall(r'^  c_\w+\["(.*?)"\](:::head)?$', draw_chain(plan), re.MULTILINE)
    assert drift[0].split("<br/>")[-1].startswith("scratch at plant-2") and "and 2 more" in drift[0]
    # What leads nowhere is no head of a chain, in the picture as in the text.
    assert (drift[1], split[1]) == (":::head", "")


def test_a_long_name_has_one_digest_wherever_it_stands() -> None:
    site = "L" + "ong-" * 60
    place = {"class": "dent", "site": site}
    found = [
        diagnose("d", "f", "low", scope=place, cause="drift", leads_to=("e",), head=True),
        diagnose("e", "f", "low"),
    ]
    plan = make(make_finding("f", "class-agreement", place, 0.6, bound=BELOW), diagnoses=found, status="fail")
    codes = set(
        re.findall(r"… \(([0-9a-f]{8})\)|…#160;\(([0-9a-f]{8})\)|… #40;([0-9a-f]{8})#41;", render_markdown(plan))
    )
    assert {"".join(code) for code in codes} == {sha256(site.encode()).hexdigest()[:8]}


def test_what_holds_against_a_baseline_says_the_baseline() -> None:
    drop = ResolvedBound(level="fail", kind="drop", value=0.05, origin="o")
    rules = make_plan().rules
    rules = {**rules, "low-confidence": rules["low-confidence"].model_copy(update={"bounds": (drop,)})}
    baseline = BaselineValue(value=0.90383, n=240, scope={}, source="predictions", window=(None, "2026-03-01"))
    cleared = Cleared(id="c", rule="low-confidence", scope={}, was=0.855, value=0.86, since="d", baseline=baseline)
    assert say_held(cleared, make_plan(rules=rules)) == "0.860 against 0.904"
    assert say_held(cleared, make_plan()) == "0.860"
    (row,) = list_cleared(make_plan(rules=rules, cleared=[cleared]))
    assert "| 0.855 | 0.860 against 0.904 |" in row


@pytest.mark.parametrize(
    ("verdict", "more", "said"),
    [
        ("waived", {}, "its cause is waived"),
        ("undetermined", {}, "its cause cannot be told now"),
        ("diagnosed", {}, "its cause is waived, or cannot be told now"),
        ("waived", {"findings": [fail("a", status="insufficient")]}, "its cause is waived, or cannot be told now"),
        ("waived", {"findings": [fail("b", status="insufficient")]}, "its cause is waived"),
        ("waived", {"only_changes": True}, "its cause is waived, or cannot be told now"),
    ],
)
def test_which_of_two_reasons_hides_a_cause_is_said_where_one_alone_is_left(
    verdict: str, more: dict[str, Any], said: str
) -> None:
    action = make_glare_plan().actions[0].model_copy(update={"scope": {"class": "a"}, "covers": ()})
    plan = make_plan(diagnoses=[diagnose("d", "a", None, verdict=verdict)], actions=[action], **more)
    assert say_causeless(action, plan) == said


def test_a_place_that_the_title_has_cut_is_not_said_again() -> None:
    site = "L" + "ong-" * 60
    action = (
        make_glare_plan().actions[0].model_copy(update={"scope": {"site": site}, "title": f"At {show_plain(site)}"})
    )
    assert name_action(action) == action.title
