"""Small rulesets and findings, written short: a rule is its `by`, a finding is "rule status dimension=value ..."."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from prism_rules.diagnosis import Diagnoses, diagnose
from prism_rules.model.identity import make_id
from prism_rules.model.plan import Diagnosis, Finding
from prism_rules.ruleset import Resolved, load_ruleset
from prism_rules.source import parse

NAME = "trial"
DIMENSIONS = ("site", "camera", "lighting")


def build_ruleset(rules: Mapping[str, Any], causes: Mapping[str, Any], **rest: Any) -> Resolved:
    """Load a ruleset through every check; a rule is written as its `by` or as the keys that differ."""
    entries = {
        name: {"source": "seen", "metric": "mean_confidence", "fail": {"below": 0.5}}
        | (rule if isinstance(rule, dict) else {"by": rule})
        for name, rule in rules.items()
    }
    document = {
        "apiVersion": "prism-rules/v1", "kind": "Ruleset", "metadata": {"name": NAME, "version": "1.0.0"},
        "defaults": {"window": "7d"},
        "sources": {"seen": {
            "role": "predictions", "fields": {"id": "id", "time": "time", "class": "class", "confidence": "confidence"},
            "dimensions": list(DIMENSIONS),
        }},
        "rules": entries, "causes": {name: {"kind": "drift", **cause} for name, cause in causes.items()}, **rest,
    }  # fmt: skip
    return load_ruleset(parse(json.dumps(document).encode(), "trial.yaml"))


def read_finding(text: str) -> Finding:
    """Read "rule status dimension=value ..."; a status `waived:fail` hides `fail`, `warn/fail` is unsure of `fail`."""
    rule, status, *pairs = text.split()
    scope = dict(pair.split("=", 1) for pair in pairs)
    status, _, unsure_of = status.partition("/")
    shown, _, hidden = status.partition(":")
    return Finding.model_validate({
        "id": make_id("finding", NAME, rule, scope), "rule": rule, "scope": scope, "status": shown,
        "hides": hidden or None, "unsure_of": unsure_of or None, "value": 0.25, "n": 40, "unit": "rows",
        "window": (None, "2026-03-01T00:00:00Z"), "since": "2026-03-01",
    })  # fmt: skip


def name_finding(text: str) -> str:
    """Give the id of the finding written "rule dimension=value ..."."""
    rule, *pairs = text.split()
    return make_id("finding", NAME, rule, dict(pair.split("=", 1) for pair in pairs))


def name_diagnosis(text: str) -> str:
    """Give the id of the diagnosis written "cause dimension=value ..."."""
    cause, *pairs = text.split()
    return make_id("diagnosis", NAME, cause, dict(pair.split("=", 1) for pair in pairs))


def diagnose_texts(resolved: Resolved, findings: Iterable[str]) -> Diagnoses:
    """Diagnose findings written as text."""
    return diagnose(resolved, [read_finding(text) for text in findings])


def write_diagnosis(diagnosis: Diagnosis) -> str:
    """Write a diagnosis as tests name it."""
    return " ".join([diagnosis.cause, *(f"{name}={value}" for name, value in diagnosis.scope.items())])
