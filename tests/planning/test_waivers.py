"""What a plan says of its waivers, and what it counts under them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from prism_rules.model.identity import make_id
from prism_rules.model.plan import Plan

from .case import NAME, Story, build_ruleset

WAIVERS: dict[str, dict[str, Any]] = {
    "dents": {"rule": "low", "match": {"class": "dent", "site": "*"}, "until": "2026-03-31"},
    "plant-2": {"rule": "low", "match": {"class": "*", "site": "p2"}, "until": "2026-04-30", "because": "Rollout"},
    "old": {"rule": "low", "match": {"class": "*", "site": "p*"}, "until": "2026-02-28", "by": "@org/labels"},
    "ended-today": {"rule": "low", "match": {"class": "ok", "site": "q"}, "until": "2026-03-01"},
    "idle": {"rule": "low", "match": {"class": "edge-*", "site": "*"}, "until": "2026-03-02"},
    "overall": {"rule": "whole", "until": "2026-03-08"},
}
RULES = {"rules": {"low": {"by": ["class", "site"]}, "whole": {}}, "causes": {}, "actions": {}}


def tell(tmp_path: Path, *findings: str, **given: Any) -> Plan:
    return Story(build_ruleset({**RULES, "waivers": WAIVERS}), tmp_path).plan(findings, **given)


def name(rule: str = "low", **scope: str) -> str:
    return make_id("finding", NAME, rule, scope)


def test_every_waiver_is_listed_by_its_end_with_what_it_hides(tmp_path: Path) -> None:
    plan = tell(
        tmp_path, "low fail class=dent site=p1 0.6", "low warn class=dent site=p2 0.78",
        "low fail class=ok site=p1 0.6",
        "low pass class=ok site=p2 0.9", "low insufficient class=ok site=q 0.6 n=3", "whole fail 0.6",
    )  # fmt: skip
    told = [(w.id, w.until, w.days_left, w.expired, [*w.findings]) for w in plan.waivers]
    assert told == [
        # What another waiver hides is not what an expired one would bring back.
        ("old", "2026-02-28", -1, True, [name(**{"class": "ok", "site": "p1"})]),
        ("ended-today", "2026-03-01", 0, True, [name(**{"class": "ok", "site": "q"})]),
        ("idle", "2026-03-02", 1, False, []),
        ("overall", "2026-03-08", 7, False, [name("whole")]),
        ("dents", "2026-03-31", 30, False, [name(**{"class": "dent", "site": "p1"})]),
        ("plant-2", "2026-04-30", 60, False, [name(**{"class": "dent", "site": "p2"})]),
    ]
    assert {f.id: f.waiver for f in plan.findings if f.waiver} == {
        finding: entry.id for entry in plan.waivers if not entry.expired for finding in entry.findings
    }
    [rollout] = [w for w in plan.waivers if w.id == "plant-2"]
    assert (rollout.rule, rollout.match, rollout.by, rollout.because) == (
        "low", {"class": "*", "site": "p2"}, "@org/reliability", "Rollout"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("as_of", "days_left", "expired"),
    [
        ("2026-03-01", 7, False), ("2026-03-01T00:00:01", 7, False), ("2026-03-07", 1, False),
        ("2026-03-07T23:59:59", 1, False), ("2026-03-08", 0, True), ("2026-03-08T23:59:59", 0, True),
        ("2026-03-09", -1, True), ("2026-04-08", -31, True),
    ],
)  # fmt: skip
def test_days_are_left_while_it_hides(as_of: str, days_left: int, expired: bool, tmp_path: Path) -> None:
    plan = tell(tmp_path, "whole fail 0.6", as_of=as_of)
    [overall] = [w for w in plan.waivers if w.id == "overall"]
    assert (overall.days_left, overall.expired, overall.findings) == (days_left, expired, (name("whole"),))
    assert plan.status == ("fail" if expired else "waived")


def test_waived_findings_are_counted_apart_and_their_changes_with_all_others(tmp_path: Path) -> None:
    story = Story(build_ruleset({**RULES, "waivers": WAIVERS}), tmp_path)
    first = story.plan(["low fail class=dent site=p1 0.6", "low no_data class=dent site=p2 n=0", "whole pass 0.9"])
    assert first.status == "pass"
    assert {s: n for s, n in first.counts.findings.items() if n} == {"waived": 2, "pass": 1}
    # The one without data was never evaluated, waived or not.
    assert {c: n for c, n in first.counts.changes.items() if n} == {"new": 1}
    second = story.plan(["low fail class=dent site=p1 0.4", "low pass class=dent site=p2 0.9"], as_of="2026-03-08")
    assert {c: n for c, n in second.counts.changes.items() if n} == {"worse": 1}
    [worse] = second.findings
    assert (worse.status, worse.hides, worse.change, worse.since) == ("waived", "fail", "worse", "2026-03-01")
    # It ends: the failure is seen, and is no news.
    third = story.plan(["low fail class=dent site=p1 0.4"], as_of="2026-03-31")
    assert [(f.status, f.hides, f.waiver, f.change, f.since) for f in third.findings] == [
        ("fail", None, None, "same", "2026-03-01")
    ]
    fourth = story.plan(["low pass class=dent site=p1 0.9"], as_of="2026-04-07")
    assert [(c.rule, c.was, c.since) for c in fourth.cleared] == [("low", 0.4, "2026-03-01")]


def test_a_waived_finding_that_nothing_judges_any_more_is_lost_and_not_waived(tmp_path: Path) -> None:
    story = Story(build_ruleset({**RULES, "waivers": WAIVERS}), tmp_path)
    story.plan(["low fail class=dent site=p1 0.6"])
    plan = story.plan(["whole pass 0.9"], as_of="2026-03-08")
    [lost] = plan.findings
    assert (lost.status, lost.hides, lost.waiver, lost.change) == ("no_data", None, None, "lost")


def test_without_waivers_there_are_none(tmp_path: Path) -> None:
    plan = Story(build_ruleset(RULES), tmp_path).plan(["whole fail 0.6"])
    assert (plan.waivers, plan.status) == ((), "fail")
