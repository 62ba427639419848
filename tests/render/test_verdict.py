"""A plan in a terminal: what is late is said, and long lists are cut with a count."""

from __future__ import annotations

import re

import pytest

from prism_rules.cli.verdict import tell_plan
from prism_rules.columns import MOST, WIDTH, measure_width
from prism_rules.model.plan import IntakeNote, Plan, PreviousRef, Stuck
from prism_rules.render import RENDERERS
from prism_rules.render.json import read_plan, write_plan_json
from prism_rules.render.verdict import tell_verdict

from .plans import make_big_plan, make_finding, make_glare_plan, make_hostile_plan, make_plan, make_waiver

WIDE = 1_000
"""So that no line is wrapped."""


def test_an_overdue_action_says_so_beside_its_state() -> None:
    plan = make_glare_plan()
    first, *rest = plan.actions
    late = plan.model_copy(update={"actions": (first.model_copy(update={"state": "open", "overdue": True}), *rest)})
    table = tell_plan(late, None, width=WIDE).partition("ACTION")[2]
    assert [line.split("  ")[0] for line in table.splitlines() if first.action in line] == ["open, overdue"]
    assert tell_plan(late, None).count("overdue") == 1


def test_a_stuck_gate_is_warned_of() -> None:
    stuck = Stuck(rule="class-agreement", scope={"class": "dent"}, because="fails", blocks=("relabel-surface-scratch",))
    told = tell_plan(make_glare_plan().model_copy(update={"stuck": (stuck,)}), None, width=WIDE).splitlines()
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
    told = tell_plan(make_glare_plan(), None, width=WIDE)
    notes = [line for line in told.splitlines() if line.startswith("note: waiver")]
    assert notes == [
        "note: waiver answers-at-1: expired on 2026-02-28, 1 day ago, no longer hides 1 finding (by @org/reliability)",
        "note: waiver dent-guideline: until 2026-04-30, 60 days left, hides 1 finding (by @org/reliability)",
    ]


def test_nothing_in_a_waiver_moves_the_cursor() -> None:
    waiver = make_waiver("w", "r", {}, by="@org/\x1b[2J\nexit 0", findings=("a", "b"))
    told = tell_plan(make_plan(waivers=[waiver]), None, width=WIDE)
    assert "\x1b" not in told
    assert "exit 0" in next(line for line in told.splitlines() if "hides 2 findings" in line)


def test_a_plan_that_was_read_back_is_counted_in_the_same_order() -> None:
    plan = make_glare_plan().model_copy(update={"previous": PreviousRef(digest="sha256:0", as_of="2026-02-01")})
    counts = plan.counts.model_copy(update={"changes": {"new": 1, "worse": 2, "better": 3, "cleared": 4}})
    plan = plan.model_copy(update={"counts": counts})
    told = tell_verdict(plan)
    assert told.endswith("; since 2026-02-01: 1 new, 2 worse, 3 better, 4 cleared)")
    assert tell_verdict(read_plan(write_plan_json(plan))) == told


def make_long_plan() -> Plan:
    """Names as long as names may be, without a place to part them, and of wide characters."""
    scope = {"class": "x" * 80, "site": "傷" * 80}
    findings = [
        make_finding("f1", "r" * 80, scope, 0.123456, status="fail"),
        make_finding("f2", "a-b" * 26, scope, None, status="no_data", reason="not_judged", change="lost"),
    ]
    actions = [
        one.model_copy(update={"action": "r" * 80, "scope": scope, "owner": f"@{'o' * 79}", "overdue": True})
        for one in make_glare_plan().actions
    ]
    note = IntakeNote(source="seen", code="no-time", n=1, text="w" * 300)
    return make_plan(findings=findings, actions=tuple(actions), intake=[note])


PLANS = {
    "glare": make_glare_plan,
    "big": lambda: make_big_plan(60),
    "hostile": make_hostile_plan,
    "long": make_long_plan,
}


@pytest.mark.parametrize("width", [40, WIDTH, 140])
@pytest.mark.parametrize("name", PLANS)
def test_no_line_is_wider_than_the_screen(name: str, width: int) -> None:
    told = tell_plan(PLANS[name](), None, width=width)
    assert [line for line in told.splitlines() if measure_width(line) > width] == []


def test_a_wider_screen_is_used() -> None:
    narrow, wide = (tell_plan(make_glare_plan(), None, width=width) for width in (WIDTH, 160))
    assert max(map(measure_width, wide.splitlines())) > WIDTH
    assert len(wide.splitlines()) < len(narrow.splitlines())


@pytest.mark.parametrize("name", PLANS)
def test_colour_adds_nothing_but_colour(name: str) -> None:
    plain, painted = (tell_plan(PLANS[name](), None, color=color) for color in (False, True))
    assert "\x1b" not in plain
    assert re.sub("\x1b\\[[0-9]*m", "", painted) == plain


def test_what_fails_is_red_where_it_begins_a_row_and_in_the_verdict() -> None:
    painted = tell_plan(make_glare_plan(), None, color=True)
    assert "\x1b[31m\x1b[1mFAIL\x1b[0m" in painted.splitlines()[0]
    failed = [line for line in painted.splitlines() if line.startswith("\x1b[31m\x1b[1mfail\x1b[0m ")]
    assert len(failed) == sum(finding.status == "fail" for finding in make_glare_plan().findings)


@pytest.mark.parametrize("form", ["markdown", "html", "issues", "github", "junit", "sarif"])
def test_an_hour_that_is_not_midnight_is_told_with_the_day(form: str) -> None:
    before = PreviousRef(digest="sha256:" + "9" * 64, as_of="2026-03-14T06:30:00Z")
    plan = make_glare_plan().model_copy(update={"as_of": "2026-03-15T22:00:00Z", "previous": before})
    told = RENDERERS[form](plan)
    assert "2026-03-15 22:00 UTC" in told or "since the plan of 2026-03-14 06:30 UTC" in told
    assert not re.search("(?i)(as of|plan of) 2026-03-1[45](?![ T][02])", told)
    assert "as of 2026-03-15 22:00 UTC: FAIL" in tell_verdict(plan)
    assert "since 2026-03-14 06:30 UTC: " in tell_verdict(plan)
    assert "as of 2026-03-01: " in tell_verdict(make_glare_plan())
