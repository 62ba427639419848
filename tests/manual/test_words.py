"""Entries in sentences: each part of the language has its words, right in grammar, and says what it means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from prism_rules.manual.actions import tell_action
from prism_rules.manual.causes import tell_cause
from prism_rules.manual.governance import tell_governance
from prism_rules.manual.overview import Overview
from prism_rules.manual.paragraphs import Paragraph
from prism_rules.manual.phrases import say_each, say_span
from prism_rules.manual.rules import tell_rule
from prism_rules.manual.voice import TERMINAL
from prism_rules.model.ruleset import Governance, Ruleset
from tests.conftest import World

CLASSES = {"dent": {"risk": "high", "owner": "@org/dents"}, "ok": {}, "chip": {}}
PLAIN: dict[str, Any] = {
    "source": "predictions", "metric": "mean_confidence", "by": ["class", "site"], "fail": {"below": 0.7},
}  # fmt: skip
RULES: dict[str, Any] = {
    "a": PLAIN,
    "b": {**PLAIN, "fail": {"below": 0.6}},
    "c": {**PLAIN, "fail": {"below": 0.5}},
    "d": {**PLAIN, "fail": {"below": 0.4}},
}


def read(paragraphs: Iterable[Paragraph]) -> dict[str, str]:
    """Label -> all its lines, lists indented."""
    return {
        p.label: "\n".join([*filter(None, [p.text]), *(f"{'  ' * item.depth}- {item.text}" for item in p.items)])
        for p in paragraphs
    }


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(days=1), "1 day"), (timedelta(days=7), "7 days"), (timedelta(hours=36), "36 hours"),
        (timedelta(minutes=1), "1 minute"), (timedelta(seconds=90), "90 seconds"), (timedelta(days=1000), "1,000 days"),
    ],
)  # fmt: skip
def test_spans(span: timedelta, said: str) -> None:
    assert say_span(span) == said


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ([], "over everything"),
        (["class"], "for each class"),
        (["class", "line_no", "of"], "for each class, line no and column"),
    ],
)
def test_grains(by: list[str], said: str) -> None:
    assert say_each(by) == said


# rule, label, what it says
SAID: list[tuple[dict[str, Any], str, str]] = [
    ({}, "Measured", "Mean confidence, metric `mean_confidence`, for each class and site."),
    ({"by": []}, "Measured", "Mean confidence, metric `mean_confidence`, over everything."),
    ({"metric": "confident_wrong_share", "with": {"at_least": 0.8}, "by": ["site"], "fail": {"above": 0.1}}, "Measured",
     "Share of reviewed rows that were confident and wrong, metric `confident_wrong_share` with `at_least` = `0.8`, "
     "for each site."),
    ({"metric": "mean", "of": ["brightness"], "by": [], "fail": {"above": 1}}, "Measured",
     "Mean of a number, metric `mean`, of `brightness`, for each column."),
    ({"metric": "sql", "of": "count(*) / 2", "by": ["site"], "fail": {"above": 1}}, "Measured",
     "`count(*) / 2` (metric `sql`), for each site."),
    ({"metric": "mean", "of": "brightness", "by": ["site"], "fail": {"above": 5},
      "series": {"every": "1d", "over": "60d", "test": "cusum", "reference": "30d"}}, "Measured",
     "Mean of a number, metric `mean`, of `brightness`, for each site; the value is the statistic of the CUSUM test "
     "over the last 60 days in steps of 1 day, against the 30 days before."),
    ({}, "Rows", "The rows of `predictions` of the last 7 days."),
    ({"window": "1d"}, "Rows", "The rows of `predictions` of the last day."),
    ({"window": "all"}, "Rows", "All rows of `predictions`."),
    ({"where": "site = 'x'", "unknown": True}, "Rows",
     "The rows of `predictions` of the last 7 days, where `site = 'x'`; rows without a class, or of one that is not "
     "declared, are judged as well."),
    ({"source": "validation-run"}, "Rows", "All rows of `validation-run`."),
    ({"baseline": {"window": "28d"}}, "Compared with",
     "The rows of `predictions` of the 28 days before the window of the rule, told apart by class and site."),
    ({"baseline": {"source": "validation-run", "by": []}}, "Compared with",
     "All rows of `validation-run`, taken together."),
    ({"baseline": {"where": "site = 'x'", "by": ["class"]}}, "Compared with",
     "The rows of `predictions` of the last 7 days, where `site = 'x'`, told apart by class."),
    ({}, "Bounds", "The value must be at least 0.70."),
    ({"fail": {"outside": [0.2, 0.9]}, "warn": {"above": 0.85}}, "Bounds",
     "- the value must be from 0.20 to 0.90\n- the value should be at most 0.85"),
    ({"baseline": {"window": "28d"}, "fail": {"drop": "10%"}, "warn": {"change": 0.05}}, "Bounds",
     "- the value must be at most 10% below the baseline\n- the value should be at most 0.05 from the baseline"),
    ({"fail": {"below": 0.7, "per_class": {"dent": 0.6}},
      "overrides": {"x": {"match": {"class": "ok", "site": "s-*"}, "enabled": False}}}, "Bounds",
     "- for dent: the value must be at least 0.60\n- for ok elsewhere; chip: the value must be at least 0.70\n"
     "- for ok at s-*: the rule is switched off"),
    ({"min_n": 0}, "To be sure", "Any number of rows will do, and the value alone decides."),
    ({"min_n": 1}, "To be sure", "At least 1 row; below that nothing is said."),
    ({"min_n": 5, "confidence": 0.95, "streak": 2, "false_discovery_rate": 0.05}, "To be sure",
     "- at least 5 rows; below that nothing is said\n"
     "- a bound counts as crossed where the 95% interval lies beyond it\n"
     "- a bound has to be crossed in 2 windows in a row\n"
     "- of the places that are said to cross a bound, at most 5% are expected to be false alarms"),
    ({}, "Read by", "No cause, gate or action: it is shown in reports alone."),
    ({"status": "experimental"}, "Status",
     "Experimental: it is shown, but fails no run; alone it opens no action and shuts no gate."),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "label", "said"), SAID, ids=range(len(SAID)))
def test_rules(rule: dict[str, Any], label: str, said: str, world: World) -> None:
    resolved = world.load(rules={"x": {**PLAIN, **rule}}, classes=CLASSES)
    assert read(tell_rule(Overview(resolved), "x", TERMINAL))[label] == said


def test_readers_and_waivers_of_a_rule(world: World) -> None:
    resolved = world.load(
        rules=RULES,
        classes=CLASSES,
        causes={
            "for-it": {"kind": "drift", "by": ["class", "site"],
                       "when": {"any": ["a", {"rule": "a", "status": "warn"}]}},
            "against-it": {"kind": "drift", "by": ["class"], "when": {"all": ["b"]}, "against": ["a"]},
        },
        actions={
            "act": {"kind": "relabel", "for": ["for-it", {"rule": "a", "status": "unsure"}], "by": ["class", "site"],
                    "title": "Act", "requires": ["a"], "done_when": [{"rule": "a", "at": "pass"}], "owner": "@me"},
        },
        waivers={"w": {"rule": "a", "match": {"class": "dent", "site": "*"}, "until": "2030-01-31", "by": "@me",
                       "because": "known"}},
    )  # fmt: skip
    told = read(tell_rule(Overview(resolved), "a", TERMINAL))
    assert told["Read by"].splitlines() == [
        "- the cause `for-it`, for which it speaks",
        "- the cause `against-it`, against which it speaks",
        "- the action `act`, which its findings open",
        "- the action `act`, whose gate it is: it has to hold first",
        "- the action `act`, which is done when it holds",
    ]
    assert told["Waived"] == "For dent until 2030-01-31, by `@me`: known."


# when, the sentence with its list
WHENS: list[tuple[Any, str]] = [
    ({"all": ["a"]}, "`a` fails."),
    ({"any": ["a"]}, "`a` fails."),
    ({"all": ["a", {"rule": "b", "status": ["warn", "fail"]}]}, "`a` fails, and `b` warns or fails."),
    ({"any": ["a", {"rule": "b", "status": "unsure"}]}, "`a` fails, or `b` is in doubt."),
    ({"none": ["a"]}, "none of these is so:\n- `a` fails"),
    ({"all": ["a", "b", {"rule": "c", "anywhere": True, "weight": 2}]},
     "all of these are so:\n- `a` fails\n- `b` fails\n- `c` fails, wherever that is (weight 2)"),
    ({"all": ["a"], "any": ["b", "c"], "none": ["d"]},
     "all of these are so:\n- `a` fails\n- at least one of these is so:\n  - `b` fails\n  - `c` fails\n"
     "- none of these is so:\n  - `d` fails"),
    ({"any": ["a", {"all": ["b", "c"]}]},
     "at least one of these is so:\n- `a` fails\n- all of these are so:\n  - `b` fails\n  - `c` fails"),
    ({"all": ["a", {"any": ["b", {"all": ["c"], "none": ["d"]}]}]},
     "all of these are so:\n- `a` fails\n- at least one of these is so:\n  - `b` fails\n"
     "  - all of these are so:\n    - `c` fails\n    - none of these is so:\n      - `d` fails"),
    ({"none": ["a", {"any": ["b", "c"]}], "all": ["d"]},
     "all of these are so:\n- `d` fails\n- none of these is so:\n  - `a` fails\n"
     "  - at least one of these is so:\n    - `b` fails\n    - `c` fails"),
]  # fmt: skip


@pytest.mark.parametrize(("when", "said"), WHENS, ids=range(len(WHENS)))
def test_when_a_cause_holds(when: Any, said: str, world: World) -> None:
    # Checks of whether a cause can be reached are not about words.
    resolved = world.load(rules=RULES, classes=CLASSES, causes={"x": {"kind": "drift", "when": {"all": ["a"]}}})
    causes = {"x": {"kind": "drift", "by": ["class"], "when": when}}
    data = {**resolved.model.model_dump(mode="json", by_alias=True, exclude_unset=True), "causes": causes}
    changed = replace(resolved, model=Ruleset.model_validate(data))
    assert read(tell_cause(Overview(changed), "x", TERMINAL))["Holds"] == f"For each class, where {said}"


CAUSES = {
    "cause": {"kind": "stale_validation", "gap": "validation_staleness", "by": ["class", "site"], "risk": "high",
              "when": {"all": ["a"]}, "against": [{"rule": "b", "anywhere": True}], "leads_to": ["other"],
              "explain": "{{ scope.class }} at {{ scope.site }}{% if class.risk %}!{% endif %}"},
    "other": {"kind": "drift", "by": ["class"], "when": {"all": ["c"]}, "explain": "{{ scope.class | upper }} moved"},
}  # fmt: skip


def test_a_cause(world: World) -> None:
    resolved = world.load(rules=RULES, classes=CLASSES, causes=CAUSES)
    told = read(tell_cause(Overview(resolved), "cause", TERMINAL))
    assert told["Kind"] == "Stale validation; gap: validation staleness; risk: high."
    assert told["Against it"] == "`b` fails, wherever that is."
    assert told["Leads to"] == "`other`."
    assert told["Answered by"] == "No action."
    # What only data decide is quoted, and what they only fill is named.
    assert told["Says"] == "`{{ scope.class }} at {{ scope.site }}{% if class.risk %}!{% endif %}`"
    assert read(tell_cause(Overview(resolved), "other", TERMINAL))["Says"] == "‹CLASS› moved"


ACTION = {"kind": "collect_labels", "for": ["cause"], "by": ["class"], "title": "Label {{ scope.class }}"}
ACTIONS: list[tuple[dict[str, Any], str, str]] = [
    ({}, "Kind", "Collect labels, for each class."),
    ({"by": [], "title": "Label"}, "Kind", "Collect labels, over everything."),
    ({}, "Title", "Label ‹class›"),
    ({}, "Opens", "When the cause `cause` is diagnosed."),
    ({"for": ["cause", "other", {"rule": "a", "status": ["no_data", "insufficient"]}]}, "Opens",
     "When the cause `cause` or `other` is diagnosed, or the rule `a` has no value or has too little data."),
    ({"by": ["class", "site"], "requires": ["a", {"rule": "b", "at": "pass"}]}, "Gate",
     "Blocked until `a` holds and `b` passes at every place that it is about."),
    ({"after": ["first"]}, "Order", "Waits while `first` is open for the same place."),
    ({"by": ["class", "site"], "after": ["first"], "requires": ["a"]}, "Order",
     "Waits while `first` is open for the same place. The gate then asks what was measured since that was done."),
    ({}, "Who", "`@org/dents` for dent; `@org/all` for ok and chip."),
    ({"owner": "@me"}, "Who", "`@me`."),
    ({"owner": "{{ class.owner or '@org/rest' }}"}, "Who", "`@org/dents` for dent; `@org/rest` for ok and chip."),
    ({"by": ["site"], "title": "Label", "owner": "@org/{{ scope.site }}"}, "Who", "`@org/{{ scope.site }}`."),
    ({"by": ["site"], "title": "Label"}, "Who", "`@org/all`."),
    ({"due": "1d"}, "Due", "1 day after the first recorded plan in which it is not blocked."),
    ({}, "Done", "When somebody says that it is done."),
    ({"done_when": ["a"]}, "Done", "When `a` holds, measured on what came in since somebody said that it is done."),
    ({"queue": {"from": "predictions", "size": 1}}, "Rows",
     "One row of `predictions` from the last 7 days, at the places that it is about."),
    ({"queue": {"from": "annotations", "only": "disputed", "size": 1200, "where": "site = 'x'"}}, "Rows",
     "Up to 1,200 units of `annotations` from the last 7 days whose labels differ, where `site = 'x'`, at the places "
     "that it is about."),
    ({"queue": {"from": "training", "size": 30, "weights": {"class": {"dent": 2, "*": 0.5}}, "show": ["site"],
                "effort": "90s"}}, "Rows",
     "Up to 30 rows of `training`, at the places that it is about.\n"
     "- shared out by `class` in parts of dent 2 and any other 0.50\n- shown with `site`\n"
     "- 90 seconds for each, 45 minutes at most"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "label", "said"), ACTIONS, ids=range(len(ACTIONS)))
def test_actions(action: dict[str, Any], label: str, said: str, world: World) -> None:
    actions = {"x": {**ACTION, **action}, "first": {**ACTION, "title": "First"}}
    resolved = world.load(
        rules=RULES, classes=CLASSES, causes=CAUSES, actions=actions,
        metadata={"name": "tests", "version": "1.0.0", "owners": ["@org/all", "@org/others"]},
    )  # fmt: skip
    assert read(tell_action(Overview(resolved), "x", TERMINAL))[label] == said


def test_governance(world: World) -> None:
    resolved = world.load(rules=RULES)
    governance = Governance.model_validate({
        "cadence": {"evaluate": "7d", "full_review": "90d"}, "turnaround": "1d", "review_budget": "40h",
        "qa_sampling": {"rule": "a", "effort": "1m", "rates": [{"at_least": 0.9, "rate": 0.02}, {"otherwise": 0.25}]},
        "escalation": [
            {"when": {"overdue": "7d"}, "to": "@lead"},
            {"when": {"status": "fail", "risk": ["high", "critical"]}, "to": "@safety"},
        ],
        "annotators": "named",
    })  # fmt: skip
    model = resolved.model.model_copy(update={"governance": governance})
    assert read(tell_governance(model, TERMINAL)) == {
        "Evaluated": "Every 7 days.",
        "Reviewed": "In full every 90 days.",
        "Turnaround": "A signal is in a queue within 1 day.",
        "Review budget": "40 hours for each evaluation.",
        "Annotators": "Told apart by name.",
        "Sampling": "How much of the finished labels is checked follows the value of `a`, 1 minute for each:\n"
        "- 2% from 0.90 on\n- 25% below that, and where it is not known",
        "Escalation": "- an action is told to `@lead` when it is overdue by 7 days\n"
        "- an action is told to `@safety` when a finding behind it fails and the risk is high or critical",
    }


def test_governance_by_business_days(world: World) -> None:
    governance = {
        "turnaround": "5d", "days": "business", "holidays": ["2027-01-01", "2026-12-25"],
        "escalation": [{"when": {"overdue": "1d", "class": ["dent", "c*"]}, "to": "@lead"}],
    }  # fmt: skip
    resolved = world.load(rules=RULES, classes=CLASSES, governance=governance)
    assert read(tell_governance(resolved.model, TERMINAL)) == {
        "Days": "What is due counts Mondays to Fridays, without 2026-12-25 and 2027-01-01.",
        "Turnaround": "A signal is in a queue within 5 business days; `turnaround` asks for it.",
        "Escalation": "An action is told to `@lead` when it is overdue by 1 business day "
        "and it is about `dent` or `c*`.",
    }
