"""The form in which programs read diagnostics."""

from __future__ import annotations

import json
from itertools import permutations

from prism_rules.diagnostics import Diagnostic, Label
from prism_rules.diagnostics.machine import format_json

FOUND = [
    Diagnostic("b", "größe", (Label("a.yaml", 2, 3, 5, "here", "  no"), Label("a.yaml", 1, 1, 2)), "h", "warning"),
    Diagnostic("a", "m", context="data/x.parquet"),
    Diagnostic("c", "m\ud800", (Label("a.yaml", 1, 1, 2),)),
]


def test_every_field_is_given() -> None:
    document = json.loads(format_json(FOUND[:1]))
    assert document == {
        "apiVersion": "prism-rules/v1",
        "kind": "Diagnostics",
        "diagnostics": [
            {
                "code": "b",
                "severity": "warning",
                "message": "größe",
                "help": "h",
                "context": None,
                "labels": [
                    {"file": "a.yaml", "line": 2, "col": 3, "end": 5, "text": "here"},
                    {"file": "a.yaml", "line": 1, "col": 1, "end": 2, "text": ""},
                ],
            }
        ],
    }


def test_the_bytes_do_not_depend_on_the_order_of_finding() -> None:
    assert len({format_json(found) for found in permutations(FOUND)}) == 1
    assert [d["code"] for d in json.loads(format_json(FOUND))["diagnostics"]] == ["c", "b", "a"]
    assert format_json(FOUND).isascii()
