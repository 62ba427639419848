"""The rule that `governance.turnaround` brings along: what it says, where it stands, and what takes its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from prism_rules.diagnostics import Refused
from prism_rules.manual.text import tell_ruleset
from prism_rules.ruleset import Resolved, load_ruleset
from prism_rules.ruleset.turnaround import is_built_in
from prism_rules.source import parse

FEEDBACK = {"role": "feedback", "fields": {"id": "id", "time": "raised", "channel": "kind", "routed_at": "queued"}}
DEAF = {"role": "feedback", "fields": {"id": "id", "time": "raised", "channel": "kind"}}
SEEN = {"role": "predictions", "fields": {"id": "id", "time": "time", "class": "class", "confidence": "score"}}


def write(**parts: Any) -> dict[str, Any]:
    return {
        "apiVersion": "prism-rules/v1", "kind": "Ruleset",
        "metadata": {"name": "trial", "version": "1.0.0", "owners": ["@org/all"]},
        "sources": {"tickets": FEEDBACK}, "defaults": {"window": "7d"}, "governance": {"turnaround": "7d"},
    } | parts  # fmt: skip


def load(**parts: Any) -> Resolved:
    return load_ruleset(parse(json.dumps(write(**parts), indent=1).encode(), "trial.yaml"))


def list_codes(**parts: Any) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        load(**parts)
    return [(d.code, ".".join(map(str, d.route))) for d in refused.value.diagnostics]


def test_it_is_as_if_it_were_written() -> None:
    rule = {
        "title": "Signals reach a queue in time", "source": "tickets", "metric": "late_share",
        "with": {"within": "7d"}, "window": "28d", "fail": {"above": 0.05},
    }  # fmt: skip
    brought, written = load(), load(rules={"turnaround": rule})
    assert brought.model.rules == written.model.rules
    assert brought.digest == written.digest
    assert is_built_in(brought.model)


def test_its_bound_stands_where_the_turnaround_is_written() -> None:
    resolved = load(rules={"heard": {"source": "tickets", "metric": "volume", "fail": {"below": 1}}})
    lines = resolved.source.text.splitlines()
    for origin, line in (("rules.turnaround.fail.above", '"turnaround": "7d"'), ("rules.heard.fail.below", '"below"')):
        assert line in lines[resolved.origin(origin).line - 1]


@pytest.mark.parametrize(
    ("parts", "window"),
    [
        ({"defaults": {"window": "8d"}}, None),
        ({"defaults": {"window": "7d"}}, "28d"),  # nothing is late in a window as long as the time that a signal has
        ({"defaults": {}}, "28d"),
        ({"sources": {"tickets": FEEDBACK | {"window": "60d"}}}, None),
        ({"sources": {"tickets": FEEDBACK | {"window": "5d"}}, "defaults": {"window": "60d"}}, "28d"),
        ({"sources": {"tickets": FEEDBACK | {"window": "all"}}}, None),
        # Seven business days may take nine.
        ({"defaults": {"window": "9d"}, "governance": {"turnaround": "7d", "days": "business"}}, "28d"),
        ({"defaults": {"window": "10d"}, "governance": {"turnaround": "7d", "days": "business"}}, None),
        ({"governance": {"turnaround": "12h"}}, None),
        ({"defaults": {"window": "6h"}, "governance": {"turnaround": "12h"}}, "2d"),
    ],
)
def test_its_window_is_long_enough(parts: dict[str, Any], window: str | None) -> None:
    rule = load(**parts).model.rules["turnaround"].model_dump(mode="json", exclude_unset=True)
    assert rule.get("window") == window


def test_business_days_are_its_days() -> None:
    governance = {"turnaround": "5d", "days": "business", "holidays": ["2027-01-01", "2026-12-25"]}
    asked = {"within": "5d", "days": "business", "holidays": ["2026-12-25", "2027-01-01"]}
    assert load(governance=governance).model.rules["turnaround"].with_ == asked
    plain = {"turnaround": "5d", "days": "calendar"}
    assert load(governance=plain).model.rules["turnaround"].with_ == {"within": "5d"}


def test_one_that_is_written_takes_its_place() -> None:
    rule = {"source": "tickets", "metric": "late_share", "with": {"within": "2d"}, "fail": {"above": 0.5}}
    resolved = load(rules={"turnaround": rule}, sources={"tickets": FEEDBACK, "mails": FEEDBACK})
    assert resolved.model.rules["turnaround"].with_ == {"within": "2d"}
    assert not is_built_in(resolved.model)


def test_causes_and_actions_may_name_it() -> None:
    resolved = load(
        causes={"slow": {"kind": "drift", "when": {"all": ["turnaround"]}}},
        actions={"route": {"kind": "route_feedback", "for": [{"rule": "turnaround"}, "slow"], "title": "Route"}},
        waivers={"known": {"rule": "turnaround", "until": "2126-01-01", "by": "@org/all", "because": "Known"}},
    )
    assert resolved.warnings == ()


def test_it_is_shown_as_what_governance_brings_along() -> None:
    shown = tell_ruleset(load(), rules=("turnaround",), only=None, whole=False)
    assert "governance.turnaround (line " in shown and "the rule" not in shown


def test_nobody_has_to_read_it() -> None:
    heard = {"source": "tickets", "metric": "volume", "fail": {"below": 1}}
    silent = {"kind": "drift", "when": {"all": ["heard"]}}
    assert load(rules={"heard": heard}, causes={"silent": silent}).warnings == ()


@pytest.mark.parametrize("sources", [{"seen": SEEN}, {"tickets": DEAF}, {"a": FEEDBACK, "b": FEEDBACK}])
def test_it_needs_one_source_and_what_follows_is_not_told(sources: dict[str, Any]) -> None:
    slow = {"slow": {"kind": "drift", "when": {"all": ["turnaround"]}}}
    assert list_codes(sources=sources, causes=slow) == [("turnaround-source", "governance.turnaround")]


def test_of_two_sources_the_one_that_says_when_is_meant() -> None:
    assert load(sources={"a": DEAF, "b": FEEDBACK}).model.rules["turnaround"].source == "b"


def test_a_source_that_cannot_be_read_may_be_the_one() -> None:
    assert list_codes(sources={"tickets": {**FEEDBACK, "window": "soon"}}) == [
        ("bad-duration", "sources.tickets.window")
    ]


@pytest.mark.parametrize(("within", "code"), [("600w", "out-of-range"), ("0d", "bad-duration")])
def test_one_that_is_refused_is_no_unknown_rule(within: str, code: str) -> None:
    slow = {"slow": {"kind": "drift", "when": {"all": ["turnaround"]}}}
    refused = list_codes(governance={"turnaround": within}, causes=slow)
    assert refused == [(code, "governance.turnaround")]


def extend(folder: Path, parent: dict[str, Any], **child: Any) -> Resolved:
    (folder / "parent.yaml").write_text(json.dumps(parent), "utf-8")
    own = write(**child)
    (folder / "child.yaml").write_text(json.dumps({"extends": ["./parent.yaml"], **own}), "utf-8")
    return load_ruleset(folder / "child.yaml")


def test_it_comes_from_a_parent_too_at_its_place(tmp_path: Path) -> None:
    parent = write(governance={"turnaround": "7d", "days": "business"})
    resolved = extend(tmp_path, parent, governance={"days": "calendar"})
    assert resolved.model.rules["turnaround"].with_ == {"within": "7d"}
    assert resolved.origin("rules.turnaround.fail.above").file.endswith("parent.yaml")
    shorter = extend(tmp_path, parent, governance={"turnaround": "2d"})
    assert shorter.model.rules["turnaround"].with_ == {"within": "2d", "days": "business"}
    assert shorter.origin("rules.turnaround.fail.above").file.endswith("child.yaml")
    assert "turnaround" not in extend(tmp_path, parent, governance={"turnaround": None}).model.rules


def test_a_parents_is_off_where_nobody_says_when_signals_are_routed(tmp_path: Path) -> None:
    parent = write(causes={"slow": {"kind": "drift", "when": {"all": ["turnaround"]}}})
    del parent["sources"]
    heard = {"heard": {"source": "tickets", "metric": "volume", "fail": {"below": 1}}}
    for sources in ({"tickets": DEAF}, {"tickets": SEEN}):
        resolved = extend(tmp_path, parent, sources=sources, governance={}, rules=heard)
        assert [(off.kind, off.id) for off in resolved.off] == [("rule", "turnaround"), ("cause", "slow")]
        assert "turnaround" not in resolved.model.rules
    assert extend(tmp_path, parent, governance={}, rules=heard).off == ()
