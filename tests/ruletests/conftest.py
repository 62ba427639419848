"""A small ruleset on disk, without SQL of its own, and rule tests beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from prism_rules.cli import run
from prism_rules.ruletests.reading import Suite, read_suite
from prism_rules.ruletests.running import Runner, Trial

RULESET = """\
apiVersion: prism-rules/v1
kind: Ruleset
metadata: {name: press-shop, version: "1.0.0", owners: ["@org/reliability"]}
sources:
  predictions:
    role: predictions
    fields: {id: image, time: taken_at, class: label, confidence: score, overridden: undone}
    dimensions: [site]
  validation-run:
    role: predictions
    window: all
    fields: {id: image, time: taken_at, class: label, confidence: score}
  annotations:
    role: annotations
    fields: {unit: image, annotator: reviewer, class: label, time: labelled_at}
classes: {dent: {risk: high, owner: "@org/dents"}, scratch: {risk: low}, ok: {}}
defaults: {window: 7d, min_n: 10}
rules:
  low-confidence:
    source: predictions
    metric: mean_confidence
    by: [class, site]
    warn: {below: 0.80}
    fail: {below: 0.70}
  confidence-falls:
    source: predictions
    metric: mean_confidence
    by: [class]
    baseline: {source: validation-run}
    fail: {drop: 0.10}
  overridden-again:
    source: predictions
    metric: override_rate
    by: [site]
    streak: 2
    fail: {above: 0.20}
  class-agreement:
    source: annotations
    metric: krippendorff_alpha
    by: [class]
    fail: {below: 0.75}
causes:
  unsure-model:
    kind: drift
    by: [class, site]
    when: {all: [low-confidence]}
    against: [confidence-falls, overridden-again]
    leads_to: [split]
    explain: "The model is not sure of {{ scope.class }} at {{ scope.site }}."
  split:
    kind: ambiguous_labels
    by: [class]
    when: {all: [class-agreement]}
actions:
  look:
    kind: review
    for: [unsure-model]
    by: [site]
    due: 2d
    title: "Look at what is unsure at {{ scope.site }}"
    steps: |
      1. Look at the rows of the queue.
      2. Say what they have in common.
    queue: {from: predictions, size: 5}
  recalibrate:
    kind: recalibrate_reviewers
    for: [split]
    by: [class]
    owner: "{{ class.owner }}"
    due: 3d
    title: "Recalibrate reviewers on {{ scope.class }}"
    done_when: [class-agreement]
  relabel:
    kind: relabel
    for: [unsure-model, split]
    by: [class]
    requires: [class-agreement]
    after: [recalibrate]
    title: "Relabel {{ scope.class }}"
waivers:
  ok-at-p9:
    rule: low-confidence
    match: {class: ok, site: p9}
    until: 2026-04-01
    by: "@org/reliability"
    because: The line is being rebuilt
"""

HEAD = """\
apiVersion: prism-rules/v1
kind: RulesetTest
ruleset: press.yaml
tests:
"""


@dataclass(frozen=True)
class Bench:
    """A folder with a ruleset and its rule tests."""

    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / "press.test.yaml"

    def write(self, tests: str) -> Path:
        """Write a file of these tests, which are indented by two."""
        self.path.write_text(HEAD + tests, "utf-8")
        return self.path

    def read(self, tests: str) -> Suite:
        """Read a file of these tests."""
        return read_suite(self.write(tests))

    def run(self, tests: str) -> list[Trial]:
        """Run these tests."""
        suite = self.read(tests)
        with Runner() as runner:
            return [runner.run(suite, case) for case in suite.cases]

    def call(self, *arguments: str) -> int:
        """Run `prism-rules test` in this process, on the folder, and give its exit code."""
        return run(["test", *arguments])


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    (tmp_path / "press.yaml").write_text(RULESET, "utf-8")
    monkeypatch.chdir(tmp_path)
    return Bench(Path())
