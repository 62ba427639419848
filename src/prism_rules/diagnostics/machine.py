"""Diagnostics as programs read them."""

from __future__ import annotations

import json
from collections.abc import Iterable

from prism_rules.diagnostics import Diagnostic, place_order
from prism_rules.escaping.json import defuse_json


def format_json(diagnostics: Iterable[Diagnostic]) -> str:
    """Return all diagnostics as one JSON object (``kind: Diagnostics``), in the order of their places, keys sorted.

    Lines and columns count characters from 1; `end` is exclusive.
    """
    found = [
        {
            "code": d.code,
            "severity": d.severity,
            "message": d.message,
            "help": d.help,
            "context": d.context,
            "labels": [{"file": x.file, "line": x.line, "col": x.col, "end": x.end, "text": x.text} for x in d.labels],
        }
        for d in sorted(diagnostics, key=place_order)
    ]
    document = {"apiVersion": "prism-rules/v1", "kind": "Diagnostics", "diagnostics": found}
    return defuse_json(json.dumps(document, indent=2, sort_keys=True) + "\n")
