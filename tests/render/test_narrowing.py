"""Only what changed: what stays of a plan, what goes, and that verdict and counts stay those of everything."""

from __future__ import annotations

from typing import Any

import pytest

from prism_rules.model.ledger import BY_PLAN
from prism_rules.model.plan import Decision, Plan
from prism_rules.planning import read_plan_before
from prism_rules.render import RENDERERS
from prism_rules.render.counted import count_changes, count_statuses, say_narrowed
from prism_rules.render.naming import rename_files
from prism_rules.render.narrowing import keep_changes

from .plans import make_glare_plan, make_plan

AT = "2026-02-22T00:00:00Z"
DUE = ("2026-02-21", "2026-02-22")


def settle(plan: Plan, *changed: str, **more: Any) -> Plan:
    """Make a plan in which nothing happened but to the findings that are named: all actions were opened long ago."""
    findings = [f if f.id in changed else f.model_copy(update={"change": "same"}) for f in plan.findings]
    actions = [
        action.model_copy(update={"opened_at": AT, "history": (make_event(action.id),)}) for action in plan.actions
    ]
    facts = {"findings": tuple(findings), "actions": tuple(actions), "decisions": (), "cleared": (), **more}
    return plan.model_copy(update=facts)


def make_event(action: str, **more: Any) -> Decision:
    facts: dict[str, Any] = {"event": "opened", "by": BY_PLAN, "at": AT, "entry": "5e", **more}
    return Decision(action=action, name="a", scope={}, **facts)


def list_kept(plan: Plan) -> list[str]:
    return [action.id for action in keep_changes(plan).actions]


def test_findings_that_stand_as_they_stood_and_passes_go() -> None:
    plan = settle(make_glare_plan(), "agreement", "agreement-dent")
    kept = keep_changes(plan)
    assert [finding.id for finding in kept.findings] == ["agreement", "agreement-dent"]
    assert (kept.passes, kept.waivers, kept.unexplained) == ((), (), ())
    assert [*kept.history] == ["agreement"]
    assert kept.only_changes and not plan.only_changes


def test_actions_stay_that_rest_on_a_change_wait_for_it_or_are_done_by_it() -> None:
    assert list_kept(settle(make_glare_plan())) == []
    assert list_kept(settle(make_glare_plan(), "agreement")) == [
        "guidance-surface-scratch",
        "recalibrate-surface-scratch",
        "relabel-surface-scratch",
    ]
    assert list_kept(settle(make_glare_plan(), "unvalidated-chip")) == ["refresh-plant-2"]


def test_what_cleared_keeps_the_actions_at_its_place() -> None:
    plan = make_glare_plan()
    cleared = plan.cleared[0].model_copy(update={"scope": {"class": "surface-scratch"}})
    assert "recalibrate-surface-scratch" in list_kept(settle(plan, cleared=(cleared,)))


def test_what_cleared_opened_no_action_that_had_its_day_before() -> None:
    plan = make_glare_plan()
    cleared = plan.cleared[0].model_copy(update={"scope": {"class": "surface-scratch"}})
    plan = settle(plan, cleared=(cleared,))
    actions = [one.model_copy(update={"due": "2026-02-25", "acceptance": ()}) for one in plan.actions]
    assert "recalibrate-surface-scratch" not in list_kept(plan.model_copy(update={"actions": tuple(actions)}))


def test_what_got_worse_behind_a_waiver_keeps_the_action_that_it_keeps() -> None:
    plan = settle(make_glare_plan(), "agreement")
    waived = [d.model_copy(update={"verdict": "waived"}) if d.id == "split" else d for d in plan.diagnoses]
    actions = [
        one.model_copy(update={"covers": (), "acceptance": (), "blocked_by": ()})
        for one in plan.actions if one.scope == {"class": "surface-scratch"}
    ]  # fmt: skip
    other = actions[0].model_copy(update={"id": "other", "scope": {"class": "dent"}})
    told = plan.model_copy(update={"diagnoses": tuple(waived), "actions": (*actions, other)})
    assert list_kept(told) == [one.id for one in actions]
    assert list_kept(settle(told)) == []


@pytest.mark.parametrize(
    "more",
    [
        {"opened_at": None},
        {"history": (make_event("x"), make_event("x", event="verified", at="2026-03-01T00:00:00Z"))},
        {"state": "verified", "history": (make_event("x"), make_event("x", event="done", by="@org/x"))},
        {"state": "closed"},
        {"state": "closed", "history": (make_event("x"), make_event("x", event="waived"))},
        {"episode": 2},
        {"conflict": (make_event("x"),)},
    ],
)
def test_an_action_stays_that_is_new_or_moved(more: dict[str, Any]) -> None:
    plan = settle(make_glare_plan())
    moved = plan.actions[0].model_copy(update=more)
    assert list_kept(plan.model_copy(update={"actions": (moved, *plan.actions[1:])})) == [moved.id]


def test_an_action_stays_that_people_decided_about() -> None:
    plan = settle(make_glare_plan())
    told = make_event(plan.actions[1].id, event="approved", by="@org/x")
    assert list_kept(plan.model_copy(update={"decisions": (told,)})) == [plan.actions[1].id]


def test_verdict_and_counts_stay_those_of_everything() -> None:
    plan = make_glare_plan()
    tried = plan.rules["low-confidence"].model_copy(update={"status": "experimental"})
    plan = settle(plan.model_copy(update={"rules": {**plan.rules, "low-confidence": tried}}), "agreement")
    kept = keep_changes(plan)
    assert count_statuses(kept) == count_statuses(plan)
    assert (count_statuses(kept)["fail"], count_statuses(kept)["experimental"]) == (6, 2)
    assert (kept.status, count_changes(kept)) == (plan.status, count_changes(plan))


def test_beside_a_saved_plan_what_it_has_in_that_state_is_not_new() -> None:
    plan = settle(make_glare_plan())
    assert plan.previous is not None
    fresh = [one.model_copy(update={"opened_at": None, "history": ()}) for one in plan.actions[:3]]
    before = {fresh[0].id: fresh[0].state, fresh[1].id: "done"}
    previous = plan.previous.model_copy(update={"actions": before})
    beside = plan.model_copy(update={"previous": previous, "actions": tuple(fresh)})
    assert list_kept(beside) == [fresh[1].id, fresh[2].id]


def test_of_a_saved_plan_the_states_of_actions_are_kept_but_for_those_about_one_annotator() -> None:
    first, second = make_glare_plan().actions[:2]
    person = second.model_copy(update={"scope": {"annotator": "Kim"}})
    before = read_plan_before(make_plan(actions=(first, person)), "d")
    assert before.actions == {first.id: first.state}


def test_what_became_overdue_since_the_plan_before_has_changed() -> None:
    plan = settle(make_glare_plan())
    late = [one.model_copy(update={"overdue": True, "due": due}) for one, due in zip(plan.actions, DUE, strict=False)]
    # The plan before is of 2026-02-22: what was due on that day was not late on it.
    assert list_kept(plan.model_copy(update={"actions": (*late, *plan.actions[2:])})) == [late[1].id]


def test_a_plan_in_which_nothing_changed_says_how_many_actions_go_on() -> None:
    plan = settle(make_glare_plan())
    late = plan.actions[0].model_copy(update={"overdue": True, "due": "2026-02-21", "state": "proposed"})
    actions = (late, plan.actions[1].model_copy(update={"state": "blocked"}))
    counts = plan.counts.model_copy(update={"actions": {"proposed": 1, "blocked": 1, "closed": 0}})
    kept = keep_changes(plan.model_copy(update={"actions": actions, "counts": counts, "stuck": ()}))
    for form in ("markdown", "html"):
        shown = RENDERERS[form](kept)
        assert "2 actions go on unchanged (1 overdue)" in shown and "No action changed." in shown
        assert "No action of the ruleset" not in shown
    assert say_narrowed(keep_changes(kept)) == say_narrowed(kept)


def test_it_is_the_same_again() -> None:
    kept = keep_changes(settle(make_glare_plan(), "agreement"))
    assert keep_changes(kept) == kept


@pytest.mark.parametrize("form", [*RENDERERS])
def test_every_format_shows_it(form: str) -> None:
    whole, kept = make_glare_plan(), keep_changes(settle(make_glare_plan(), "agreement"))
    shown = RENDERERS[form](kept)
    assert len(shown) < len(RENDERERS[form](whole))
    if form != "json":
        assert "Only what changed since the plan of 2026-02-22 is shown" in shown


def test_files_are_renamed_where_the_plan_names_them() -> None:
    plan = make_plan(
        ruleset={"name": "n", "version": "1", "digest": "d", "files": ({"path": "a.yaml", "sha256": "1"},)},
        origins={"rules.r.fail.below": {"file": "b.yaml", "line": 3, "col": 2}},
    )
    renamed = rename_files(plan, lambda file: f"sub/{file}")
    assert [file.path for file in renamed.ruleset.files] == ["sub/a.yaml"]
    assert [origin.file for origin in renamed.origins.values()] == ["sub/b.yaml"]
