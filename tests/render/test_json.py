"""plan.json: read back whole, the same bytes for the same plan, and refused with everything that is wrong."""

from __future__ import annotations

import json

import pytest

from prism_rules.diagnostics import Refused
from prism_rules.model.plan import Counts, Plan
from prism_rules.render import RENDERERS
from prism_rules.render.json import read_plan, write_plan_json

from .plans import make_glare_plan, make_hostile_plan, make_passing_plan, make_plan


@pytest.mark.parametrize("make", [make_passing_plan, make_glare_plan, make_hostile_plan])
def test_a_plan_is_read_back_as_it_was_written(make: object) -> None:
    plan: Plan = make()  # type: ignore[operator]
    text = write_plan_json(plan)
    assert read_plan(text) == plan
    assert write_plan_json(read_plan(text)) == text


def test_the_form_is_ascii_with_two_spaces_the_models_order_and_one_final_newline() -> None:
    text = RENDERERS["json"](make_plan(command="prism-rules plan Größe"))
    assert text.isascii()
    assert text.startswith('{\n  "apiVersion": "prism-rules/v1",\n  "kind": "Plan",\n  "tool": {\n')
    assert text.endswith("}\n") and not text.endswith("\n\n")
    assert json.loads(text)["inputs"][0]["from"] == "2026-02-01T06:00:00Z"


def test_equal_plans_have_equal_bytes_whatever_order_maps_were_filled_in() -> None:
    one = make_plan(counts=Counts(findings={"fail": 1, "pass": 2}, actions={}, changes={}))
    other = make_plan(counts=Counts(findings={"pass": 2, "fail": 1}, actions={}, changes={}))
    assert write_plan_json(one) == write_plan_json(other)


def test_there_is_no_minus_zero() -> None:
    plan = make_passing_plan()
    passing = plan.passes[0].model_copy(update={"value": -0.0})
    assert '"value": 0.0,' in write_plan_json(plan.model_copy(update={"passes": (passing,)}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "this is not JSON: "),
        ("[" * 100_000, "this is not JSON: "),
        ("[]", "its `kind` is not `Plan`"),
        ('{"kind": "Ruleset"}', "its `kind` is not `Plan`"),
        ('{"kind": "Plan", "apiVersion": "prism-rules/v9"}', "this plan is not of `prism-rules/v1`"),
        ('{"kind": "Plan", "apiVersion": "prism-rules/v1"}', "`tool`: Field required"),
        (write_plan_json(make_passing_plan()).replace('"value": 0.93', '"value": NaN'), "`passes.0.value`: "),
        (write_plan_json(make_passing_plan()).replace('"as_of"', '"asof"', 1), "`asof`: Extra inputs"),
    ],
)
def test_what_is_no_plan_is_refused(text: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        read_plan(text, "old/plan.json")
    found = refused.value.diagnostics
    assert refused.value.exit_code == 2
    assert {(d.code, d.context) for d in found} == {("unreadable-plan", "old/plan.json")}
    assert any(said in d.message for d in found), [d.message for d in found]


def test_all_that_is_wrong_is_told_up_to_twenty() -> None:
    text = json.dumps({"kind": "Plan", "apiVersion": "prism-rules/v1", **{f"x{n}": 1 for n in range(30)}})
    with pytest.raises(Refused) as refused:
        read_plan(text)
    assert len(refused.value.diagnostics) == 21
    assert "more problems" in refused.value.diagnostics[-1].message


def test_a_plan_names_no_decision_that_people_cannot_make() -> None:
    plan = write_plan_json(make_glare_plan())
    forged = plan.replace('"decidable": ["approved"', '"decidable": ["[approved](https://evil.example)"')
    assert forged != plan
    with pytest.raises(Refused, match="decidable"):
        read_plan(forged)
