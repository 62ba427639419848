"""A ruleset that says something hostile wherever it may say what it likes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from prism_rules.ruleset import Resolved, load_ruleset
from tests.conftest import HEADER, SOURCES

TEXTS = (
    "a|b|c | d",
    "line one\nline two\n\n# heading\n\n- item",
    "`tick` ``two`` ```\nfence",
    "@org/team fixes #12 GH-7",
    "<script>alert(1)</script><b>bold</b>",
    "[link](http://a.example) ![x](y) www.a.example",
    "</details>\n\n---\n\n> quote",
    '"] --> evil["x',
    '%%{init: {}}%%\nend\nclick r0 href "http://a.example"',
    "&lt;b&gt; &commat;you #quot;",
    "| - | - |",
    "'; end -- $x$ \\",
    "* _em_ **strong** ~~s~~",
    "0a1b2c3d :tada: ==x==",
    "<!-- comment",
    "]]>{{",
    "x" * 3_000,
)


def load_hostile(folder: Path, text: str) -> Resolved:
    """A ruleset with the text as every title, description, owner, reason, step, value and column."""
    # In templates, a brace is Jinja's.
    template = text.replace("{", "(").replace("%", "")
    name = " ".join(text.split())[:150]
    said: dict[str, Any] = {
        **HEADER,
        "metadata": {"name": "hostile", "version": "1.0.0", "owners": [name, "@org/x"], "description": text},
        "question": {"task": text, "environment": text, "concern": text, "report_to": [name, text]},
        "sources": {**SOURCES, "predictions": {
            **SOURCES["predictions"],
            "fields": {"id": name, "time": "time", "class": "class", "confidence": "confidence"},
            "dimensions": {"site": f"{name} site", "lighting": "lighting"}}},
        "classes": {name: {"owner": name, "risk": "high"}, "dent": {}},
        "rules": {
            "rule": {
                "title": text, "source": "predictions", "metric": "mean_confidence", "by": ["class", "site"],
                "where": f"site = '{name}'", "fail": {"below": 0.7, "per_class": {name: 0.5}},
                "overrides": {"o": {"match": {"site": f"{name}*"}, "min_n": 7}},
            },
            "of": {"source": "predictions", "metric": "sql", "of": f"count(*) /* {name} */", "fail": {"above": 1}},
        },
        "causes": {"cause": {"title": text, "kind": "drift", "by": ["class", "site"], "when": {"all": ["rule"]},
                             "explain": template}},
        "actions": {"action": {
            "kind": "review", "for": ["cause"], "by": ["class"],
            "title": template, "steps": template, "owner": template,
            "queue": {"from": "predictions", "size": 5, "where": f"site = '{name}'",
                      "weights": {"class": {name: 1, "*": 2}}}}},
        "waivers": {"w": {"rule": "rule", "match": {"class": name, "site": f"{name}*"}, "until": "2030-01-31",
                          "by": name, "because": text}},
    }  # fmt: skip
    path = folder / "hostile.yaml"
    path.write_text(json.dumps(said), "utf-8")
    return load_ruleset(path)
