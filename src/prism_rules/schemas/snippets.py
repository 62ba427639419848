"""Whole entries to insert: what a file looks like, with a place to type in at each `${n:...}`.

The first line of each is its label and what it is for. Filled in as they are, those of a ruleset make one that `check`
has nothing to say against. No id has a hyphen: for yaml-language-server that would be a list, to be indented once more.
"""

from __future__ import annotations

import re
from typing import Any

from prism_rules.schemas.words import Node

_KEY = re.compile(r"(\$\{[^}]*\}|\w+):(?: (.*))?")

FILES = {
    "ruleset": """
new ruleset: A ruleset with its heading.
apiVersion: prism-rules/v1
kind: Ruleset
metadata:
  name: ${1:surface-inspection}
  version: "${2:0.1.0}"
  owners: ["${3:@org/reliability}"]
""",
    "project": """
new project: Ties a ruleset to data.
apiVersion: prism-rules/v1
kind: Project
ruleset: ${1:ruleset.yaml}
data:
  ${2:predictions}: ${3:data/predictions/*.parquet}
""",
    "test": """
new rule tests: Tests of a ruleset, with a first one.
apiVersion: prism-rules/v1
kind: RulesetTest
ruleset: ${1:surface-inspection.yaml}
tests:
  - name: ${2:agreement under its bound is found}
    as_of: ${3:2026-03-01}
    data:
      ${4:annotations}: {generate: [{units: ${5:40}, labels: [${6:dent, edge-chip}]}]}
    expect:
      findings: [{rule: ${7:agreement}, scope: {class: ${8:dent}}, status: fail}]
""",
}
"""Schema -> what to insert into an empty file."""

ENTRIES = {
    "Baseline": """
the time before: The same metric, before the rule's own window.
window: ${1:28d}

another source: The same metric on another source.
source: ${1:training}
by: [${2:class}]

other rows: The same metric on other rows of the source.
where: "${1:site = 'plant-1'}"
by: [${2:class}]
""",
    "Series": """
test for slow drift: A step each day, tested over two months.
every: ${1:1d}
over: ${2:60d}
test: ${3:cusum}
reference: ${4:30d}
""",
    "Queue": """
rows to review: Rows of a source, drawn by a seed.
from: ${1:predictions}
where: "${2:confidence < 0.8}"
size: ${3:200}
effort: ${4:2m}

disputed units: Units whose labels differ.
from: ${1:annotations}
only: disputed
size: ${2:40}
""",
}
"""Model -> what to insert for it."""

KEYS = {
    ("RulesetTest", "tests"): """
rule test: Groups of rows alike, a moment, and what must be found.
name: ${1:agreement under its bound is found}
as_of: ${2:2026-03-01}
data:
  ${3:annotations}: {generate: [{units: ${4:40}, labels: [${5:dent, edge-chip}]}]}
expect:
  findings: [{rule: ${6:agreement}, scope: {class: ${7:dent}}, status: fail}]
  causes: [${8:disagreement}]
  actions: [{action: ${9:recalibrate}, state: proposed}]

rule test of a file: Rows of a file, a moment, and what must be found.
name: ${1:agreement under its bound is found}
as_of: ${2:2026-03-01}
data:
  ${3:annotations}: {file: ${4:fixtures/annotations.csv}}
expect:
  findings: [{rule: ${5:agreement}, scope: {class: ${6:dent}}, status: fail}]
""",
    ("Ruleset", "sources"): """
source of predictions: What the model said, a row for each prediction.
${1:predictions}:
  role: predictions
  fields: {id: ${2:id}, time: ${3:time}, class: ${4:predicted_class}, confidence: ${5:confidence}}
  dimensions: [${6:site}]

source of annotations: What people said, a row for each label.
${1:annotations}:
  role: annotations
  fields: {unit: ${2:unit}, annotator: ${3:annotator}, class: ${4:label}, time: ${5:labelled_at}}
  dimensions: [${6:site}]

source of training data: What the model was trained on.
${1:training}:
  role: training
  fields: {id: ${2:id}, class: ${3:label}}
  dimensions: [${4:site}]

source of validation data: What the model was validated on.
${1:validation}:
  role: validation
  fields: {id: ${2:id}, class: ${3:label}, time: ${4:added_at}}
  dimensions: [${5:site}]

source of feedback: Signals of another channel: tickets, QA issues, field notes.
${1:feedback}:
  role: feedback
  fields: {id: ${2:id}, time: ${3:raised_at}, channel: ${4:channel}, routed_at: ${5:routed_at}}
""",
    ("Ruleset", "rules"): """
rule with a bound: A metric and the bounds of its value.
${1:agreement}:
  title: ${2:Reviewers agree on the class}
  source: ${3:annotations}
  metric: ${4:krippendorff_alpha}
  by: [${5:class}]
  warn: {below: ${6:0.80}}
  fail: {below: ${7:0.75}}

rule against a baseline: A metric and how far it may move from what it was before.
${1:confidence}:
  title: ${2:Mean confidence holds}
  source: ${3:predictions}
  metric: ${4:mean_confidence}
  by: [${5:class, site}]
  baseline: {window: ${6:28d}}
  warn: {drop: ${7:0.05}}
  fail: {drop: ${8:0.10}}

rule about coverage: Conditions of production that a data set does not have.
${1:coverage}:
  title: ${2:Production conditions exist in the training data}
  source: ${3:predictions}
  metric: absent_share
  of: [${4:site}]
  by: [${5:class}]
  baseline: {source: ${6:training}}
  fail: {above: ${7:0.05}}

rule about slow drift: A test over many windows, in place of the metric's value.
${1:ageing}:
  title: ${2:Confidence keeps its level}
  source: ${3:predictions}
  metric: ${4:mean_confidence}
  series: {every: ${5:1d}, over: ${6:60d}, test: ${7:cusum}, reference: ${8:30d}}
  fail: {above: ${9:5}}

rule in SQL: One aggregate expression, for what the catalogue does not measure.
${1:unsure}:
  title: ${2:Few predictions are unsure}
  source: ${3:predictions}
  metric: sql
  of: "${4:count(*) FILTER (WHERE confidence < 0.5) / count(*)}"
  by: [${5:site}]
  fail: {above: ${6:0.20}}
""",
    ("Rule", "overrides"): """
override of bounds: Other bounds for some scopes.
${1:edges}:
  match: {class: "${2:edge-*}"}
  fail: {below: ${3:0.65}}

override that switches off: No findings for some scopes.
${1:unusable}:
  match: {class: ${2:unusable}}
  enabled: ^false
""",
    ("Ruleset", "causes"): """
cause: The findings that speak for a root cause.
${1:disagreement}:
  title: ${2:Reviewers split on the class}
  kind: ${3:ambiguous_labels}
  gap: ${4:annotation_consistency}
  by: [${5:class}]
  when: {all: [{rule: ${6:agreement}, status: [fail, unsure]}]}
  explain: "${7:Reviewers read {{ scope.class \\}\\} differently.}"

cause with a chain: Findings of which all, and one, must speak for it, and what follows from it.
${1:blindness}:
  title: ${2:Sites that the training data does not have}
  kind: ${3:missing_coverage}
  gap: ${4:coverage}
  by: [${5:class}]
  when: {all: [${6:coverage}], any: [${7:confidence, agreement}]}
  leads_to: [${8:disagreement}]
  explain: "${9:{{ scope.class \\}\\} is met where the training data was not taken.}"
""",
    ("Ruleset", "actions"): """
action: Work that a cause calls for.
${1:recalibrate}:
  kind: ${2:recalibrate_reviewers}
  for: [${3:disagreement}]
  by: [${4:class}]
  due: ${5:3d}
  title: "${6:Recalibrate reviewers on {{ scope.class \\}\\}}"
  done_when: [${7:agreement}]

action behind a gate: Work that waits until a rule holds.
${1:relabel}:
  kind: ${2:relabel}
  for: [${3:blindness}]
  by: [${4:class}]
  requires: [${5:agreement}]
  after: [${6:recalibrate}]
  due: ${7:7d}
  title: "${8:Relabel low-confidence {{ scope.class \\}\\}}"
  queue: {from: ${9:predictions}, where: "${10:confidence < 0.8}", size: ${11:200}}
""",
    ("Ruleset", "waivers"): """
waiver: Findings that are set aside until a day.
${1:guideline}:
  rule: ${2:agreement}
  match: {class: ${3:dent}}
  until: ${4:2026-04-30}
  by: "${5:@org/reliability}"
  because: ${6:Guideline rewrite under way}

waiver of all scopes: All findings of a rule, set aside until a day.
${1:start}:
  rule: ${2:confidence}
  match: {class: "*", site: "*"}
  until: ${3:2026-04-30}
  by: "${4:@org/reliability}"
  because: ${5:The site is being set up}
""",
}
"""Model and key -> what to insert there."""


def add_snippets(schema: Node, name: str) -> None:
    """Add to a schema what editors insert, in place."""
    models = {**schema.get("$defs", {}), schema["title"]: schema}
    schema["defaultSnippets"] = read_snippets(FILES[name])
    for model, text in ENTRIES.items():
        if model in models:
            models[model]["defaultSnippets"] = read_snippets(text)
    for (model, key), text in KEYS.items():
        if model in models:
            models[model]["properties"][key]["defaultSnippets"] = read_snippets(text)


def read_snippets(text: str) -> list[Node]:
    """Read entries that stand under each other into what yaml-language-server inserts."""
    snippets = []
    for entry in text.strip().split("\n\n"):
        heading, *lines = entry.split("\n")
        label, _, said = heading.partition(": ")
        snippets.append({"label": label, "description": said, "body": _nest(lines)})
    return snippets


def _nest(lines: list[str]) -> Any:
    """Nest lines by their indentation; what stands behind a key stays as it is written."""
    if lines[0].startswith("- "):
        return [_nest([line[2:] for line in lines])]
    body: Node = {}
    starts = [index for index, line in enumerate(lines) if not line.startswith(" ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        key, value = _KEY.findall(lines[start])[0]
        body[key] = value or _nest([line[2:] for line in lines[start + 1 : end]])
    return body
