"""Which findings a waiver hides, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from prism_rules.evaluation.waiving import find_end, waive_findings
from prism_rules.model.plan import Finding
from prism_rules.model.ruleset import Ruleset, Waiver

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)


def make_ruleset(waivers: dict[str, Any]) -> Ruleset:
    written = {"by": "@org/reliability", "because": "known", "until": "2026-03-31", "rule": "low"}
    return Ruleset.model_validate(
        {
            "apiVersion": "prism-rules/v1",
            "kind": "Ruleset",
            "metadata": {"name": "waived", "version": "1.0.0"},
            "classes": {
                "dent": {"family": "affected"},
                "edge-chip": {"family": "affected"},
                "edge-crack": {},
                "ok": {},
            },
            "waivers": {name: {**written, **waiver} for name, waiver in waivers.items()},
        }
    )


def make_finding(scope: dict[str, str], status: str = "fail", rule: str = "low") -> Finding:
    return Finding.model_validate({
        "id": f"{rule} {scope}", "rule": rule, "scope": scope, "status": status, "value": 0.5, "n": 40,
        "unit": "rows", "unsure_of": "fail" if status == "unsure" else None,
        "window": (None, "2026-03-01T00:00:00Z"), "since": "2026-03-01",
    })  # fmt: skip


# match, the scope of a finding, whether the waiver hides it
TABLE = [
    ({"class": "dent", "site": "p2"}, {"class": "dent", "site": "p2"}, True),
    ({"class": "dent", "site": "p2"}, {"class": "dent", "site": "p1"}, False),
    ({"class": "dent", "site": "p2"}, {"class": "ok", "site": "p2"}, False),
    ({"class": "dent", "site": "*"}, {"class": "dent", "site": "p1"}, True),
    ({"class": "*", "site": "*"}, {"class": "(unknown)", "site": "(none)"}, True),
    ({"class": "edge-*", "site": "p2"}, {"class": "edge-crack", "site": "p2"}, True),
    ({"class": "edge-*", "site": "p2"}, {"class": "dent", "site": "p2"}, False),
    ({"class": "edge-?", "site": "p2"}, {"class": "edge-1", "site": "p2"}, False),
    # A class brings its family along.
    ({"class": "*", "family": "affected", "site": "*"}, {"class": "dent", "site": "p1"}, True),
    ({"class": "*", "family": "affected", "site": "*"}, {"class": "ok", "site": "p1"}, False),
    ({"family": "affected"}, {"family": "affected"}, True),
    # Several things measured by one rule are a dimension as any other.
    ({"camera": "*", "of": "blur"}, {"camera": "c1", "of": "blur"}, True),
    ({"camera": "*", "of": "blur"}, {"camera": "c1", "of": "contrast"}, False),
    # A rule without dimensions has one finding.
    ({}, {}, True),
    # That a rule met nothing at all belongs to no place, and is not hidden.
    ({"class": "*", "site": "*"}, {}, False),
]


@pytest.mark.parametrize(("match", "scope", "hidden"), TABLE)
def test_a_waiver_hides_what_its_match_fits(match: dict[str, str], scope: dict[str, str], hidden: bool) -> None:
    [finding] = waive_findings(make_ruleset({"known": {"match": match}}), [make_finding(scope)], AS_OF)
    assert (finding.status, finding.hides, finding.waiver) == (
        ("waived", "fail", "known") if hidden else ("fail", None, None)
    )


@pytest.mark.parametrize("status", ["fail", "warn", "unsure", "insufficient", "no_data"])
def test_any_status_but_pass_is_hidden_and_nothing_else_changes(status: str) -> None:
    finding = make_finding({"class": "dent"}, status)
    [waived] = waive_findings(make_ruleset({"known": {"match": {"class": "*"}}}), [finding], AS_OF)
    assert (waived.status, waived.hides, waived.waiver) == ("waived", status, "known")
    assert waived.model_copy(update={"status": status, "hides": None, "waiver": None}) == finding


def test_what_passes_and_what_other_rules_say_is_left_alone() -> None:
    findings = (make_finding({"class": "dent"}, "pass"), make_finding({"class": "dent"}, rule="other"))
    assert waive_findings(make_ruleset({"known": {"match": {"class": "*"}}}), findings, AS_OF) == findings


# as_of, the first day on which nothing is hidden, whether it is hidden
ENDS = [
    ("2026-03-01T00:00:00+00:00", "2026-03-02", True),
    ("2026-03-01T23:59:59+00:00", "2026-03-02", True),
    ("2026-03-02T00:00:00+00:00", "2026-03-02", False),
    ("2026-03-02T00:00:01+00:00", "2026-03-02", False),
    # The day ends in UTC, wherever the moment was written.
    ("2026-03-02T00:30:00+01:00", "2026-03-02", True),
    ("2026-03-01T23:30:00-01:00", "2026-03-02", False),
    ("2028-02-28T12:00:00+00:00", "2028-02-29", True),
]


@pytest.mark.parametrize(("as_of", "until", "hidden"), ENDS)
def test_a_waiver_ends_at_midnight(as_of: str, until: str, hidden: bool) -> None:
    ruleset = make_ruleset({"known": {"match": {"class": "*"}, "until": until}})
    [finding] = waive_findings(ruleset, [make_finding({"class": "dent"})], datetime.fromisoformat(as_of))
    assert (finding.status == "waived") is hidden


# The waivers that match, and the one that is told.
SEVERAL: list[tuple[dict[str, dict[str, Any]], str]] = [
    ({"a": {"until": "2026-03-31"}, "b": {"until": "2026-04-01"}}, "b"),
    ({"b": {"until": "2026-03-31"}, "a": {"until": "2026-03-31"}}, "a"),
    ({"a": {"until": "2026-04-02", "match": {"class": "dent"}}, "b": {"until": "2026-04-01"}}, "a"),
    ({"a": {"until": "2026-04-01", "match": {"class": "dent"}}, "b": {"until": "2026-04-02"}}, "b"),
    ({"a": {"until": "2026-03-01"}, "b": {"until": "2026-03-02"}}, "b"),
    ({"a": {"until": "2026-04-01", "match": {"class": "ok"}}, "b": {"until": "2026-03-02"}}, "b"),
]


@pytest.mark.parametrize(("waivers", "told"), SEVERAL)
def test_of_several_the_one_that_ends_last_is_told_then_the_first_by_id(
    waivers: dict[str, dict[str, Any]], told: str
) -> None:
    ruleset = make_ruleset({name: {"match": {"class": "*"}, **waiver} for name, waiver in waivers.items()})
    [finding] = waive_findings(ruleset, [make_finding({"class": "dent"})], AS_OF)
    assert finding.waiver == told


def test_ten_thousand_waivers_are_not_tried_one_by_one_on_ten_thousand_findings() -> None:
    ruleset = make_ruleset({f"w{n}": {"match": {"class": f"c{n}", "site": "*"}} for n in range(10_000)})
    findings = [make_finding({"class": f"c{n}", "site": "p"}) for n in range(10_000)]
    begun = datetime.now(UTC)
    waived = waive_findings(ruleset, findings, AS_OF)
    assert [finding.waiver for finding in waived] == [f"w{n}" for n in range(10_000)]
    assert datetime.now(UTC) - begun < timedelta(seconds=20)


def test_a_waiver_ends_when_its_day_begins() -> None:
    waiver = Waiver(rule="low", until="2026-04-30", by="@org/reliability", because="known")
    assert find_end(waiver) == datetime(2026, 4, 30, tzinfo=UTC)
