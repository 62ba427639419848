"""A plan in a terminal: what is late is said, and long lists are cut with a count."""

from __future__ import annotations

from prism_rules.cli.verdict import MOST, tell_plan
from prism_rules.model.plan import IntakeNote, PreviousRef, Stuck
from prism_rules.render.json import read_plan, write_plan_json
from prism_rules.render.verdict import tell_verdict

from .plans import make_finding, make_glare_plan, make_plan, make_waiver


def test_an_overdue_action_says_so_beside_its_state() -> None:
    plan = make_glare_plan()
    first, *rest = plan.actions
    late = plan.model_copy(update={"actions": (first.model_copy(update={"state": "open", "overdue": True}), *rest)})
    table = tell_plan(late, None).partition("ACTION")[2]
    assert [line.split("  ")[0] for line in table.splitlines() if first.action in line] == ["open, overdue"]
    assert tell_plan(late, None).count("overdue") == 1


def test_a_stuck_gate_is_warned_of() -> None:
    stuck = Stuck(rule="class-agreement", scope={"class": "dent"}, because="fails", blocks=("relabel-surface-scratch",))
    told = tell_plan(make_glare_plan().model_copy(update={"stuck": (stuck,)}), None).splitlines()
    [line] = [line for line in told if line.startswith("warning: stuck: class-agreement fails for dent")]
    assert line.endswith("; no action works on it, and it blocks Relabel low-confidence surface-scratch")


def test_what_is_no_longer_judged_is_said_in_words() -> None:
    lost = make_finding("f", "gone", {"class": "dent"}, None, status="no_data", reason="not_judged", change="lost")
    told = tell_plan(make_plan(findings=[lost]), None)
    assert "the rule is gone, or does not judge there any more" in told
    assert "not_judged" not in told


def test_many_notes_are_cut_and_counted() -> None:
    notes = [IntakeNote(source="seen", code="no-time", n=1, text=f"note {i} of many") for i in range(MOST + 30)]
    told = tell_plan(make_plan(intake=notes), None).split("\n\n")[1].splitlines()
    assert told[0] == "note: seen: note 0 of many"
    assert len(told) == MOST + 1
    assert told[-1] == "... and 30 more"


def test_waivers_that_hide_or_no_longer_hide_something_are_noted() -> None:
    notes = [line for line in tell_plan(make_glare_plan(), None).splitlines() if line.startswith("note: waiver")]
    assert notes == [
        "note: waiver answers-at-1: expired on 2026-02-28, 1 day ago, no longer hides 1 finding (by @org/reliability)",
        "note: waiver dent-guideline: until 2026-04-30, 60 days left, hides 1 finding (by @org/reliability)",
    ]


def test_nothing_in_a_waiver_moves_the_cursor() -> None:
    waiver = make_waiver("w", "r", {}, by="@org/\x1b[2J\nexit 0", findings=("a", "b"))
    told = tell_plan(make_plan(waivers=[waiver]), None)
    assert "\x1b" not in told
    assert "exit 0" in next(line for line in told.splitlines() if "hides 2 findings" in line)


def test_a_plan_that_was_read_back_is_counted_in_the_same_order() -> None:
    plan = make_glare_plan().model_copy(update={"previous": PreviousRef(digest="sha256:0", as_of="2026-02-01")})
    counts = plan.counts.model_copy(update={"changes": {"new": 1, "worse": 2, "better": 3, "cleared": 4}})
    plan = plan.model_copy(update={"counts": counts})
    told = tell_verdict(plan)
    assert told.endswith("; since 2026-02-01: 1 new, 2 worse, 3 better, 4 cleared)")
    assert tell_verdict(read_plan(write_plan_json(plan))) == told
