"""A reference to an old name is refused with the new one, and a waiver that says one goes on."""

from __future__ import annotations

import pytest

from prism_rules.diagnostics import Refused
from prism_rules.ruleset import Resolved, load_ruleset
from prism_rules.source import parse

GOOD = """\
apiVersion: prism-rules/v1
kind: Ruleset
metadata: {name: good, version: "1.0.0", owners: ["@org/labels"]}
sources: {seen: {role: predictions, fields: {id: id, time: time, class: class, confidence: score}, renamed_from: [met]}}
classes: {dent: {renamed_from: [ding]}, chip: {}}
defaults: {window: 7d}
rules:
  falls:
    {source: seen, metric: mean_confidence, by: [class], fail: {below: 0.5, per_class: {dent: 0.4}},
     renamed_from: [drops]}
causes: {weak: {kind: drift, by: [class], when: {all: [falls]}, renamed_from: [feeble]}}
actions:
  look: {kind: review, for: [weak], title: Look, queue: {from: seen, size: 5}, renamed_from: [see]}
  ask: {kind: review, for: [weak], title: Ask, after: [look]}
waivers:
  known: {rule: falls, match: {class: dent}, until: 2026-04-30, by: "@org/labels", because: Known}
"""


def load(old: str = "", new: str = "") -> Resolved:
    assert old in GOOD
    return load_ruleset(parse(GOOD.replace(old, new).encode(), "good.yaml"))


@pytest.mark.parametrize(
    ("old", "new", "code", "help"),
    [
        ("{source: seen", "{source: met", "unknown-source", "`met` was renamed to `seen`"),
        ("all: [falls]", "all: [drops]", "unknown-rule", "`drops` was renamed to `falls`"),
        ("for: [weak], title: Look", "for: [feeble], title: Look", "unknown-cause", "`feeble` was renamed to `weak`"),
        ("after: [look]", "after: [see]", "unknown-action", "`see` was renamed to `look`"),
        ("per_class: {dent: 0.4}", "per_class: {ding: 0.4}", "unknown-class", "`ding` was renamed to `dent`"),
    ],
)
def test_an_old_name_is_refused_with_the_new_one(old: str, new: str, code: str, help: str) -> None:
    with pytest.raises(Refused) as refused:
        load(old, new)
    assert [(d.code, d.help) for d in refused.value.diagnostics] == [(code, help)]


def test_a_waiver_says_what_it_says_by_the_names_of_today() -> None:
    old = load("{rule: falls, match: {class: dent}", "{rule: drops, match: {class: ding}")
    assert old.model.waivers == load().model.waivers
    assert old.digest == load().digest
    assert [(d.code, d.severity, d.help) for d in old.warnings] == [
        ("renamed-name", "warning", "write `falls`"),
        ("renamed-name", "warning", "write `dent`"),
    ]
