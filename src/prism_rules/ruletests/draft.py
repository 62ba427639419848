"""Drafts: a test that is not of its form, read as far as it can be, so that one mistake does not hide the others."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from prism_rules.diagnostics import Problem, Route
from prism_rules.model.ruletest import RuleTest
from prism_rules.ruleset.form import Flaw, find_flaws

_NAME = "unread"
_KEYS: Mapping[str, Any] = {
    # A moment after all others: nothing is too late for it.
    "name": _NAME, "as_of": "2199-12-31", "expect": {}, "rule": _NAME, "cause": _NAME, "action": _NAME,
    "status": "fail", "state": "proposed", "event": "done", "at": "2000-01-01",
}  # fmt: skip
"""What stands in for a required key that is missing or wrong; keys that are not listed may be left out."""
_ITEMS: Mapping[str, Any] = {
    "findings": {"rule": _NAME, "status": "fail"}, "actions": {"action": _NAME, "state": "proposed"},
    "ledger": {"action": _NAME, "event": "done", "at": "2000-01-01"}, "generate": {"rows": 1},
    "rows": {}, "blocked_by": {}, "at": {},
}  # fmt: skip
"""The same for an item of a list, since items must keep their places; elsewhere it is a name."""
_ROUNDS = 4


def read_draft(written: Any) -> tuple[RuleTest | None, frozenset[Route]]:
    """Read a test; give it with the places, inside it, of what could not be read. None if nothing could."""
    mended, unread = written, set[Route]()
    for _ in range(_ROUNDS):
        try:
            return RuleTest.model_validate(mended), frozenset(unread)
        except ValidationError as error:
            flaws = find_flaws(error, RuleTest, mended)
        if not isinstance(written, dict):
            break
        mended = copy.deepcopy(mended)
        for flaw in flaws:
            place = (*flaw.route, flaw.missing) if flaw.missing else flaw.route
            if not (flaw.unknown and flaw.meant):
                unread.add(place)
            _mend(mended, place, flaw)
    return None, frozenset()


def _mend(data: Any, place: Route, flaw: Flaw) -> None:
    *above, last = place
    for step in above:
        data = data[step]
    if isinstance(last, int):
        data[last] = copy.deepcopy(_ITEMS.get(str(above[-1]), _NAME))
        return
    value = data.pop(last, None)
    if flaw.unknown:
        data |= {flaw.meant: value} if flaw.meant else {}
    elif last in _KEYS:
        data[last] = copy.deepcopy(_KEYS[last])


def is_consequence(problem: Problem, route: Route, unread: Iterable[Route]) -> bool:
    """Whether a problem of the test at `route` may only come of what could not be read there."""
    at = problem.spots[0].route[len(route) :]
    return any(
        at[: len(place)] == place[: len(at)]
        # What a test is about are its data, or its sources.
        or (problem.code == "rule-off" and (place[0] == "sources" or (place[0] == "data" and len(place) < 3)))
        for place in unread
    )
