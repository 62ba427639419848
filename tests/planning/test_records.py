"""What a plan records of an action, and that an action is the same one whatever its values are."""

from __future__ import annotations

from pathlib import Path

from prism_rules.model.ledger import Criterion, DrawnStratum, Opening

from .case import FiveRows, Story, build_ruleset, name_action, tell_events

PARTS = {
    "rules": {"agreement": {"by": ["class"]}, "need": {"by": ["class"]}},
    "causes": {"low": {"by": ["class"], "when": {"all": ["need"]}}},
    "actions": {
        "relabel": {
            "kind": "relabel",
            "for": ["low"],
            "by": ["class"],
            "title": "Relabel {{ scope.class }}",
            "requires": ["agreement"],
            "done_when": ["need"],
            "queue": {"from": "seen", "size": 3, "effort": "90s", "seed": 7},
        },
    },
}
SHUT = ["need fail class=a 0.6123456", "agreement fail class=a 0.6"]
OPEN = ["need fail class=a 0.5", "agreement pass class=a 0.9"]


def test_an_opening_holds_what_later_plans_repeat(tmp_path: Path) -> None:
    story = Story(build_ruleset(PARTS), tmp_path, engine=FiveRows())
    story.plan(OPEN)
    (event,) = story.events
    assert (event.event, event.action, event.name, event.scope) == (
        "opened", name_action("relabel class=a"), "relabel", {"class": "a"},
    )  # fmt: skip
    assert (event.by, event.at) == ("prism-rules", "2026-03-01T00:00:00Z")
    assert event.opening is not None
    assert event.opening == Opening(
        kind="relabel", title="Relabel a", due=None, owner="@org/all", rows=event.opening.rows,
        strata=(DrawnStratum(value={}, weight="1.0", eligible=5, taken=3),),
        acceptance=(Criterion(rule="need", scope={"class": "a"}, was="0.500000"),),
    )  # fmt: skip
    assert len(event.opening.rows) == len({*event.opening.rows} & {f"row-{number}" for number in range(5)}) == 3


def test_rows_are_recorded_when_nothing_blocks_an_action_any_more_and_stay(tmp_path: Path) -> None:
    story = Story(build_ruleset(PARTS), tmp_path, engine=FiveRows())
    (blocked,) = story.plan(SHUT).actions
    assert blocked.queue is not None
    assert (blocked.state, blocked.queue.rows, blocked.queue.effort_minutes) == ("blocked", 0, 0)
    (opened,) = story.events
    assert opened.opening is not None and opened.opening.rows == () and opened.opening.blocked
    (free,) = story.plan(OPEN, as_of="2026-03-08").actions
    assert tell_events(story.events) == ["opened relabel class=a"]
    assert free.queue is not None
    assert (free.state, free.queue.rows, free.queue.effort_minutes, free.queue.seed) == ("proposed", 3, 5, 7)
    # Acceptance stays what it was about at the first opening.
    assert [part.was for part in free.acceptance] == [0.612346]
    shut = story.plan(SHUT, as_of="2026-03-09", record=False).actions[0].queue
    assert shut is not None and (shut.rows, shut.kept) == (0, 3)
    (again,) = story.plan(OPEN, as_of="2026-03-09").actions
    assert again.queue == free.queue and story.events == ()
    # Blocked again it lets nothing out, and what was recorded is there when the gate opens.
    (shut,) = story.plan(SHUT, as_of="2026-03-10").actions
    assert shut.queue is not None
    assert (shut.state, shut.queue.rows, shut.queue.path) == ("blocked", 0, None)
    assert [event.opening.blocked for event in story.events if event.opening] == [True]
    (last,) = story.plan(OPEN, as_of="2026-03-11").actions
    assert last.queue == free.queue


def test_what_a_person_reopened_and_what_the_budget_kept_get_their_queues(tmp_path: Path) -> None:
    story = Story(build_ruleset({**PARTS, "governance": {"review_budget": "5m"}}), tmp_path, engine=FiveRows())
    both = [*OPEN, "need fail class=b 0.5", "agreement pass class=b 0.9"]
    # The three rows of one take five minutes.
    story.plan(both)
    story.decide("done relabel class=a 2026-03-02")
    story.decide("reopened relabel class=a 2026-03-03")
    story.plan(both, as_of="2026-03-08")
    assert [(event.scope["class"], event.because) for event in story.events] == [
        ("a", "gets its queue in the plan of 2026-03-08")
    ]
    story.decide("done relabel class=a 2026-03-09")
    story.plan(both, as_of="2026-03-15")
    assert [(event.scope["class"], event.because) for event in story.events] == [
        ("b", "gets its queue in the plan of 2026-03-15")
    ]


def test_that_nothing_blocks_an_action_any_more_is_recorded_without_due_date_and_queue_too(tmp_path: Path) -> None:
    relabel = {name: part for name, part in PARTS["actions"]["relabel"].items() if name != "queue"}
    story = Story(build_ruleset({**PARTS, "actions": {"relabel": relabel}}), tmp_path)
    told = []
    for findings, day in ((SHUT, "2026-03-01"), (OPEN, "2026-03-08"), (OPEN, "2026-03-09")):
        story.plan(findings, as_of=day)
        told.append([event.opening.blocked for event in story.events if event.opening])
    assert told == [[True], [False], []]


def test_a_new_episode_draws_rows_that_no_earlier_one_had(tmp_path: Path) -> None:
    parts = {**PARTS, "actions": {"relabel": {**PARTS["actions"]["relabel"], "done_when": []}}}  # type: ignore[index]
    engine = FiveRows()
    story = Story(build_ruleset(parts), tmp_path, engine=engine)
    story.plan(OPEN)
    rows = story.events[0].opening.rows if story.events[0].opening else ()
    story.decide("done relabel class=a 2026-03-02")
    story.plan(OPEN, as_of="2026-03-10")
    assert tell_events(story.events) == ["reopened relabel class=a"]
    (_, query) = engine.asked[-1]
    assert all(f"'{row}'" in query for row in rows) and "NOT IN" in query


def test_ids_stay_whatever_is_measured_and_in_whatever_order(tmp_path: Path) -> None:
    resolved = build_ruleset(PARTS)
    findings = [f"need fail class={name} 0.6" for name in "abc"]
    plans = [
        Story(resolved, tmp_path / str(number), engine=FiveRows()).plan(told)
        for number, told in enumerate((findings, findings[::-1], [text.replace("0.6", "0.1") for text in findings]))
    ]
    for kind in ("actions", "diagnoses", "findings"):
        told = [[entry.id for entry in getattr(plan, kind)] for plan in plans]
        assert told == [told[0]] * 3 and len({*told[0]}) == 3
    assert [entry.id for entry in plans[0].actions] == [name_action(f"relabel class={name}") for name in "abc"]
