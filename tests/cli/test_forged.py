"""A fork may write into its ledger whatever an entry can hold: every command goes on, and harm stays a text."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from prism_rules.ledger import append_entry
from prism_rules.model.ledger import Criterion, DrawnStratum, Event, Opening, RulesetUsed

from .conftest import AS_OF, Project

HUGE = "9" * 308
ROWS = {
    "rows": ("\x00", "x" * 10_000),
    "strata": (DrawnStratum(value={"\x1b[31m": ""}, weight=HUGE, eligible=2**53, taken=2),),
}
FORGED: dict[str, dict[str, Any]] = {
    "other-dimensions": {"scope": {"nonsense": "x\x00'\"; drop"}},
    "no-scope": {"scope": {}},
    "one-dimension-more": {"scope": {"class": "dent", "site": "x"}},
    "no-class-of-ours": {"scope": {"class": "\x00'--"}},
    "a-long-class": {"scope": {"class": "x" * 10_000}},
    "ancient": {"at": "0001-01-01T00:00:00Z"},
    "far-ahead": {"at": "9999-12-31T23:59:59Z"},
    "due-in-the-end": {"opening": {"due": "9999-12-31"}},
    "due-long-ago": {"opening": {"due": "0001-01-01", "owner": "\u202e" * 10_000, "title": "\n# Title"}},
    "odd-rows": {"opening": ROWS},
    "no-rule-of-ours": {"opening": {"acceptance": (Criterion(rule="no-such", scope={"x": "y"}, was=HUGE),)}},
    "no-place-of-ours": {"opening": {"acceptance": (Criterion(rule="class-agreement", scope={"x": "y"}, was=HUGE),)}},
    "a-huge-value": {"opening": {"acceptance": (Criterion(rule="low-confidence", scope={}, was=f"-{HUGE}"),)}},
}


def test_whatever_a_ledger_holds_the_commands_go_on(project: Project) -> None:
    events = []
    for kind, forged in FORGED.items():
        for name in ("review-set", "relabel", "measure-agreement", "no-such-action"):
            for decided in ((), ("approved",), ("approved", "done")):
                fields = {
                    "action": f"{kind}-{name}-{len(decided)}", "name": name, "scope": {"class": "dent"}, "by": "a",
                    "because": "b", "at": "2026-02-25T00:00:00Z", **forged,
                }  # fmt: skip
                opening = Opening(**{"kind": "review", "title": "Review", **fields.pop("opening", {})})
                events.append(Event(event="opened", opening=opening, **fields))
                events += [Event(event=event, **fields) for event in decided]
    used = RulesetUsed(name="press-shop", version="1", digest="sha256:0")
    append_entry(project.root / "ledger", events=events, ruleset=used)
    shown = ""
    for command in (
        ("plan", "--as-of", AS_OF, "--record"),
        ("plan", "--as-of", "2026-03-02", "--record"),
        ("ledger", "show"),
        ("ledger", "show", "--format", "json"),
        *(("ledger", told, f"{kind}-relabel-1") for kind in FORGED for told in ("show", "trace")),
        ("ledger", "trace", ROWS["rows"][1]),
    ):
        done = project.call(*command)
        assert done.returncode in (0, 1), (command, done.stderr)
        assert "--format" in command or max(map(len, done.stdout.splitlines())) < 1_500
        shown += done.stdout
    shown += (project.root / "plans/2026-03-02/report.md").read_text("utf-8")
    assert not {"\x00", "\x1b", "\u202e"} & {*shown}


@pytest.mark.parametrize("identity", ["../../etc/cron", "a/b", "a.b", "", "-x", "x" * 100, "X", "\x1b"])
def test_an_action_cannot_be_called_like_a_path(identity: str) -> None:
    fields = {"event": "done", "name": "relabel", "scope": {}, "by": "a", "because": "b", "at": "2026-03-01T00:00:00Z"}
    Event(action="relabel-0123456789ab", **fields)
    with pytest.raises(ValidationError):
        Event(action=identity, **fields)


@pytest.mark.parametrize(("eligible", "taken", "rows"), [(9, 2, 1), (9, 1, 2), (9, -1, 0), (-1, 0, 0), (2**60, 1, 1)])
def test_rows_that_no_draw_can_have_given_are_refused(eligible: int, taken: int, rows: int) -> None:
    one = {"kind": "review", "title": "Review", "rows": [f"row-{number}" for number in range(rows)]}
    with pytest.raises(ValidationError):
        Opening.model_validate(one | {"strata": [{"value": {}, "weight": "1", "eligible": eligible, "taken": taken}]})


def test_a_number_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError):
        Criterion(rule="low-confidence", scope={}, was="9" * 309)
    assert Criterion(rule="low-confidence", scope={}, was=f"{1e308:.6f}")
