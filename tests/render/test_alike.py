"""What the page, the report and the terminal say of one plan, they say in the same words."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from prism_rules.cli.verdict import tell_plan
from prism_rules.model.plan import Diagnosis, GovernanceEntry, IntakeNote, Plan, QaRate, QueueEntry, Waiting
from prism_rules.render import RENDERERS

from .html.reading import read_page
from .plans import make_finding, make_glare_plan, make_plan, make_waiver

FORMS: dict[str, Callable[[Plan], str]] = {
    "page": lambda plan: read_page(RENDERERS["html"](plan)).read(),
    "report": lambda plan: unescape(RENDERERS["markdown"](plan)),
    "issues": RENDERERS["issues"],
    "terminal": lambda plan: tell_plan(plan, None, width=1_000),
}


def make_cause(**more: Any) -> Diagnosis:
    facts: dict[str, Any] = {
        "cause": "drifted", "title": "Drift", "kind": "drift", "gap": None, "scope": {"class": "dent"},
        "verdict": "diagnosed", "score": 1.0, "rank": 1, "head": True,
        "evidence": (), **more,
    }  # fmt: skip
    return Diagnosis(id="d", **facts)


def tell(form: str, plan: Plan) -> str:
    return FORMS[form](plan)


@pytest.mark.parametrize("form", ["page", "report", "issues"])
def test_a_selection_of_rules_says_what_is_left_out_and_how_to_have_it(form: str) -> None:
    told = tell(form, make_plan(selected=("low-confidence",)))
    assert "No action is opened for a selection of rules, and causes that rest on other rules too are not" in told
    assert ": for those, plan with all rules" in told


@pytest.mark.parametrize("form", ["page", "report", "terminal"])
def test_a_note_on_the_data_names_what_it_is_about(form: str) -> None:
    text = "2 rows have a class that is not declared"
    note = IntakeNote(source="seen", code="unknown_class", n=2, text=text, names=("burr", "nick"))
    assert f"{text}: burr, nick" in tell(form, make_plan(intake=[note]))


@pytest.mark.parametrize("form", ["page", "report"])
def test_a_waived_series_says_since_when(form: str) -> None:
    plan = make_plan()
    rule = plan.rules["low-confidence"].model_copy(update={"test": "cusum"})
    series = make_finding(
        "f", "low-confidence", {"class": "dent"}, 6.0, status="waived", hides="fail", changed_at="2026-02-25T00:00:00Z"
    )
    waiver = make_waiver("known", "low-confidence", {"class": "*"}, findings=["f"])
    plan = make_plan(rules={**plan.rules, "low-confidence": rule}, findings=[series], waivers=[waiver])
    assert "fail at cusum 6.00 since 2026-02-25" in tell(form, plan)


@pytest.mark.parametrize("form", ["page", "report"])
def test_what_speaks_against_a_cause_is_named_by_its_rule_s_title(form: str) -> None:
    found = [make_finding(one, rule, {"class": "dent"}, 0.5) for one, rule in (("f", "low-confidence"), ("g", "gone"))]
    cause = make_cause(at=({}, {"lighting": "glare"}), against=("f", "g"), unknown=("h",))
    told = tell(form, make_plan(findings=found, diagnoses=[cause]))
    assert "against it: Mean confidence holds per class and site, gone; not known: h" in told
    assert "dent, overall and where lighting = glare" in " ".join(told.replace(" ,", ",").split())


@pytest.mark.parametrize("form", ["page", "report"])
def test_a_queue_of_sampling_that_was_capped_says_so(form: str) -> None:
    queue = QueueEntry(
        path=None, source="labels", rows=50, size=60, eligible=200, seed=0, digest=None, effort_minutes=None
    )
    rate = QaRate.model_validate({"class": "dent", "rate": 0.3, "because": None, "queue": queue})
    told = tell(form, make_plan(qa_sampling=[rate]))
    assert "50 of 200" in told and "(capped at 50 where the rate asks for 60)" in told and "not known" in told


@pytest.mark.parametrize("form", ["page", "report"])
def test_a_queue_that_was_cut_says_of_how_many_rows(form: str) -> None:
    plan = make_glare_plan()
    cut = next(action for action in plan.actions if action.queue and action.queue.rows)
    assert cut.queue
    waits = (Waiting(action=cut.id, rows=60, minutes=62),)
    work = GovernanceEntry(budget_minutes=120, planned_minutes=120, per_owner={}, waits=waits)
    told = tell(form, plan.model_copy(update={"governance": work}))
    assert f": 60 of {60 + cut.queue.rows} rows, 1 h 2 min" in told.replace(" :", ":")
