"""Files of rule tests: read into their models, their mistakes told, and refused because nothing runs them yet."""

from __future__ import annotations

import pytest

from prism_rules.diagnostics import Refused
from prism_rules.model.ruletest import RulesetTest
from prism_rules.ruleset import load_ruleset
from prism_rules.source import parse

TEXT = """\
apiVersion: prism-rules/v1
kind: RulesetTest
ruleset: surface-inspection.yaml
tests:
  - name: agreement under its threshold recalibrates before it relabels
    as_of: 2026-03-01
    data:
      annotations: {file: fixtures/split.csv}
    expect:
      findings: [{rule: class-agreement, scope: {class: surface-scratch}, status: fail, value: 0.63}]
      causes: [split-reviewers]
      actions: [{action: recalibrate, state: proposed}, {action: relabel, state: blocked}]
"""


def refuse(text: str) -> list[tuple[str, int, int]]:
    with pytest.raises(Refused) as refused:
        load_ruleset(parse(text.encode(), "surface.test.yaml"))
    assert refused.value.exit_code == 2
    return [(d.code, d.labels[0].line, d.labels[0].col) for d in refused.value.diagnostics]


def test_the_language_s_example_has_its_form_and_is_refused_as_not_run_yet() -> None:
    assert refuse(TEXT) == [("not-evaluated-yet", 2, 7)]
    test = RulesetTest.model_validate(parse(TEXT.encode(), "surface.test.yaml").data).tests[0]
    assert test.expect.causes == ("split-reviewers",)
    assert [(action.action, action.state) for action in test.expect.actions or ()] == [
        ("recalibrate", "proposed"),
        ("relabel", "blocked"),
    ]


def test_mistakes_are_told_beside_it() -> None:
    text = TEXT.replace("causes:", "cause:").replace("state: blocked", "state: bloked")
    assert refuse(text) == [("not-evaluated-yet", 2, 7), ("unknown-key", 11, 7), ("unknown-value", 12, 82)]
