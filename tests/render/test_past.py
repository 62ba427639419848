"""What a report tells of an action's past: a line, with the reason of its last event, and why it is open again."""

from __future__ import annotations

from typing import Any

import pytest

from prism_rules.model.plan import ActionEntry, Decision
from prism_rules.render.markdown.past import write_conflict, write_past

OPENED, APPROVED, DONE = (
    ("opened", "03-01", "prism-rules"),
    ("approved", "03-02", "@org/a"),
    ("done", "03-05", "@org/a"),
)
VERIFIED = ("verified", "03-22", "prism-rules")


def make_decision(event: str, day: str, by: str, **more: Any) -> Decision:
    facts = {"action": "relabel-1", "name": "relabel", "scope": {}, "because": f"why {event}", "entry": "5e" * 32}
    return Decision(event=event, at=f"2026-{day}T00:00:00Z", by=by, **(facts | more))


def make_action(*events: tuple[str, str, str], **more: Any) -> ActionEntry:
    facts = {
        "id": "relabel-1", "action": "relabel", "kind": "relabel", "scope": {}, "covers": (), "state": "open",
        "title": "Relabel", "steps": None, "owner": None, "due": None, "priority": 1,
        "history": tuple(make_decision(*event) for event in events),
    }  # fmt: skip
    return ActionEntry.model_validate(facts | more)


@pytest.mark.parametrize(
    ("events", "more", "told"),
    [
        ([OPENED], {}, ""),
        (
            [OPENED, ("opened", "03-08", "prism-rules"), APPROVED],
            {},
            "**So far**: 2026-03-01 **opened**; 2026-03-08 **opened**: why opened; 2026-03-02 **approved** by "
            "`@org/a`: why approved.",
        ),
        (
            [OPENED, APPROVED],
            {},
            "**So far**: 2026-03-01 **opened**; 2026-03-02 **approved** by `@org/a`: why approved.",
        ),
        (
            [OPENED, DONE, VERIFIED],
            {"episode": 2},
            "**So far** (episode 2): 2026-03-01 **opened**; 2026-03-05 **done** by `@org/a`; 2026-03-22 **verified**: "
            "why verified; now **open again**: its cause is back on newer data.",
        ),
        (
            [OPENED, DONE],
            {},
            "**So far**: 2026-03-01 **opened**; 2026-03-05 **done** by `@org/a`: why done; now **open again**: "
            "acceptance fails on data since it was done.",
        ),
        (
            [OPENED, DONE],
            {"state": "done"},
            "**So far**: 2026-03-01 **opened**; 2026-03-05 **done** by `@org/a`: why done.",
        ),
        (
            [OPENED, *[APPROVED] * 9],
            {},
            "**So far**: 4 earlier; " + "2026-03-02 **approved** by `@org/a`; " * 5
            + "2026-03-02 **approved** by `@org/a`: why approved.",
        ),
    ],
    ids=["proposed", "unblocked", "approved", "cause is back", "acceptance fails", "waits for data", "many"],
)  # fmt: skip
def test_the_past_of_an_action(events: list[tuple[str, str, str]], more: dict[str, Any], told: str) -> None:
    assert write_past(make_action(*events, **more)) == told


def test_what_was_done_in_spite_of_a_gate_and_who_was_told() -> None:
    history = (
        make_decision(*OPENED),
        make_decision("escalated", "03-04", "prism-rules", to="@org/safety"),
        make_decision(*DONE, override=True),
    )
    told = write_past(make_action(state="done", history=history))
    assert "2026-03-04 **escalated to @\u200borg/safety**" in told
    assert "2026-03-05 **done (while blocked)** by `@org/a`" in told


def test_a_conflict_of_many_names_some_and_counts_the_rest() -> None:
    conflict = tuple(make_decision("rejected", "03-02", f"@org/{n}") for n in range(20))
    told = write_conflict(make_action(conflict=conflict)).splitlines()
    assert told[2] == "- 2026-03-02 **rejected** by `@org/0`: why rejected"
    assert (len(told), told[-1]) == (9, "- and 14 more")
    assert write_conflict(make_action(OPENED)) == ""
