"""What the page, the report and the terminal say of one plan, they say in the same words."""

from __future__ import annotations

from html import unescape

import pytest

from prism_rules.cli.verdict import tell_plan
from prism_rules.model.plan import IntakeNote, Plan
from prism_rules.render import RENDERERS

from .html.reading import read_page
from .plans import make_finding, make_plan, make_waiver

FORMS = {
    "page": lambda plan: read_page(RENDERERS["html"](plan)).read(),
    "report": lambda plan: unescape(RENDERERS["markdown"](plan)),
    "terminal": lambda plan: tell_plan(plan, None, width=1_000),
}


def tell(form: str, plan: Plan) -> str:
    return FORMS[form](plan)


@pytest.mark.parametrize("form", FORMS)
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
