"""Gates over random findings, decisions and second measurements, against a plain reading of the language.

The reference knows neither scopes that are hashed nor phases: it asks for one class at a time what the sentences say.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prism_rules.model.plan import ActionEntry, Plan

from .case import FiveRows, Story, build_ruleset, name_action

CLASSES = ("a", "b")
STATUSES = (
    "pass",
    "warn",
    "fail",
    "unsure/warn",
    "unsure/fail",
    "insufficient",
    "no_data",
    "warn/fail",
    "waived:pass",
    "waived:fail",
    "waived:warn",
    "waived:warn/fail",
    "waived:unsure/warn",
    "waived:unsure/fail",
    "waived:insufficient",
)
VALUES = {
    "pass": 0.9, "warn": 0.78, "fail": 0.6, "unsure/warn": 0.79, "unsure/fail": 0.74, "insufficient": 0.9,
    "waived:fail": 0.6, "waived:warn": 0.78, "warn/fail": 0.74, "waived:warn/fail": 0.74, "waived:unsure/warn": 0.79,
    "waived:unsure/fail": 0.74, "waived:pass": 0.9,
}  # fmt: skip
DECISIONS = ("", "approved", "rejected", "done", "approved done", "rejected reopened")

RULESETS = {
    strict: build_ruleset(
        {
            "rules": {"agreement": {"by": ["class"]}, "need": {"by": ["class"]}},
            "causes": {"low": {"by": ["class"], "when": {"all": ["need"]}}},
            "actions": {
                "train": {"for": ["low"], "by": ["class"], "done_when": ["agreement"]},
                "relabel": {
                    "for": ["low"],
                    "by": ["class"],
                    "requires": [{"rule": "agreement", "at": "pass"} if strict else "agreement"],
                    "after": ["train"],
                    "queue": {"from": "seen", "size": 3},
                },
            },
        }
    )
    for strict in (False, True)
}

CLASS = st.fixed_dictionaries(
    {
        "finding": st.sampled_from((None, *STATUSES)),
        "decided": st.sampled_from(DECISIONS),
        "again": st.one_of(st.none(), st.tuples(st.sampled_from((0.9, 0.78, 0.6)), st.sampled_from((3, 40)))),
    }
)


def read_gate(strict: bool, case: dict[str, Any]) -> tuple[str, str, str | None]:
    """Say where `train` stands, and why the gate of `relabel` is closed or what it waits for, of one class."""
    decided, again = case["decided"].split(), case["again"]
    measured = again is not None and again[1] >= 30
    # The action's life.
    if "done" in decided:
        state = "done" if not measured else "verified" if again[0] >= 0.75 else "open"
    elif decided[-1:] == ["rejected"]:
        state = "rejected"
    else:
        state = "open" if decided else "proposed"
    # One open and not done keeps the gate closed.
    if state == "open":
        return state, "blocked", "awaiting"
    # Done: measured from its anchor, at most one window.
    if state in ("done", "verified"):
        if not measured:
            return state, "blocked", "not_yet_measured"
        return (state, "blocked", "fails") if again[0] < (0.8 if strict else 0.75) else (state, "proposed", None)
    # None, or rejected: the ordinary finding counts.
    because = read_closed(case["finding"] or "no_data", strict)
    return state, "blocked" if because else "proposed", because


def read_closed(status: str, strict: bool) -> str | None:
    """Say why a finding closes a gate; None when the rule holds. A waiver never makes a rule hold."""
    status = status.removeprefix("waived:")
    if status in (("pass",) if strict else ("pass", "warn", "unsure/warn")):
        return None
    because = {"fail": "fails", "warn": "fails", "insufficient": "unmeasured", "no_data": "unmeasured"}
    return because.get(status, "unsure")


def find(plan: Plan, text: str) -> ActionEntry:
    return next(entry for entry in plan.actions if entry.id == name_action(text))


def find_path(plan: Plan, path: str) -> bool:
    return any(entry.queue and entry.queue.path and path.startswith(entry.queue.path[:-4]) for entry in plan.actions)


@given(st.booleans(), st.tuples(CLASS, CLASS), st.randoms(use_true_random=False))
@settings(max_examples=75, suppress_health_check=[HealthCheck.too_slow])
def test_gates_are_as_the_language_reads(strict: bool, cases: tuple[dict[str, Any], ...], random: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        story = Story(RULESETS[strict], Path(folder) / "ledger", engine=FiveRows())
        needs = [f"need fail class={name} 0.6" for name in CLASSES]
        story.plan([*needs, *(f"agreement fail class={name} 0.6" for name in CLASSES)])
        for name, case in zip(CLASSES, cases, strict=True):
            for event in case["decided"].split():
                story.decide(f"{event} train class={name} 2026-03-05")
        findings = [
            f"agreement {case['finding']} class={name} {VALUES.get(case['finding'], '')}"
            for name, case in zip(CLASSES, cases, strict=True) if case["finding"]
        ]  # fmt: skip
        again = [
            f"agreement class={name} {case['again'][0]} n={case['again'][1]}"
            for name, case in zip(CLASSES, cases, strict=True) if case["again"] and "done" in case["decided"]
        ]  # fmt: skip
        told = [*needs, *findings]
        random.shuffle(told)
        plan = story.plan(told, as_of="2026-03-08", again=again)
    for name, case in zip(CLASSES, cases, strict=True):
        state, shown, because = read_gate(strict, case)
        # What has no finding at all has nothing to be measured again either.
        if case["finding"] is None and state in ("done", "verified", "open") and "done" in case["decided"]:
            state, shown, because = "done", "blocked", "unmeasured"
        train, relabel = find(plan, f"train class={name}"), find(plan, f"relabel class={name}")
        assert (train.state, relabel.state) == (state, shown)
        assert [blocker.because for blocker in relabel.blocked_by] == ([because] if because else [])
        # A gate that is shut lets no row out; what would be eligible is told.
        assert relabel.queue is not None and relabel.queue.eligible == 5
        files = sorted(path for path in story.files if relabel.id in path)
        if because:
            assert (relabel.queue.path, relabel.queue.rows, relabel.queue.digest, files) == (None, 0, None, [])
        else:
            assert files == [f"queues/{relabel.id}.csv", f"queues/{relabel.id}.jsonl"]
            assert (relabel.queue.path, relabel.queue.rows) == (files[0], 3)
    assert not any(path.startswith("queues/") and not find_path(plan, path) for path in story.files)
    stuck = {one.scope["class"] for one in plan.stuck}
    for name in CLASSES:
        train, relabel = find(plan, f"train class={name}"), find(plan, f"relabel class={name}")
        closed = [blocker for blocker in relabel.blocked_by if blocker.because != "awaiting"]
        # Nothing else opens the gate: where it is closed and `train` is over, it is stuck.
        assert (name in stuck) == bool(closed and train.state in ("verified", "rejected"))


# Gates at every grain that an action by class and column may have, one where a warning is too much, one on trial.
GRAINS = {"whole": (), "class": ("class",), "column": ("of",), "both": ("class", "of"), "trial": ("class",)}
COLUMNS = ("brightness", "contrast")
REQUIRES = {"whole": False, "class": True, "column": False, "both": True, "trial": False}


def build_rule(by: tuple[str, ...]) -> dict[str, Any]:
    several = {"metric": "mean", "of": list(COLUMNS)} if "of" in by else {}
    return {"by": [dimension for dimension in by if dimension != "of"], **several}


PLACED = build_ruleset(
    {
        "rules": {
            "need": build_rule(("class", "of")),
            **{name: build_rule(by) for name, by in GRAINS.items()},
            "trial": {**build_rule(GRAINS["trial"]), "status": "experimental"},
        },
        "causes": {"low": {"by": ["class", "of"], "when": {"all": ["need"]}}},
        "actions": {
            "relabel": {
                "for": ["low"],
                "by": ["class", "of"],
                "requires": [{"rule": name, "at": "pass"} if strict else name for name, strict in REQUIRES.items()],
            },
        },
    }
)
SCOPES = {
    name: [
        {dimension: dict(zip(("class", "of"), pair, strict=True))[dimension] for dimension in by}
        for pair in ([(c, o) for c in CLASSES for o in COLUMNS])
    ]
    for name, by in GRAINS.items()
}  # fmt: skip
TOLD = st.fixed_dictionaries(
    {
        (name, tuple(scope.items())): st.sampled_from((None, "pass", "pass", "pass", *STATUSES))
        for name, scopes in SCOPES.items() for scope in scopes
    }
)  # fmt: skip


@given(TOLD)
@settings(max_examples=75, suppress_health_check=[HealthCheck.too_slow])
def test_every_gate_is_asked_where_it_agrees_with_the_action(told: dict[Any, str | None]) -> None:
    findings = [
        " ".join([name, status, *(f"{d}={v}" for d, v in scope), str(VALUES.get(status, ""))])
        for (name, scope), status in told.items() if status
    ]  # fmt: skip
    needs = [f"need fail class={name} of={column} 0.6" for name in CLASSES for column in COLUMNS]
    with tempfile.TemporaryDirectory() as folder:
        plan = Story(PLACED, Path(folder) / "ledger").plan([*needs, *findings])
    stuck = set()
    for name in CLASSES:
        for column in COLUMNS:
            action = find(plan, f"relabel class={name} of={column}")
            place = {"class": name, "of": column}
            closed = set()
            for rule, strict in REQUIRES.items():
                here = tuple((dimension, place[dimension]) for dimension in GRAINS[rule])
                status = told[rule, here]
                if status is None:
                    closed.add((rule, tuple(place.items()), "unmeasured"))
                elif because := read_closed(status, strict):
                    closed.add((rule, here, because))
            if {rule for rule, *_ in closed} == {"trial"}:
                closed = set()
            blocked = {(b.rule, tuple(sorted(b.scope.items())), b.because) for b in action.blocked_by}
            assert blocked == {(rule, tuple(sorted(scope)), because) for rule, scope, because in closed}
            assert action.state == ("blocked" if closed else "proposed")
            stuck |= blocked
    # Nothing works on any of these gates.
    assert {(s.rule, tuple(sorted(s.scope.items())), s.because) for s in plan.stuck} == stuck
