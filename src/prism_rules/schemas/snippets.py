"""Whole entries to insert: what a file looks like, with a place to type in at each `${n:...}`.

A text is inserted as it stands, so that lists and maps may be written in one line. Filled in as they are, those of a
ruleset make one that `check` has nothing to say against.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from prism_rules.schemas.words import Node


class Snippet(NamedTuple):
    """An entry to insert."""

    label: str
    text: str
    body: Any


RULESET = (
    Snippet(
        "new ruleset",
        "A ruleset with its heading.",
        {
            "apiVersion": "prism-rules/v1",
            "kind": "Ruleset",
            "metadata": {
                "name": "${1:surface-inspection}",
                "version": '"${2:0.1.0}"',
                "owners": '["${3:@org/reliability}"]',
            },
            "defaults": "{window: ${4:7d}, min_n: ${5:30}}",
        },
    ),
)
PROJECT = (
    Snippet(
        "new project",
        "Ties a ruleset to data.",
        {
            "apiVersion": "prism-rules/v1",
            "kind": "Project",
            "ruleset": "${1:ruleset.yaml}",
            "data": {"${2:predictions}": "${3:data/predictions/*.parquet}"},
            "out": '"plans/{{ as_of | date }}"',
            "ledger": "ledger/",
        },
    ),
)
TESTS = (
    Snippet(
        "new rule tests",
        "Tests of a ruleset, with a first one.",
        {
            "apiVersion": "prism-rules/v1",
            "kind": "RulesetTest",
            "ruleset": "${1:surface-inspection.yaml}",
            "tests": [
                {
                    "name": "${2:agreement under its bound is found}",
                    "as_of": "${3:2026-03-01}",
                    "data": {"${4:annotations}": "{file: ${5:fixtures/annotations.csv}}"},
                    "expect": {"findings": ["{rule: ${6:class-agreement}, scope: {class: ${7:dent}}, status: fail}"]},
                }
            ],
        },
    ),
)
TEST = (
    Snippet(
        "rule test",
        "Data, a moment, and what must be found.",
        {
            "name": "${1:agreement under its bound is found}",
            "as_of": "${2:2026-03-01}",
            "data": {"${3:annotations}": "{file: ${4:fixtures/annotations.csv}}"},
            "expect": {
                "findings": ["{rule: ${5:class-agreement}, scope: {class: ${6:dent}}, status: fail}"],
                "causes": "[${7:split-reviewers}]",
                "actions": ["{action: ${8:recalibrate}, state: proposed}"],
            },
        },
    ),
)
SOURCES = (
    Snippet(
        "source of predictions",
        "What the model said, a row for each prediction.",
        {
            "${1:predictions}": {
                "role": "predictions",
                "fields": "{id: ${2:id}, time: ${3:time}, class: ${4:predicted_class}, confidence: ${5:confidence}}",
                "dimensions": "[${6:site}]",
            }
        },
    ),
    Snippet(
        "source of annotations",
        "What people said, a row for each label.",
        {
            "${1:annotations}": {
                "role": "annotations",
                "fields": "{unit: ${2:unit}, annotator: ${3:annotator}, class: ${4:label}, time: ${5:labelled_at}}",
                "dimensions": "[${6:site}]",
            }
        },
    ),
    Snippet(
        "source of training data",
        "What the model was trained on.",
        {
            "${1:training}": {
                "role": "training",
                "fields": "{id: ${2:id}, class: ${3:label}}",
                "dimensions": "[${4:site}]",
            }
        },
    ),
    Snippet(
        "source of validation data",
        "What the model was validated on.",
        {
            "${1:validation}": {
                "role": "validation",
                "fields": "{id: ${2:id}, class: ${3:label}, time: ${4:added_at}}",
                "dimensions": "[${5:site}]",
            }
        },
    ),
    Snippet(
        "source of feedback",
        "Signals of another channel: tickets, QA issues, field notes.",
        {
            "${1:feedback}": {
                "role": "feedback",
                "fields": "{id: ${2:id}, time: ${3:raised_at}, channel: ${4:channel}, routed_at: ${5:routed_at}}",
            }
        },
    ),
)
RULES = (
    Snippet(
        "rule with a bound",
        "A metric and the bounds of its value.",
        {
            "${1:class-agreement}": {
                "title": "${2:Reviewers agree on the class}",
                "source": "${3:annotations}",
                "metric": "${4:krippendorff_alpha}",
                "by": "[${5:class}]",
                "warn": "{below: ${6:0.80}}",
                "fail": "{below: ${7:0.75}}",
            }
        },
    ),
    Snippet(
        "rule against a baseline",
        "A metric and how far it may move from what it was before.",
        {
            "${1:low-confidence}": {
                "title": "${2:Mean confidence holds}",
                "source": "${3:predictions}",
                "metric": "${4:mean_confidence}",
                "by": "[${5:class, site}]",
                "baseline": "{window: ${6:28d}}",
                "warn": "{drop: ${7:0.05}}",
                "fail": "{drop: ${8:0.10}}",
            }
        },
    ),
    Snippet(
        "rule about coverage",
        "Conditions of production that a data set does not have.",
        {
            "${1:slice-absent}": {
                "title": "${2:Production conditions exist in the training data}",
                "source": "${3:predictions}",
                "metric": "absent_share",
                "of": "[${4:site}]",
                "by": "[${5:class}]",
                "baseline": "{source: ${6:training}, by: [${7:class}]}",
                "fail": "{above: ${8:0.05}}",
            }
        },
    ),
    Snippet(
        "rule about slow drift",
        "A test over many windows, in place of the metric's value.",
        {
            "${1:confidence-ages}": {
                "title": "${2:Confidence keeps its level}",
                "source": "${3:predictions}",
                "metric": "${4:mean_confidence}",
                "series": "{every: ${5:1d}, over: ${6:60d}, test: ${7:cusum}, reference: ${8:30d}}",
                "fail": "{above: ${9:5}}",
            }
        },
    ),
    Snippet(
        "rule in SQL",
        "One aggregate expression, for what the catalogue does not measure.",
        {
            "${1:unsure-share}": {
                "title": "${2:Few predictions are unsure}",
                "source": "${3:predictions}",
                "metric": "sql",
                "of": '"${4:count(*) FILTER (WHERE confidence < 0.5) / count(*)}"',
                "by": "[${5:site}]",
                "fail": "{above: ${6:0.20}}",
            }
        },
    ),
)
OVERRIDES = (
    Snippet(
        "override",
        "Other bounds for some scopes.",
        {"${1:edges}": {"match": '{class: "${2:edge-*}"}', "fail": "{below: ${3:0.65}}"}},
    ),
)
BASELINE = (
    Snippet("the time before", "The same metric, before the rule's own window.", {"window": "${1:28d}"}),
    Snippet(
        "another source",
        "The same metric on another source.",
        {"source": "${1:training}", "by": "[${2:class}]"},
    ),
    Snippet(
        "other rows",
        "The same metric on other rows of the source.",
        {"where": "\"${1:site = 'plant-1'}\"", "by": "[${2:class}]"},
    ),
)
SERIES = (
    Snippet(
        "test for slow drift",
        "A step each day, tested over two months.",
        {"every": "${1:1d}", "over": "${2:60d}", "test": "${3:cusum}", "reference": "${4:30d}"},
    ),
)
CAUSES = (
    Snippet(
        "cause",
        "The findings that speak for a root cause.",
        {
            "${1:split-reviewers}": {
                "title": "${2:Reviewers split on the class}",
                "kind": "${3:ambiguous_labels}",
                "gap": "${4:annotation_consistency}",
                "by": "[${5:class}]",
                "when": "{all: [{rule: ${6:class-agreement}, status: [fail, unsure]}]}",
                "explain": '"${7:Reviewers read {{ scope.class \\}\\} differently.}"',
            }
        },
    ),
)
ACTIONS = (
    Snippet(
        "action",
        "Work that a cause calls for.",
        {
            "${1:recalibrate}": {
                "kind": "${2:recalibrate_reviewers}",
                "for": "[${3:split-reviewers}]",
                "by": "[${4:class}]",
                "due": "${5:3d}",
                "title": '"${6:Recalibrate reviewers on {{ scope.class \\}\\}}"',
                "done_when": "[${7:class-agreement}]",
            }
        },
    ),
    Snippet(
        "action behind a gate",
        "Work that waits until a rule holds.",
        {
            "${1:relabel}": {
                "kind": "${2:relabel}",
                "for": "[${3:split-reviewers}]",
                "by": "[${4:class}]",
                "requires": "[${5:class-agreement}]",
                "after": "[${6:recalibrate}]",
                "due": "${7:7d}",
                "title": '"${8:Relabel low-confidence {{ scope.class \\}\\}}"',
                "queue": '{from: ${9:predictions}, where: "${10:confidence < 0.8}", size: ${11:200}}',
            }
        },
    ),
)
QUEUE = (
    Snippet(
        "rows to review",
        "Rows of a source, drawn by a seed.",
        {"from": "${1:predictions}", "where": '"${2:confidence < 0.8}"', "size": "${3:200}", "effort": "${4:2m}"},
    ),
    Snippet(
        "disputed units",
        "Units whose labels differ.",
        {"from": "${1:annotations}", "only": "disputed", "size": "${2:40}"},
    ),
)
WAIVERS = (
    Snippet(
        "waiver",
        "Findings that are set aside until a day.",
        {
            "${1:dent-guideline}": {
                "rule": "${2:class-agreement}",
                "match": "{class: ${3:dent}}",
                "until": "${4:2026-04-30}",
                "by": '"${5:@org/reliability}"',
                "because": "${6:Guideline rewrite under way}",
            }
        },
    ),
)
KEYS = {
    "Ruleset": {"sources": SOURCES, "rules": RULES, "causes": CAUSES, "actions": ACTIONS, "waivers": WAIVERS},
    "Rule": {"overrides": OVERRIDES},
}
"""Model -> key -> what to insert there."""
ENTRIES = {"Baseline": BASELINE, "Series": SERIES, "Queue": QUEUE, "RuleTest": TEST}
"""Model -> what to insert for it."""
FILES = {"ruleset": RULESET, "project": PROJECT, "test": TESTS}
"""Schema -> what to insert into an empty file."""


def add_snippets(schema: Node, name: str) -> None:
    """Add to a schema what editors insert, in place."""
    definitions = schema.get("$defs", {}) | {"Ruleset": schema}
    _add(schema, FILES[name])
    for model, snippets in ENTRIES.items():
        if model in definitions:
            _add(definitions[model], snippets)
    for model, keys in KEYS.items() if name == "ruleset" else ():
        for key, snippets in keys.items():
            _add(definitions[model]["properties"][key], snippets)


def _add(node: Node, snippets: tuple[Snippet, ...]) -> None:
    node["defaultSnippets"] = [{"label": label, "description": text, "body": body} for label, text, body in snippets]
