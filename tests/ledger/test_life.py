"""The life of an action, row by row: every pair of state and event is either in this table or impossible."""

from __future__ import annotations

from itertools import product
from typing import get_args

import pytest

from prism_rules.ledger import LIFE, State, next_state
from prism_rules.ledger.life import CAUTION, DECISIONS, NOTES, begins_episode
from prism_rules.model.ledger import EventName

TABLE = """
    -        opened     proposed
    proposed opened     proposed
    open     opened     open
    proposed approved   open
    proposed rejected   rejected
    open     rejected   rejected
    proposed done       done
    open     done       done
    done     verified   verified
    done     reopened   open
    proposed closed     closed
    done     closed     closed
    verified reopened   open
    closed   reopened   open
    rejected reopened   open
    proposed escalated  proposed
    open     escalated  open
    done     escalated  done
    verified escalated  verified
    closed   escalated  closed
    rejected escalated  rejected
    proposed waived     proposed
    open     waived     open
    done     waived     done
    verified waived     verified
    closed   waived     closed
    rejected waived     rejected
"""
ROWS = {
    (None if state == "-" else state, event): after for state, event, after in map(str.split, TABLE.split("\n")[1:-1])
}
STATES = [None, *get_args(State)]


@pytest.mark.parametrize(("state", "event"), list(product(STATES, get_args(EventName))))
def test_every_pair_of_state_and_event(state: State | None, event: EventName) -> None:
    assert next_state(state, event) == ROWS.get((state, event))


def test_the_table_holds_nothing_else() -> None:
    assert set(LIFE) == set(ROWS)


@pytest.mark.parametrize("state", ["proposed", "open"])
def test_done_closes_an_action_that_has_nothing_to_verify(state: State) -> None:
    assert next_state(state, "done", has_acceptance=False) == "closed"


@pytest.mark.parametrize("state", ["done"])
@pytest.mark.parametrize("note", NOTES)
def test_a_note_closes_nothing(state: State, note: EventName) -> None:
    assert next_state(state, note, has_acceptance=False) == state


@pytest.mark.parametrize(
    ("state", "event", "after"),
    [
        ("rejected", "rejected", "rejected"),
        ("rejected", "approved", "open"),
        ("rejected", "done", None),
        ("rejected", "reopened", "open"),
        ("open", "approved", "open"),
        ("open", "rejected", "rejected"),
        ("open", "verified", None),
    ],
)
def test_a_conflict_may_be_settled_by_repeating_a_decision(state: State, event: EventName, after: State | None) -> None:
    assert next_state(state, event, in_conflict=True) == after


def test_what_lapsed_is_proposed_again() -> None:
    assert next_state("closed", "reopened", lapsed=True) == "proposed"
    assert next_state("closed", "reopened") == "open"


@pytest.mark.parametrize(
    ("state", "event", "begins"),
    [
        (None, "opened", True),
        ("proposed", "opened", False),
        ("verified", "reopened", True),
        ("closed", "reopened", True),
        ("done", "reopened", False),
        ("rejected", "reopened", False),
    ],
)
def test_episodes_begin_when_a_cause_comes_back(state: State | None, event: EventName, begins: bool) -> None:
    assert begins_episode(state, event) is begins


def test_every_event_that_decides_has_its_place_in_the_order_of_caution() -> None:
    assert sorted(CAUTION) == sorted(set(get_args(EventName)) - {"escalated", "waived"})
    assert set(DECISIONS) <= set(CAUTION)
