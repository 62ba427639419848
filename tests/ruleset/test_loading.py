"""A whole ruleset: the language's own example, what a loaded one tells later stages, and what loading leaves alone."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from prism_rules.diagnostics import Problem, Spot
from prism_rules.ruleset import Resolved, effective_bounds, load_ruleset
from prism_rules.source import parse

HERE = Path(__file__).parent

SMALL = """\
apiVersion: prism-rules/v1
kind: Ruleset
metadata: {name: small, version: "1.0.0", owners: ["@org/labels"]}
sources:
  predictions:
    role: predictions
    fields: {id: id, time: time, class: class, confidence: confidence}
classes: {"v1.2": {}, ok: {}}
defaults: {window: 7d}
rules:
  low-confidence:
    source: predictions
    metric: mean_confidence
    by: [class]
    fail:
      below: 0.50
      per_class: {"v1.2": 0.4}
actions:
  look:
    kind: review
    for: [{rule: low-confidence}]
    title: "Look at {{ scope.class }}"
"""


def load(text: str) -> Resolved:
    return load_ruleset(parse(text.encode(), "small.yaml"))


def test_the_language_is_read_whole() -> None:
    resolved = load_ruleset(HERE / "language.yaml")
    assert resolved.warnings == ()
    assert resolved.model.governance is not None


def test_templates_stand_under_their_routes() -> None:
    template = load(SMALL).templates["actions", "look", "title"]
    assert template.render({"scope": {"class": "dent"}}, escape=str.upper) == "Look at DENT"


@pytest.mark.parametrize(
    ("origin", "line", "col"),
    [
        ("rules.low-confidence.fail.below", 16, 7),
        ("rules.low-confidence.fail.per_class.v1.2", 17, 19),
        ("actions.look.title", 22, 5),
    ],
)
def test_origins_are_found_by_their_text(origin: str, line: int, col: int) -> None:
    found = load(SMALL).origin(origin)
    assert (found.file, found.line, found.col) == ("small.yaml", line, col)


def test_ten_thousand_origins_cost_little() -> None:
    rules = {
        f"rule-{i}": {"source": "predictions", "metric": "mean_confidence", "fail": {"below": 0.5}}
        for i in range(5_000)
    }
    classes = {f"class.{i}": 0.4 for i in range(5_000)}
    rules["per-class"] = {**rules["rule-0"], "by": ["class"], "fail": {"below": 0.5, "per_class": classes}}
    text = SMALL[: SMALL.index("classes:")] + "defaults: {window: 7d}\n" + json.dumps({"rules": rules})[1:-1]
    resolved = load(text)
    begun = time.process_time()
    lines = {resolved.origin(bound.origin).line for name in rules for bound in effective_bounds(resolved.model, name)}
    assert lines == {len(text.splitlines())}
    assert time.process_time() - begun < 2
    assert resolved.trace("rules.per-class.fail.per_class.class.7")[-1] == "class.7"
    assert resolved.trace("rules.nowhere") == ()


def test_later_stages_refuse_at_the_same_places() -> None:
    route = ("rules", "low-confidence", "metric")
    refused = load(SMALL).refuse([Problem("some-code", "a later problem", (Spot(route),))], 3)
    assert refused.exit_code == 3
    assert [(d.code, d.labels[0].line, d.labels[0].col) for d in refused.diagnostics] == [("some-code", 13, 13)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("kind: Ruleset", "kind: Ruleset   # a comment"),
        ("window: 7d", "window: 168h"),
        ("below: 0.50", "below: 0.5"),
        ("{id: id, time: time, class: class,", "{class: class, id: id, time: time,"),
    ],
)
def test_what_means_the_same_has_one_digest(old: str, new: str) -> None:
    assert old in SMALL
    assert load(SMALL.replace(old, new)).digest == load(SMALL).digest


@pytest.mark.parametrize(("old", "new"), [("0.50", "0.51"), ("window: 7d", "window: 8d"), ("Look at", "See")])
def test_what_means_something_else_has_another_digest(old: str, new: str) -> None:
    assert load(SMALL.replace(old, new)).digest != load(SMALL).digest


def test_files_are_told_with_their_digests() -> None:
    (file,) = load(SMALL).files
    assert (file.path, file.sha256) == ("small.yaml", "sha256:" + hashlib.sha256(SMALL.encode()).hexdigest())


def test_loading_needs_neither_engine() -> None:
    # Asked of a process of its own: in this one, other tests may have imported anything.
    code = "import sys; from pathlib import Path; from prism_rules.ruleset import load_ruleset\n"
    code += "load_ruleset(Path(sys.argv[1])); print([m for m in ('polars', 'duckdb') if m in sys.modules])"
    path = HERE.parent / "diagnostics" / "cases" / "no-owner" / "ruleset.yaml"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
