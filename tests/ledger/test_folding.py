"""The state of actions: along one line of entries, and over branches that did not see each other."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prism_rules.diagnostics import Refused
from prism_rules.ledger import ActionState, fold, read_ledger, restrict_ledger
from prism_rules.ledger.canonical import encode_entry, hash_bytes
from prism_rules.ledger.graph import order_entries
from prism_rules.model.ledger import Criterion, DrawnStratum, Entry, Event, Opening, RulesetUsed

ACTION = "recalibrate-0123456789ab"


def state_of(folder: Path, heads: list[str] | None = None) -> ActionState:
    return fold(read_ledger(folder, heads=heads), "surface")[ACTION]


@pytest.mark.parametrize(
    ("events", "state", "episode"),
    [
        ("opened", "proposed", 1),
        ("opened approved", "open", 1),
        ("opened rejected", "rejected", 1),
        ("opened rejected reopened", "open", 1),
        ("opened approved rejected", "rejected", 1),
        ("opened approved rejected reopened done", "done", 1),
        ("opened done closed", "closed", 1),
        ("opened done closed again", "open", 2),
        ("opened closed again", "proposed", 2),
        ("opened closed again approved", "open", 2),
        ("opened closed again rejected", "rejected", 2),
        ("opened closed again closed again", "proposed", 3),
        ("opened closed reopened", "open", 2),
        ("opened approved done", "done", 1),
        ("opened done reopened done", "done", 1),
        ("opened done verified", "verified", 1),
        ("opened done verified reopened", "open", 2),
        ("opened closed", "closed", 1),
        ("opened closed reopened done verified reopened", "open", 3),
        ("opened approved opened escalated waived", "open", 1),
    ],
)
@pytest.mark.parametrize("together", [True, False], ids=["one entry", "one entry each"])
def test_one_line(
    tmp_path: Path, append: Callable[..., str], events: str, state: str, episode: int, together: bool
) -> None:
    for names in [events.split()] if together else [[name] for name in events.split()]:
        append(tmp_path, *names)
    found = state_of(tmp_path)
    assert (found.state, found.episode, found.conflict) == (state, episode, ())
    assert [step.event.event for step in found.history] == events.replace("again", "reopened").split()


def test_what_is_told_of_an_action(tmp_path: Path, append: Callable[..., str], event: Callable[..., Event]) -> None:
    append(tmp_path, event("opened", at="2026-03-01T00:00:00Z"))
    approved = append(tmp_path, event("approved", at="2026-03-02T10:00:00Z", by="@org/reliability"))
    append(tmp_path, event("done", at="2026-03-05T09:00:00Z", override=True))
    found = state_of(tmp_path)
    assert (found.action, found.name, found.scope) == (ACTION, "recalibrate", {"class": "dent"})
    assert (found.opened_at, found.anchor) == ("2026-03-01T00:00:00Z", "2026-03-05T09:00:00Z")
    assert found.approved is not None
    assert (found.approved.entry, found.approved.event.by) == (approved, "@org/reliability")
    assert found.done is not None
    assert found.done.event.override
    assert found.opening.acceptance[0].was == "0.630000"


def test_done_without_acceptance_closes(
    tmp_path: Path, append: Callable[..., str], event: Callable[..., Event]
) -> None:
    append(tmp_path, event("opened", opening=Opening(kind="review", title="Review")), "done")
    assert state_of(tmp_path).state == "closed"


def test_order_follows_parents_and_never_the_clock(
    tmp_path: Path, append: Callable[..., str], event: Callable[..., Event]
) -> None:
    append(tmp_path, "opened", event("done", at="2026-03-09T00:00:00Z"))
    append(tmp_path, "reopened", event("done", at="2026-03-04T00:00:00Z"))
    assert state_of(tmp_path).anchor == "2026-03-04T00:00:00Z"


@pytest.mark.parametrize("by", ["@org/a", "@org/b", "@org/c", "@org/d"])
def test_of_two_that_were_done_unseen_by_each_other_the_later_one_is_the_anchor(
    tmp_path: Path,
    append: Callable[..., str],
    merge: Callable[[Path, Path], None],
    event: Callable[..., Event],
    by: str,
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    append(ours, "opened")
    shutil.copytree(ours, theirs)
    append(ours, event("done", at="2026-03-09T00:00:00Z"))
    # Whoever says so, so that its hash may come before or after.
    append(theirs, event("done", at="2026-03-04T00:00:00Z", by=by))
    merge(theirs, ours)
    assert state_of(ours).anchor == "2026-03-09T00:00:00Z"
    append(ours, "verified")
    assert state_of(ours).anchor == "2026-03-09T00:00:00Z"


@pytest.mark.parametrize("by", ["@org/a", "@org/b", "@org/c", "@org/d"])
def test_what_an_older_episode_began_again_takes_nothing_from_a_newer_one(
    tmp_path: Path,
    append: Callable[..., str],
    merge: Callable[[Path, Path], None],
    event: Callable[..., Event],
    by: str,
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    append(ours, event("opened", opening=opening(due="2026-03-08", rows=("a",))), "done")
    shutil.copytree(ours, theirs)
    append(ours, "verified")
    append(ours, event("reopened", opening=opening(due="2026-05-01", rows=("b",))))
    # Whoever says so, so that its hash may come before or after.
    append(theirs, event("reopened", by=by))
    merge(theirs, ours)
    found = state_of(ours)
    assert (found.episode, found.opening.due, found.opening.rows) == (2, "2026-05-01", ("b",))


def opening(**fields: Any) -> Opening:
    taken = len(fields.get("rows", ()))
    strata = (DrawnStratum(value={}, weight="1.0", eligible=9, taken=taken),) if taken else ()
    return Opening(
        kind="relabel", title="Relabel", acceptance=(Criterion(rule="r", scope={}),), strata=strata, **fields
    )


def test_a_blocked_action_gets_due_and_rows_later_and_keeps_them(
    tmp_path: Path, append: Callable[..., str], event: Callable[..., Event]
) -> None:
    append(tmp_path, event("opened", opening=opening()))
    append(tmp_path, event("opened", opening=opening(due="2026-03-08", rows=("b", "a")), at="2026-03-08T00:00:00Z"))
    append(tmp_path, event("opened", opening=opening(due="2026-03-15", rows=("c",))))
    found = state_of(tmp_path)
    assert (found.opening.due, found.opening.rows, found.opened_at) == (
        "2026-03-08",
        ("b", "a"),
        "2026-03-01T00:00:00Z",
    )


def test_an_action_is_blocked_as_its_newest_opening_says(
    tmp_path: Path, append: Callable[..., str], event: Callable[..., Event]
) -> None:
    append(tmp_path, event("opened", opening=opening(blocked=True)))
    assert state_of(tmp_path).opening.blocked
    append(tmp_path, event("opened", opening=opening()))
    assert not state_of(tmp_path).opening.blocked


def test_a_rejection_that_is_taken_back_leaves_the_rows_and_not_the_day(
    tmp_path: Path, append: Callable[..., str], event: Callable[..., Event]
) -> None:
    append(tmp_path, event("opened", opening=opening(due="2026-03-08", rows=("a",))), "rejected", "reopened")
    found = state_of(tmp_path)
    assert (found.opening.due, found.opening.rows) == (None, ("a",))
    append(tmp_path, event("opened", opening=opening(due="2026-05-01", rows=("a",))))
    assert state_of(tmp_path).opening.due == "2026-05-01"


@pytest.mark.parametrize(
    ("reopening", "due", "rows"),
    [(None, None, ()), (opening(due="2026-05-01", rows=("x",)), "2026-05-01", ("x",))],
    ids=["without a plan", "by a plan"],
)
def test_a_new_episode_begins_with_a_queue_of_its_own(
    tmp_path: Path,
    append: Callable[..., str],
    event: Callable[..., Event],
    reopening: Opening | None,
    due: str | None,
    rows: tuple[str, ...],
) -> None:
    append(tmp_path, event("opened", opening=opening(due="2026-03-08", rows=("a",))), "done", "verified")
    append(tmp_path, event("reopened", opening=reopening, at="2026-04-20T00:00:00Z"))
    found = state_of(tmp_path)
    assert (found.opening.due, found.opening.rows) == (due, rows)
    assert (found.opened_at, found.opening.has_acceptance) == ("2026-04-20T00:00:00Z", True)


def test_rulesets_do_not_see_each_other(
    tmp_path: Path, append: Callable[..., str], event: Callable[..., Event]
) -> None:
    append(tmp_path, "opened")
    # Ids are made of the ruleset's name: another one has another id.
    other = "recalibrate-ba9876543210"
    append(tmp_path, event("opened", other), event("rejected", other), ruleset="welds")
    ledger = read_ledger(tmp_path)
    assert {name: state.state for name, state in fold(ledger, "surface").items()} == {ACTION: "proposed"}
    assert {name: state.state for name, state in fold(ledger, "welds").items()} == {other: "rejected"}
    assert fold(ledger, "castings") == {}
    assert fold(ledger) == fold(ledger, "surface", "welds")


def test_an_action_goes_on_in_a_ruleset_that_was_renamed(tmp_path: Path, append: Callable[..., str]) -> None:
    append(tmp_path, "opened")
    append(tmp_path, "approved", "done", ruleset="surfaces")
    state = fold(read_ledger(tmp_path), "surfaces")[ACTION]
    assert (state.state, [step.event.event for step in state.history]) == ("done", ["opened", "approved", "done"])


@pytest.mark.parametrize("swapped", [False, True], ids=["as written", "sides swapped"])
@pytest.mark.parametrize(
    ("before", "left", "right", "state", "conflict"),
    [
        ("opened", "approved", "rejected", "rejected", "rejected approved"),
        ("opened", "approved", "approved", "open", ""),
        ("opened", "rejected", "rejected", "rejected", ""),
        ("opened", "approved", "done", "open", "approved done"),
        ("opened", "approved done", "rejected", "rejected", "rejected done"),
        # What a plan found out yields to what somebody decided who did not know of it.
        ("opened", "closed", "approved", "open", ""),
        ("opened", "closed", "done", "done", ""),
        ("opened", "closed", "rejected", "rejected", ""),
        ("opened", "closed again", "rejected", "rejected", ""),
        ("opened", "closed", "approved done verified", "verified", ""),
        ("opened", "approved", "escalated", "open", ""),
        ("opened", "approved", "opened", "open", ""),
        ("opened", "escalated", "waived", "proposed", ""),
        ("opened done", "verified", "reopened", "open", ""),
        ("opened done", "verified", "again", "open", ""),
        ("opened done", "closed", "reopened done", "done", ""),
        ("opened done", "verified", "verified reopened", "open", ""),
        # It does not hide what was decided before it.
        ("opened", "approved done verified", "rejected", "rejected", "rejected done"),
        ("opened", "done verified", "approved", "open", "approved done"),
        ("opened", "approved done again", "rejected", "rejected", "rejected done"),
        ("opened", "approved done again", "approved", "open", ""),
        ("opened", "done verified", "done", "done", ""),
        ("opened rejected", "reopened", "reopened done", "open", "reopened done"),
        ("", "opened", "opened", "proposed", ""),
        ("", "opened", "opened approved", "open", ""),
    ],
)
def test_of_concurrent_decisions_the_more_cautious_counts(
    tmp_path: Path,
    append: Callable[..., str],
    merge: Callable[[Path, Path], None],
    event: Callable[..., Event],
    before: str,
    left: str,
    right: str,
    state: str,
    conflict: str,
    swapped: bool,
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    if before:
        append(ours, *before.split())
    shutil.copytree(ours, theirs)
    # The side that appends decides the hashes, so swapping sides also swaps which of the two comes first.
    for folder, names, by in [(ours, left, "@org/a"), (theirs, right, "@org/b")]:
        claimed = {"@org/a": "@org/b", "@org/b": "@org/a"}[by] if swapped else by
        for name in names.split():
            append(folder, event(name, by=claimed))
    merge(theirs, ours)
    found = state_of(ours)
    assert found.state == state
    assert [step.event.event for step in found.conflict] == conflict.split()


def test_a_plan_leaves_a_conflict_as_it_is(disputed: Path, append: Callable[..., str]) -> None:
    for name in ("opened", "closed", "verified"):
        with pytest.raises(Refused):
            append(disputed, name)


@pytest.fixture
def disputed(tmp_path: Path, append: Callable[..., str], merge: Callable[[Path, Path], None]) -> Path:
    """A ledger in which one branch approved what the other rejected."""
    append(tmp_path / "ours", "opened")
    shutil.copytree(tmp_path / "ours", tmp_path / "theirs")
    append(tmp_path / "ours", "approved")
    append(tmp_path / "theirs", "rejected")
    merge(tmp_path / "theirs", tmp_path / "ours")
    return tmp_path / "ours"


@pytest.mark.parametrize(
    ("settled_by", "state"), [("approved", "open"), ("rejected", "rejected"), ("reopened", "open")]
)
def test_a_decision_that_follows_both_settles_a_conflict(
    disputed: Path, append: Callable[..., str], settled_by: str, state: str
) -> None:
    append(disputed, "escalated")
    assert len(state_of(disputed).conflict) == 2
    append(disputed, settled_by)
    found = state_of(disputed)
    assert (found.state, found.conflict) == (state, ())


def test_a_conflict_lets_no_one_go_ahead(disputed: Path, append: Callable[..., str]) -> None:
    with pytest.raises(Refused) as refused:
        append(disputed, "done")
    (told,) = refused.value.diagnostics
    assert (refused.value.exit_code, told.code) == (2, "impossible-event")
    assert "is `rejected`, in conflict" in told.message
    assert told.help == "what people can decide now is `approved`, `rejected`, `reopened`"


def test_a_third_branch_that_settled_does_not_speak_for_a_fourth(
    disputed: Path, tmp_path: Path, append: Callable[..., str], merge: Callable[[Path, Path], None]
) -> None:
    append(disputed, "approved")
    append(tmp_path / "theirs", "reopened")
    append(tmp_path / "theirs", "done")
    merge(tmp_path / "theirs", disputed)
    found = state_of(disputed)
    assert found.state == "open"
    assert [step.event.event for step in found.conflict] == ["approved", "done"]


def test_the_state_at_earlier_heads_can_be_read_again(
    disputed: Path, append: Callable[..., str], tmp_path: Path
) -> None:
    heads = list(read_ledger(disputed).heads)
    append(disputed, "approved")
    assert [step.event.event for step in state_of(disputed, heads).conflict] == ["rejected", "approved"]
    rejected = read_ledger(tmp_path / "theirs").heads[0]
    assert state_of(disputed, [rejected]).state == "rejected"


@pytest.mark.parametrize(
    ("events", "said"),
    [
        (["approved"], "never opened"),
        (["opened", "verified"], "is `proposed`"),
        (["opened", "rejected", "approved"], "is `rejected`"),
        (["opened", "rejected", "opened"], "is `rejected`"),
    ],
)
def test_an_event_that_does_not_fit_is_not_appended(
    tmp_path: Path, append: Callable[..., str], events: list[str], said: str
) -> None:
    with pytest.raises(Refused) as refused:
        append(tmp_path, *events)
    assert refused.value.exit_code == 2
    assert [said in diagnostic.message for diagnostic in refused.value.diagnostics] == [True]
    assert read_ledger(tmp_path).heads == ()


def test_all_events_that_do_not_fit_are_told(
    tmp_path: Path, append: Callable[..., str], event: Callable[..., Event]
) -> None:
    with pytest.raises(Refused) as refused:
        append(tmp_path, "approved", event("done", action="relabel-0123456789ab"))
    assert [diagnostic.code for diagnostic in refused.value.diagnostics] == ["impossible-event"] * 2


def test_what_heads_follow_is_found_once_however_many_ways_lead_there() -> None:
    entries, heads = dict[str, Entry](), tuple[str, ...]()
    for level in range(200):
        used = [RulesetUsed(name="surface", version="1.0.0", digest=f"{level}{side}") for side in "ab"]
        pair = [Entry(parents=heads, events=(), ruleset=one, tool="1") for one in used]
        heads = tuple(sorted(hash_bytes(encode_entry(entry)) for entry in pair))
        entries |= {hash_bytes(encode_entry(entry)): entry for entry in pair}
    ledger = order_entries(entries)
    assert restrict_ledger(ledger, heads) == ledger
    one = restrict_ledger(ledger, heads[:1])
    assert (one.heads, len(one.entries)) == (heads[:1], 399)
