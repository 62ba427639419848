"""What changed since the plan before: each pair of findings, then and now, has one name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from prism_rules.model.plan import Annotators
from prism_rules.planning import read_plan_before
from prism_rules.planning.before import read_recorded_before
from prism_rules.planning.changes import compare_findings, list_cleared, set_apart

from .case import Story, build_ruleset

RULES = build_ruleset(
    {
        "rules": {
            "low": {"by": ["class"]},
            "range": {"by": ["class"], "warn": None, "fail": {"outside": [0.2, 0.8]}},
            "drop": {
                "by": ["class"],
                "warn": None,
                "fail": {"drop": 0.10},
                "baseline": {"window": "28d"},
            },
            "share": {
                "by": ["class"],
                "warn": None,
                "fail": {"drop": "10%"},
                "baseline": {"window": "28d"},
            },
        },
        "causes": {},
        "actions": {},
    }
)

PAIRS = [
    # Another status: a higher one is worse.
    ("low warn class=a 0.78", "low fail class=a 0.7", "worse"),
    ("low fail class=a 0.7", "low warn class=a 0.78", "better"),
    ("low unsure/fail class=a 0.74", "low warn class=a 0.78", "worse"),
    ("low fail class=a 0.7", "low unsure/fail class=a 0.74", "better"),
    ("low insufficient class=a n=3", "low fail class=a 0.7", "worse"),
    ("low no_data class=a n=0", "low warn class=a 0.78", "worse"),
    # Not evaluated now, and it was: lost. Not evaluated twice: nothing is known to have changed.
    ("low fail class=a 0.7", "low no_data class=a n=0", "lost"),
    ("low unsure/warn class=a 0.79", "low insufficient class=a 0.9 n=3", "lost"),
    ("low no_data class=a n=0", "low insufficient class=a 0.9 n=3", "same"),
    ("low insufficient class=a 0.1 n=3", "low no_data class=a n=0", "same"),
    ("low insufficient class=a 0.7 n=3", "low insufficient class=a 0.1 n=3", "same"),
    # The same status: by more than a tenth of the bound, here 0.075, further away or nearer.
    ("low fail class=a 0.7", "low fail class=a 0.625", "same"),
    ("low fail class=a 0.7", "low fail class=a 0.624999", "worse"),
    ("low fail class=a 0.6", "low fail class=a 0.675", "same"),
    ("low fail class=a 0.6", "low fail class=a 0.675001", "better"),
    ("low fail class=a 0.7", "low fail class=a 0.7", "same"),
    # Outside a span: a tenth of the end that is crossed, 0.08 above and 0.02 below.
    ("range fail class=a 0.85", "range fail class=a 0.93", "same"),
    ("range fail class=a 0.85", "range fail class=a 0.94", "worse"),
    ("range fail class=a 0.15", "range fail class=a 0.13", "same"),
    ("range fail class=a 0.15", "range fail class=a 0.12", "worse"),
    # A drop: a tenth of the drop that is allowed, 0.01; or of a tenth of the baseline, 0.009.
    ("drop fail class=a 0.7 base=0.9", "drop fail class=a 0.69 base=0.9", "same"),
    ("drop fail class=a 0.7 base=0.9", "drop fail class=a 0.68 base=0.9", "worse"),
    ("drop fail class=a 0.7 base=0.9", "drop fail class=a 0.7 base=0.88", "better"),
    ("share fail class=a 0.7 base=0.9", "share fail class=a 0.691 base=0.9", "same"),
    ("share fail class=a 0.7 base=0.9", "share fail class=a 0.69 base=0.9", "worse"),
    # What a waiver hides is what counts.
    ("low fail class=a 0.7", "low waived:fail class=a 0.7", "same"),
    ("low waived:warn class=a 0.78", "low fail class=a 0.7", "worse"),
    ("low waived:fail class=a 0.7", "low no_data class=a n=0", "lost"),
]


def test_without_a_previous_plan_everything_is_new(tmp_path: Path) -> None:
    plan = Story(RULES, tmp_path).plan(["low fail class=a 0.7", "low warn class=b 0.78", "low no_data class=c n=0"])
    assert [finding.change for finding in plan.findings] == ["new", "new", "new"]
    assert {finding.since for finding in plan.findings} == {"2026-03-01"}
    assert plan.counts.changes == {"new": 2, "worse": 0, "same": 0, "better": 0, "lost": 0, "cleared": 0}
    assert (plan.previous, plan.cleared) == (None, ())


@pytest.mark.parametrize(("then", "now", "change"), PAIRS)
def test_a_change_has_a_name_and_keeps_its_first_day(then: str, now: str, change: str, tmp_path: Path) -> None:
    story = Story(RULES, tmp_path)
    story.plan([then], as_of="2026-03-01")
    (finding,) = story.plan([now], as_of="2026-03-08").findings
    assert (finding.change, finding.since) == (change, "2026-03-01")


def test_what_holds_again_is_cleared_and_what_was_never_evaluated_is_not(tmp_path: Path) -> None:
    story = Story(RULES, tmp_path)
    story.plan(["low fail class=a 0.7", "low no_data class=b n=0", "low pass class=c 0.9", "low warn class=d 0.78"])
    plan = story.plan(
        ["low pass class=a 0.85", "low pass class=b 0.9", "low fail class=c 0.6", "low no_data class=d n=0"],
        as_of="2026-03-08",
    )
    assert [(one.scope, one.was, one.value, one.since) for one in plan.cleared] == [
        ({"class": "a"}, 0.7, 0.85, "2026-03-01")
    ]
    assert plan.counts.changes == {"new": 1, "worse": 0, "same": 0, "better": 0, "lost": 1, "cleared": 1}
    assert {finding.scope["class"]: finding.since for finding in plan.findings} == {
        "c": "2026-03-08",
        "d": "2026-03-01",
    }


def test_a_finding_that_came_back_is_new_and_counts_from_then(tmp_path: Path) -> None:
    story = Story(RULES, tmp_path)
    for day, text in (("01", "fail class=a 0.7"), ("08", "pass class=a 0.9"), ("15", "fail class=a 0.7")):
        plan = story.plan([f"low {text}"], as_of=f"2026-03-{day}")
    assert [(finding.change, finding.since) for finding in plan.findings] == [("new", "2026-03-15")]


def test_comparing_touches_nothing_else(tmp_path: Path) -> None:
    plan = Story(RULES, tmp_path).plan(["low fail class=a 0.7", "low warn class=b 0.78"])
    kept = [finding.model_copy(update={"change": "same"}) for finding in plan.findings]
    before = read_plan_before(plan, "sha256:00")
    assert compare_findings(plan.findings, before, "2026-03-08") == kept
    assert list_cleared(plan.findings, before) == ()


PEOPLE = build_ruleset(
    {"rules": {"own": {"source": "labels", "metric": "volume", "by": ["annotator"]}}, "causes": {}, "actions": {}}
)


@pytest.mark.parametrize("remember", [True, False], ids=["recorded", "saved"])
def test_nobody_and_few_are_compared_whoever_tells_persons_apart(tmp_path: Path, remember: bool) -> None:
    old, new = (Annotators(kind="keyed", fingerprint=12 * digit) for digit in "12")
    story = Story(PEOPLE, tmp_path)
    story.plan(["own fail annotator=A 0.6", "own fail annotator=(none) 0.7", "own warn annotator=(few) 0.78"])
    before = read_recorded_before(PEOPLE.model, story.read(), "2026-03-08T00:00:00Z") if remember else story.previous
    assert before
    texts = ["own fail annotator=B 0.6", "own fail annotator=(few) 0.7"]
    plan = Story(PEOPLE, tmp_path / "now").plan(texts, as_of="2026-03-08")
    apart = set_apart(replace(before, annotators=old), new)
    told = compare_findings(plan.findings, apart, "2026-03-08", new)
    assert {f.scope["annotator"]: f.change for f in told} == {"B": "same", "(few)": "worse", "(none)": "lost"}
    none = Story(PEOPLE, tmp_path / "none").plan(["own fail annotator=(none) 0.7"]).findings
    first = replace(before, annotators=old, findings=())
    assert [f.change for f in compare_findings(none, set_apart(first, new), "2026-03-08", new)] == ["new"]


def test_findings_are_counted_and_told_worst_first(tmp_path: Path) -> None:
    told = [
        "low pass class=a 0.9", "low no_data class=b n=0", "low insufficient class=c n=3", "low warn class=d 0.78",
        "low unsure/fail class=e 0.74", "low waived:fail class=f 0.6", "low fail class=g 0.6", "low fail class=h 0.6",
    ]  # fmt: skip
    plan = Story(RULES, tmp_path).plan(told)
    assert [finding.scope["class"] for finding in plan.findings] == list("ghdecbf")
    assert [passing.scope["class"] for passing in plan.passes] == ["a"]
    assert plan.counts.findings == {
        "fail": 2, "warn": 1, "unsure": 1, "insufficient": 1, "no_data": 1, "pass": 1, "waived": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("statuses", "worst"),
    [
        (["pass", "no_data", "insufficient", "unsure", "warn", "fail"], "fail"),
        (["pass", "no_data", "insufficient", "unsure", "warn"], "warn"),
        (["pass", "no_data", "insufficient", "unsure"], "unsure"),
        (["pass", "no_data", "insufficient"], "insufficient"),
        (["pass", "no_data"], "no_data"),
        (["pass", "waived:fail"], "pass"),
        (["waived:fail"], "waived"),
        ([], "no_data"),
    ],
)
def test_the_plan_has_the_worst_status_that_is_not_waived(statuses: list[str], worst: str, tmp_path: Path) -> None:
    told = [f"low {status} class=c{number} 0.5" for number, status in enumerate(statuses)]
    assert Story(RULES, tmp_path).plan(told).status == worst


def test_what_nothing_judges_any_more_is_lost_once(tmp_path: Path) -> None:
    story = Story(RULES, tmp_path)
    story.plan(["low fail class=a 0.7", "low no_data class=b n=0"], as_of="2026-03-01")
    lost = story.plan(["low pass class=c 0.9"], as_of="2026-03-08")
    told = [(f.scope["class"], f.status, f.value, f.reason, f.change, f.since) for f in lost.findings]
    assert told == [("a", "no_data", None, "not_judged", "lost", "2026-03-01")]
    assert lost.counts.changes["lost"] == 1
    assert story.plan(["low pass class=c 0.9"], as_of="2026-03-15").findings == ()
