"""One entry of a plan on one screen: the lines that answer why, which bounds count, and hostile texts."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest

from prism_rules.escaping import show_invisible
from prism_rules.model.plan import (
    Acceptance,
    ActionEntry,
    ActionState,
    BaselineValue,
    Blocker,
    Bound,
    Cleared,
    Decision,
    Diagnosis,
    GovernanceEntry,
    Origin,
    Passing,
    Plan,
    QaRate,
    QueueEntry,
    ResolvedBound,
    RuleEntry,
    Stuck,
    Waiting,
)
from prism_rules.render.markdown import render_markdown
from prism_rules.render.screen import WIDTH, find_entries, list_beginnings, list_rows, tell_entry, tell_queries

from .plans import WEEK, make_big_plan, make_finding, make_glare_plan, make_hostile_plan, make_plan, make_waiver

MAX_LINE = 620
"""No word is parted, since it may be an id that people copy; a diagnosis's text is cut at 600 characters."""


def explain(plan: Plan, wanted: str) -> str:
    [entry] = find_entries(plan, wanted)
    return tell_entry(plan, entry)


def read_screen(plan: Plan, wanted: str) -> dict[str, str]:
    """Label -> its text, lines joined."""
    _, told = explain(plan, wanted).split("\n\n", 1)
    shown: dict[str, str] = {}
    label = ""
    for line in told.splitlines():
        label = line[:15].strip() or label
        shown[label] = " ".join(filter(None, (shown.get(label, ""), line[15:].strip())))
    return shown


def test_a_finding_says_why() -> None:
    told = explain(make_glare_plan(), "agreement")
    assert told.startswith("Reviewers agree on the class (surface-scratch): fail at 0.63\nagreement\n\n")
    shown = read_screen(make_glare_plan(), "agreement")
    assert shown == {
        "Rule": "class-agreement: krippendorff_alpha of annotations, by class",
        "Value": "0.63 (0.55 to 0.70), of 118 units",
        "Bound": "must be at least 0.75",
        "Window": "2026-02-22 to 2026-03-01",
        "Change": "worse since the plan of 2026-02-22; not passing since 2026-03-01",
        "Before": "2026-02-08 0.79 (pass), 2026-02-15 0.77 (pass), 2026-02-22 0.71 (fail)",
        "Speaks for": "- diagnosed: split",
        "Actions": "- proposed, rests on it: guidance-surface-scratch "
        "- proposed, rests on it, done when it holds: recalibrate-surface-scratch "
        "- blocked, rests on it, blocked by it: relabel-surface-scratch",
        "SQL": "scan-1; --sql shows it",
    }


@pytest.mark.parametrize(
    ("wanted", "label", "text"),
    [
        ("low-scratch", "Compared with", "0.91, validation-run (640) for surface-scratch, all before 2026-03-01"),
        ("low-scratch", "Bound", "fell 0.30 below 0.91 (at most 0.10 allowed)"),
        ("absent-scratch", "Stands out", "- absent from training: lighting = glare (402 rows), reflection (317 rows)"),
        ("wrong", "Speaks for", "no cause explains it"),
        (
            "dent-low",
            "Waived",
            "dent-guideline, until 2026-04-30, 60 days left, by @org/reliability: Guideline rewrite under way, DQ-112",
        ),
        ("agreement-dent", "Reason", "12 of the 30 that the rule asks for"),
        ("agreement-dent", "Change", "lost since the plan of 2026-02-22; not passing since 2026-03-01"),
        ("absent-dent", "Reason", "no rows in the window"),
        ("absent-dent", "Value", "none, of 0 rows"),
    ],
)
def test_what_is_told_of_a_finding(wanted: str, label: str, text: str) -> None:
    assert read_screen(make_glare_plan(), wanted)[label] == text


@pytest.mark.parametrize(
    ("wanted", "state"),
    [("dent-low", "waived (fail) at 0.78"), ("absent-dent", "no data"), ("agreement-dent", "insufficient at 0.70")],
)
def test_the_state_is_said_as_the_report_says_it(wanted: str, state: str) -> None:
    title = explain(make_glare_plan(), wanted).partition(f"\n{wanted}\n")[0]
    assert " ".join(title.split()).endswith(f": {state}")


@pytest.mark.parametrize(("confidence", "said"), [(0.95, "95%"), (0.995, "99.5%"), (0.9999, "99.99%")])
def test_an_interval_has_its_confidence(confidence: float, said: str) -> None:
    finding = make_finding("f", "class-agreement", {}, 0.63, n=118, interval=(0.55, 0.7), confidence=confidence)
    assert read_screen(make_plan(findings=[finding]), "f")["Value"] == (
        f"0.63 (0.55 to 0.70), at {said} confidence, of 118 rows"
    )


def test_pending_signals_are_called_so() -> None:
    finding = make_finding("f", "class-agreement", {}, 0.6, excluded={"unsettled": 11})
    assert (
        read_screen(make_plan(findings=[finding]), "f")["Left out"] == "- 11 pending, or routed before they were raised"
    )


def test_a_finding_says_what_it_shuts_what_follows_and_what_is_left_out() -> None:
    place = {"class": "dent"}
    plan = make_plan(
        findings=[make_finding("f", "class-agreement", place, 0.6, excluded={"null": 3}, unit="units")],
        stuck=[Stuck(rule="class-agreement", scope=place, because="fails", blocks=("a",))],
        qa_sampling=[QaRate(**{"class": "dent"}, rate=0.25, because=0.6, finding="f")],
        diagnoses=[
            make_diagnosis("for", evidence=("other",), against=("f",)),
            make_diagnosis("missing", evidence=("other",), unknown=("f",)),
        ],
    )
    shown = read_screen(plan, "f")
    assert shown["Value"] == "0.60, of 719 units, 3 left out"
    assert shown["Left out"] == "- 3 without the value that is measured"
    assert (shown["Speaks against"], shown["Missing for"]) == ("- diagnosed: for", "- diagnosed: missing")
    assert shown["Stuck"] == "it shuts a gate, and no action works on it"
    assert shown["Sampling"] == "25% of the finished labels of dent are checked again"
    assert shown["Change"] == "new in the first plan"


def make_diagnosis(id_: str, **more: Any) -> Diagnosis:
    facts: dict[str, Any] = {
        "cause": "drifted", "title": "Drift", "kind": "drift", "gap": None, "scope": {"class": "dent"},
        "verdict": "diagnosed", "score": 1.0, "rank": 1, "head": True, **more,
    }  # fmt: skip
    return Diagnosis(id=id_, **facts)


# Which bounds count: the rule's, per class, by overrides, as a judgement has them.

BOUNDS = [
    ({}, "warn", 0.8, "rules.agree.warn.below"),
    ({}, "fail", 0.75, "rules.agree.fail.below"),
    ({"class": "dent"}, "fail", 0.7, "rules.agree.fail.per_class.dent"),
    ({"class": "edge-*"}, "fail", 0.65, "rules.agree.overrides.edges.fail.below"),
    ({"class": "1.5 mm"}, "fail", 0.6, "rules.agree.overrides.thin.fail.per_class.1.5 mm"),
    ({"family": "deep"}, "warn", 0.9, "rules.agree.overrides.deep.warn.below"),
]


def make_bounded(class_: str, *, families: bool = False, decided: int | None = None, **more: Any) -> Plan:
    """A plan with a finding, or what passed, of a rule that is bounded in many ways, each on a line of its own."""
    known = BOUNDS if families else BOUNDS[:-1]
    bounds = [
        ResolvedBound(match=match, level=level, kind="below", value=value, origin=origin)  # type: ignore[arg-type]
        for match, level, value, origin in known
    ]
    place = {"class": class_}
    facts = {**more}
    if decided is not None:
        facts["bound"] = Bound(**bounds[decided].model_dump(exclude={"match"}))
        facts["status"] = bounds[decided].level
    passes = [] if facts else [Passing(id="f", rule="agree", scope=place, value=0.9512, n=80)]
    return make_plan(
        rules={
            "agree": RuleEntry(
                title="Agree", source="annotations", metric="krippendorff_alpha", by=("class",), status="stable",
                unit="units", scan="scan-1", bounds=bounds,
            )
        },
        origins={bound.origin: Origin(file="r.yaml", line=10 + n, col=1) for n, bound in enumerate(bounds)},
        findings=[make_finding("f", "agree", place, 0.5, **facts)] if facts else [],
        passes=passes,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("class_", "decided", "in_force", "needed"),
    [
        (
            "ok", 1,
            "- must be at least 0.75: the rule (r.yaml:11) - should be at least 0.80: the rule (r.yaml:10)",
            "at least 0.75 not to fail, at least 0.80 to pass",
        ),
        (
            "dent", 2,
            "- must be at least 0.70: per_class (r.yaml:12) - in place of the rule (r.yaml:11): must be at least 0.75 "
            "- should be at least 0.80: the rule (r.yaml:10)",
            "at least 0.70 not to fail, at least 0.80 to pass",
        ),
        (
            "edge-chip", 3,
            "- must be at least 0.65: overrides.edges (r.yaml:13) "
            "- in place of the rule (r.yaml:11): must be at least 0.75 "
            "- should be at least 0.80: the rule (r.yaml:10)",
            "at least 0.65 not to fail, at least 0.80 to pass",
        ),
        (
            "1.5 mm", 4,
            "- must be at least 0.60: per_class of overrides.thin (r.yaml:14) "
            "- in place of the rule (r.yaml:11): must be at least 0.75 "
            "- should be at least 0.80: the rule (r.yaml:10)",
            "at least 0.60 not to fail, at least 0.80 to pass",
        ),
    ],
)  # fmt: skip
def test_the_bounds_that_count_and_those_that_they_replace(
    class_: str, decided: int, in_force: str, needed: str
) -> None:
    shown = read_screen(make_bounded(class_, decided=decided), "f")
    assert (shown["In force"], shown["Needed"]) == (in_force, needed)


def test_a_bound_of_a_family_is_marked_where_the_plan_does_not_say_that_it_counts() -> None:
    shown = read_screen(make_bounded("ok", families=True, decided=1), "f")
    assert shown["In force"].endswith(
        "- only if it is of the family deep, should be at least 0.90: overrides.deep (r.yaml:15)"
    )
    assert "Needed" not in shown
    # It decided, so that it is the class's family.
    shown = read_screen(make_bounded("ok", families=True, decided=5), "f")
    assert shown["In force"] == (
        "- must be at least 0.75: the rule (r.yaml:11) - should be at least 0.90: overrides.deep (r.yaml:15) "
        "- in place of the rule (r.yaml:10): should be at least 0.80"
    )
    assert shown["Needed"] == "at least 0.75 not to fail, at least 0.90 to pass"


def test_what_passed_is_told_in_short() -> None:
    plan = make_bounded("dent")
    assert explain(plan, "f").startswith("Agree (dent): pass at 0.95\nf\n\n")
    cleared = Cleared(id="f", rule="agree", scope={"class": "dent"}, was=0.5, value=0.9512, since="2026-02-01")
    shown = read_screen(plan.model_copy(update={"cleared": (cleared,)}), "f")
    assert shown["Value"] == "0.95, of 80 units"
    assert shown["In force"].startswith("- must be at least 0.70: per_class (r.yaml:12)")
    assert shown["Change"] == "cleared: it was 0.50, not passing since 2026-02-01"


@pytest.mark.parametrize(
    ("kind", "value", "relative", "baseline", "needed"),
    [
        ("above", 0.05, False, None, "at most 0.05 to pass"),
        ("outside", (0.2, 0.8), False, None, "from 0.20 to 0.80 to pass"),
        ("drop", 0.1, False, 0.91, "at least 0.81 to pass"),
        ("drop", 0.1, True, 0.9, "at least 0.81 to pass"),
        ("rise", 0.1, False, 0.2, "at most 0.30 to pass"),
        ("change", 0.1, False, 0.5, "from 0.40 to 0.60 to pass"),
        ("drop", 0.1, False, None, None),
    ],
)
def test_the_values_that_would_be_enough(
    kind: Any, value: Any, relative: bool, baseline: float | None, needed: str | None
) -> None:
    bound = {"level": "fail", "kind": kind, "value": value, "relative": relative, "origin": "rules.agree.fail"}
    compared = baseline and BaselineValue(value=baseline, n=50, scope={}, source="before", window=WEEK)
    plan = make_bounded("ok", bound=Bound(**bound), baseline=compared)
    rule = plan.rules["agree"].model_copy(update={"bounds": (ResolvedBound(**bound),)})
    shown = read_screen(plan.model_copy(update={"rules": {"agree": rule}}), "f")
    assert shown.get("Needed") == needed


# Diagnoses.


def test_a_diagnosis_says_what_it_rests_on() -> None:
    assert explain(make_glare_plan(), "split").startswith(
        "Reviewers split where glare hides the edge (surface-scratch): diagnosed\nsplit\n\n"
    )
    assert read_screen(make_glare_plan(), "split") == {
        "Cause": "split-reviewers: ambiguous labels; gap: annotation consistency",
        "Says": "Agreement on *surface-scratch* is **0.63**; the guideline does not say where an edge ends.",
        "Rank": "3 of 5",
        "Score": "0.83, by weight, of what was asked for: 1 for it and 0 against it",
        "For it": "- fail at 0.63: agreement",
        "Follows from": "- diagnosed: unseen-surface-scratch",
        "Actions": "- proposed: guidance-surface-scratch - proposed: recalibrate-surface-scratch "
        "- blocked: relabel-surface-scratch",
    }
    shown = read_screen(make_glare_plan(), "unseen-surface-scratch")
    assert shown["Rank"] == "1 of 5; head of the chain; risk: high"
    assert shown["Met where"] == "lighting = glare, reflection"
    assert shown["Leads to"] == "- diagnosed: split - diagnosed: stale-surface-scratch"


def test_what_speaks_against_a_diagnosis_and_what_is_missing() -> None:
    plan = make_plan(
        findings=[
            make_finding("yes", "low-confidence", {"class": "dent"}, 0.5),
            make_finding("no", "class-agreement", {"class": "dent"}, 0.6),
            make_finding("gone", "slice-absent", {"class": "dent"}, None, status="no_data", reason="no_rows"),
        ],
        diagnoses=[
            make_diagnosis("d", score=0.5, evidence=("yes",), against=("no",), unknown=("gone",),
                           text="Of \u200b&#95;dents&#95;&lt;b&gt;.")
        ],
    )  # fmt: skip
    shown = read_screen(plan, "d")
    assert (shown["Against it"], shown["Not known"]) == ("- fail at 0.60: no", "- no data: gone")
    assert shown["Score"] == (
        "0.50, by weight, of what was asked for: 1 for it and 1 against it, 1 not known and left out"
    )
    assert (shown["Says"], shown["Actions"]) == ("Of _dents_<b>.", "none")


# Actions.


def test_an_action_says_why_it_waits() -> None:
    shown = read_screen(make_glare_plan(), "relabel-surface-scratch")
    assert shown["Waits"] == ("- class-agreement fails for surface-scratch at 0.63, must be at least 0.75: agreement")
    assert shown["After"] == "- proposed: recalibrate-surface-scratch"
    assert shown["Due"] == "once unblocked"
    assert shown["Queue"] == "none written; 719 rows of predictions are eligible"


def test_an_action_says_what_it_rests_on_and_what_will_do() -> None:
    shown = read_screen(make_glare_plan(), "recalibrate-surface-scratch")
    assert shown == {
        "Action": "recalibrate: recalibrate reviewers; priority 3",
        "After": "- proposed: guidance-surface-scratch",
        "Owner": "@org/labels-metal",
        "Due": "2026-03-04",
        "Covers": "- diagnosed: split",
        "Evidence": "- fail at 0.63: agreement",
        "Queue": "queues/recalibrate-surface-scratch.csv, 40 rows of 57 eligible in annotations, about 1 h 20 min of "
        "review; drawn with seed 0",
        "Done when": "- class-agreement for surface-scratch does not hold yet: was 0.63, now not measured yet; must be "
        "at least 0.75",
        "Next": "once the plan is recorded (`plan --record`), approve or reject it "
        "- prism-rules decide recalibrate-surface-scratch --as approved --by WHO --because WHY",
    }
    shown = read_screen(make_glare_plan(), "review-set-plant-2")
    assert shown["Queue"].endswith("seed 7 - 204 of 719 surface-scratch, weight 3 - 136 of 433 edge-chip, weight 2")


def make_action(**more: Any) -> ActionEntry:
    facts: dict[str, Any] = {
        "action": "relabel", "kind": "relabel", "scope": {"class": "dent"}, "covers": (), "state": "open",
        "title": "Relabel dent", "steps": None, "owner": None, "due": "2026-03-04", "priority": 1, **more,
    }  # fmt: skip
    return ActionEntry(id="act", **facts)


def make_decision(event: str, **more: Any) -> Decision:
    facts: dict[str, Any] = {"by": "@org/labels", "because": "as agreed", "at": "2026-03-02T10:00:00Z", **more}
    return Decision(action="act", name="relabel", scope={"class": "dent"}, event=event, entry="5e" * 32, **facts)


NEXT: dict[ActionState, str] = {
    "proposed": "once the plan is recorded (`plan --record`), approve or reject it "
    "- prism-rules decide act --as approved",
    "blocked": "once the plan is recorded (`plan --record`), approve or reject it; work on it once nothing blocks it "
    "- prism-rules decide act --as approved",
    "open": "once the plan is recorded (`plan --record`), do it, then say so - prism-rules decide act --as done",
    "done": "the next recorded plan on newer data verifies it, or opens it again",
    "verified": "nothing; a recorded plan on newer data opens it again if its cause returns",
    "closed": "nothing; it lapsed, because its cause is gone and nobody had approved it",
    "rejected": "nothing, unless somebody takes it up again - prism-rules decide act --as reopened",
}


UNDECIDED = ("approved", "rejected", "done")


@pytest.mark.parametrize("state", get_args(ActionState))
def test_what_comes_next(state: ActionState) -> None:
    decidable = UNDECIDED if state in ("proposed", "blocked") else ()
    shown = read_screen(make_plan(actions=[make_action(state=state, decidable=decidable)]), "act")
    assert shown["Next"].removesuffix(" --by WHO --because WHY") == NEXT[state]


@pytest.mark.parametrize(
    ("state", "decidable", "events", "told"),
    [
        ("proposed", UNDECIDED, ["opened"], "approve or reject it"),
        ("open", ("done",), ["opened", "approved"], "do it, then say so"),
        ("open", ("rejected", "done"), ["opened", "approved"], "do it, then say so, or reject it"),
        ("blocked", ("done",), ["opened", "approved", "escalated"], "do it once nothing blocks it, then say so"),
        # The plan opens it again, and the ledger still has it as done.
        ("open", ("done",), ["opened", "done", "escalated"],
         "once the plan is recorded (`plan --record`), do it, then say so"),
    ],
)  # fmt: skip
def test_only_what_can_be_decided_is_asked_for(
    state: str, decidable: tuple[str, ...], events: list[str], told: str
) -> None:
    action = make_action(state=state, decidable=decidable, history=tuple(map(make_decision, events)))
    assert read_screen(make_plan(actions=[action]), "act")["Next"].partition(" - prism-rules")[0] == told


def test_what_is_recorded_is_not_to_be_recorded_again() -> None:
    action = make_action(
        state="proposed", decidable=UNDECIDED, history=(make_decision("opened"),),
        opened_at="2026-03-01T00:00:00Z", overdue=True, escalated_to="@org/lead",
    )  # fmt: skip
    shown = read_screen(make_plan(actions=[action]), "act")
    assert shown["Next"].startswith("approve or reject it")
    assert shown["Due"] == "2026-03-04, overdue"
    assert shown["Action"].endswith("; opened on 2026-03-01")
    assert shown["Owner"] == "nobody; escalated to @org/lead"
    assert shown["Covers"] == "nothing: its cause is waived, or cannot be told now"


def make_queue(rows: int, **more: Any) -> QueueEntry:
    return QueueEntry(
        path="queues/act.csv" if rows else None, source="seen", rows=rows, size=70, eligible=362, seed=7, digest=None,
        effort_minutes=None, **more,
    )  # fmt: skip


def test_what_waits_for_the_review_budget_says_so_and_what_to_do() -> None:
    def tell(rows: int) -> dict[str, str]:
        action = make_action(due=None, history=(make_decision("opened"),), queue=make_queue(rows))
        waits = (Waiting(action="act", rows=70 - rows, minutes=140),)
        work = GovernanceEntry(budget_minutes=60, planned_minutes=50, per_owner={}, waits=waits, uncounted=0)
        return read_screen(make_plan(actions=[action], governance=work), "act")

    shown = tell(0)
    assert shown["Queue"] == "none yet; 70 rows wait for the review budget, 362 rows of seen are eligible"
    assert shown["Due"] == "once it has rows"
    assert shown["Next"].startswith(
        "do it once the review budget has room for its rows (finish what comes before it, or raise `review_budget`), "
        "then say so - prism-rules decide"
    )
    shown = tell(30)
    assert "30 rows (asked for 70)" in shown["Queue"]
    assert "; 40 more wait for the review budget" in shown["Queue"]
    assert shown["Next"].startswith("do it, then say so - ")


def test_what_never_fits_the_review_budget_is_not_told_to_wait() -> None:
    def tell(state: str, rows: int) -> dict[str, str]:
        waits = (Waiting(action="act", rows=rows, minutes=140, never=True),)
        work = GovernanceEntry(budget_minutes=30, planned_minutes=0, per_owner={}, waits=waits, uncounted=0)
        decidable = UNDECIDED if state == "proposed" else ("done",)
        action = make_action(
            state=state, due=None, decidable=decidable, history=(make_decision("opened"),), queue=make_queue(0)
        )
        return read_screen(make_plan(actions=[action], governance=work), "act")

    fits = "a larger `review_budget`, a smaller `effort` or a `size` below 20"
    shown = tell("open", 70)
    assert shown["Due"] == "none, as its rows never fit"
    assert shown["Queue"] == (
        f"none; 70 rows can never fit the review budget without {fits}; 362 rows of seen are eligible"
    )
    only = f"without rows, which fit the review budget only with {fits}"
    assert shown["Next"].startswith(f"do it {only}, then say so - ")
    assert tell("proposed", 70)["Next"].startswith(f"approve or reject it; work on it {only} - ")
    assert "a smaller `effort` or a `size` below 7;" in tell("open", 7)["Queue"]
    assert "without a larger `review_budget` or a smaller `effort`;" in tell("open", 1)["Queue"]


def test_recorded_rows_of_what_is_blocked_again_are_not_called_unwritten_only() -> None:
    shown = read_screen(make_plan(actions=[make_action(state="blocked", queue=make_queue(0, kept=200))]), "act")
    assert shown["Queue"] == "none written; the 200 rows recorded before are kept until nothing blocks it"


def test_a_collection_that_has_not_grown_keeps_what_is_done_from_being_verified() -> None:
    bound = Bound(level="fail", kind="above", value=0.05, origin="rules.slice-absent.fail.above")
    accepted = Acceptance(rule="slice-absent", scope={"class": "dent"}, holds=False, was=0.7, value=0.5, n=360,
                          bound=bound, reason="not_yet_measured", unchanged=("validation",))  # fmt: skip
    action = make_action(state="done", acceptance=(accepted,))
    assert read_screen(make_plan(actions=[action]), "act")["Done when"] == (
        "- slice-absent for dent does not hold yet: was 0.70, now 0.50 (360), and nothing was added to validation "
        "since; must be at most 0.05"
    )
    assert "| 0.50 (360), and nothing was added to validation since |" in render_markdown(make_plan(actions=[action]))


def test_a_gate_that_waits_for_a_collection_says_for_which() -> None:
    place = {"class": "dent"}
    accepted = Acceptance(rule="absent", scope=place, holds=False, was=0.7, value=0.5, n=360,
                          reason="not_yet_measured", unchanged=("validation",))  # fmt: skip
    elsewhere = accepted.model_copy(update={"scope": {"class": "chip"}, "unchanged": ("training",)})
    before = make_action(state="done", acceptance=(accepted, elsewhere)).model_copy(update={"id": "before"})
    other = make_action(state="done", acceptance=(accepted.model_copy(update={"unchanged": ("history",)}),))
    shut = Blocker(rule="absent", scope=place, because="not_yet_measured")
    blocked = make_action(state="blocked", blocked_by=(shut,), after=("before",))
    actions = [before, other.model_copy(update={"id": "other"}), blocked]
    assert read_screen(make_plan(actions=actions), "act")["Waits"] == (
        "- absent counts for dent once something is added to validation"
    )


def test_decisions_are_told_the_newest_first() -> None:
    history = (
        make_decision("opened", by="prism-rules", because="proposed by a plan", at="2026-03-01T00:00:00Z"),
        make_decision("escalated", by="prism-rules", to="@org/lead", because="late"),
        make_decision("done", override=True, at="2026-03-05T10:00:00Z"),
    )
    told = "- 2026-03-05 done (while blocked) by @org/labels: as agreed " + (
        "- 2026-03-02 escalated to @org/lead - 2026-03-01 opened"
    )
    assert read_screen(make_plan(actions=[make_action(state="done", history=history)]), "act")["Decisions"] == told
    # A plan that keeps no history of an action still has what was decided since the last one.
    other = make_decision("approved").model_copy(update={"action": "another"})
    plan = make_plan(actions=[make_action()], decisions=(*history, other))
    assert read_screen(plan, "act")["Decisions"] == told


def test_what_this_plan_opens_again_comes_before_what_was_decided() -> None:
    plan = make_plan(actions=[make_action(history=(make_decision("done"),))])
    assert read_screen(plan, "act")["Decisions"].startswith(
        "- now open again: acceptance fails on data since it was done - 2026-03-02 done by @org/labels"
    )


def test_an_action_whose_title_says_its_place_has_it_once() -> None:
    assert explain(make_plan(actions=[make_action()]), "act").startswith("Relabel dent: open\n")
    other = make_action(title="Relabel what is disputed")
    assert explain(make_plan(actions=[other]), "act").startswith("Relabel what is disputed (dent): open\n")


def test_a_conflict_asks_for_a_decision() -> None:
    conflict = (make_decision("rejected"), make_decision("approved"))
    shown = read_screen(
        make_plan(actions=[make_action(conflict=conflict, decidable=("approved", "rejected", "reopened"))]), "act"
    )
    assert shown["Conflict"].startswith("- 2026-03-02 rejected by @org/labels: as agreed - ")
    assert shown["Next"].startswith(
        "decide again, knowing both sides: approved, rejected or reopened - prism-rules decide act --as DECISION"
    )


def test_a_stuck_gate_and_an_unfinished_action_are_said() -> None:
    place = {"class": "dent"}
    blockers = (
        Blocker(rule="class-agreement", scope=place, because="unmeasured"),
        Blocker(action="first", scope=place, because="awaiting"),
    )
    plan = make_plan(
        actions=[make_action(state="blocked", blocked_by=blockers)],
        stuck=[Stuck(rule="class-agreement", scope=place, because="unmeasured", blocks=("act",))],
    )
    assert read_screen(plan, "act")["Waits"] == (
        "- class-agreement has not been measured for dent; stuck, as no action works on it "
        '- waits until "first" is done: first'
    )


def test_what_is_waited_for_is_named_once() -> None:
    first = make_action(action="train").model_copy(update={"id": "first"})
    blocker = Blocker(action="first", scope={"class": "dent"}, because="awaiting")
    waiting = make_action(state="blocked", after=("first",), blocked_by=(blocker,))
    shown = read_screen(make_plan(actions=[first, waiting]), "act")
    assert shown["Waits"].endswith(": first")
    assert "After" not in shown


# Finding what is meant.


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ("agreement", ["agreement"]),  # an id, though others begin so
        ("agreement-d", ["agreement-dent"]),
        ("class-agreement", ["agreement", "agreement-dent", "agreement-ok"]),
        ("old-validation", ["stale-surface-scratch", "stale-edge-chip"]),
        ("relabel", ["relabel-surface-scratch"]),
        ("stale-", ["stale-surface-scratch", "stale-edge-chip"]),
        ("nothing", []),
        ("", []),
    ],
)
def test_what_a_name_stands_for(wanted: str, ids: list[str]) -> None:
    plan = make_glare_plan()
    assert [entry.id for entry in find_entries(plan, wanted)] == ids
    assert [row[-1] for row in list_rows(plan, find_entries(plan, wanted))] == ids


def test_what_may_be_meant_is_a_name_or_a_place() -> None:
    plan = make_plan(
        passes=[Passing(id="agree-dent-0123456789ab", rule="agree", scope={"class": "dent"}, value=1.0, n=9)],
        actions=[make_action()],
    )
    assert list_beginnings(plan) == ["relabel", "agree", "act", "agree-dent"]


def test_long_lists_are_cut_and_counted() -> None:
    plan = make_plan(
        findings=[make_finding("f", "class-agreement", {"class": "dent"}, 0.5)],
        diagnoses=[make_diagnosis(f"d{n}", evidence=("f",)) for n in range(9)],
    )
    assert read_screen(plan, "f")["Speaks for"].endswith("- diagnosed: d5 - and 3 more")


@pytest.mark.parametrize("make", [make_glare_plan, make_big_plan])
def test_it_is_one_screen(make: Any) -> None:
    plan = make()
    for entry in (*plan.findings[:30], *plan.diagnoses[:30], *plan.actions[:30], *plan.passes):
        lines = tell_entry(plan, entry).splitlines()
        assert 6 < len(lines) <= 32
        # A command is there to be copied.
        assert [line for line in lines if len(line) > WIDTH and "prism-rules decide" not in line] == []


# SQL.


def test_the_queries_behind_an_entry_are_shown_once() -> None:
    plan = make_glare_plan()
    [action] = find_entries(plan, "relabel-surface-scratch")
    told = tell_queries(plan, action)
    assert told.count("select 1;") == 1
    assert told.startswith("-- scan-1 of the plan of 2026-03-01, for ")
    assert {"low-confidence", "class-agreement", "slice-absent"} <= {*re.split("[ ,.]+", told.splitlines()[0])}
    # A diagnosis that names itself as its evidence does not go on for ever.
    looped = make_plan(diagnoses=[make_diagnosis("d", evidence=("d",))])
    assert tell_queries(looped, looped.diagnoses[0]) == "-- The plan does not say how it was measured.\n"


# Hostile texts.


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "a\nb\r\nc", "\x9b2J", "\u202egnp.exe", "\u2066x\u2069", "a\tb",
        "\x00", "\ufeff\u200b", "x" * 10_000, "e" + "\u0301" * 5_000, "(" * 10_000, "-- ; drop", "a\u00a0b",
    ],
)  # fmt: skip
def test_a_hostile_text_is_shown_and_cut(text: str) -> None:
    name = text
    bound = Bound(level="fail", kind="below", value=0.75, origin=name)
    resolved = ResolvedBound(match={name: name}, level="fail", kind="below", value=0.75, origin=name)
    finding = make_finding(
        name,
        name,
        {name: name},
        0.5,
        bound=bound,
        unit=name,
        excluded={name: 2},
        reason=name,
        since=name,
        waiver=name,
        status="waived",
        hides="fail",
        baseline=BaselineValue(value=0.9, n=5, scope={name: name}, source=name, window=(name, name)),
    )
    decision = make_decision(name, by=name, because=name, at=name, to=name)
    plan = make_plan(
        rules={name: RuleEntry(title=name, source=name, metric=name, by=(name,), status="stable", unit=name, scan=name,
                               bounds=(resolved,))},
        scans={name: name},
        origins={name: Origin(file=name, line=1, col=1)},
        findings=[finding],
        waivers=[make_waiver(name, name, {name: name}, by=name, because=name, until=name)],
        diagnoses=[make_diagnosis(f"d{name}", cause=name, title=name, text=name, scope={name: name}, evidence=(name,),
                                  at=({name: name},), leads_to=(name,))],
        actions=[make_action(action=name, title=name, owner=name, due=name, scope={name: name}, covers=(f"d{name}",),
                             escalated_to=name, history=(decision,), conflict=(decision,), after=(name,))],
    )  # fmt: skip
    shown = [tell_entry(plan, entry) for entry in (*plan.findings, *plan.diagnoses, *plan.actions)]
    for told in shown:
        assert show_invisible(told.replace("\n", "")) == told.replace("\n", "")
        assert len(told) < 6_000
        assert max(map(len, told.splitlines())) <= MAX_LINE
    told = tell_queries(plan, finding)
    assert show_invisible(told.replace("\n", "")) == told.replace("\n", "")


def test_a_hostile_plan_is_told_whole() -> None:
    plan = make_hostile_plan()
    for entry in (*plan.findings, *plan.diagnoses, *plan.actions, *plan.passes):
        told = tell_entry(plan, entry)
        assert show_invisible(told.replace("\n", "")) == told.replace("\n", "")
