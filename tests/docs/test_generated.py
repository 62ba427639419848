"""Pages that are made from the code are as the code would make them now."""

from __future__ import annotations

import runpy
from pathlib import Path

from prism_rules.diagnostics.pages import all_codes
from prism_rules.metrics import METRICS

ROOT = Path(__file__).parents[2]
GENERATE = runpy.run_path(str(ROOT / "docs/generate.py"))


def test_no_page_is_stale() -> None:
    assert GENERATE["list_stale"]() == [], "`make docs` writes them anew"


def test_every_metric_and_code_has_its_place() -> None:
    pages = GENERATE["write_pages"]()
    metrics = {"metrics/README.md", *(f"metrics/{name}.md" for name in METRICS)}
    assert {name for name in pages if name.startswith("metrics/")} == metrics
    assert [code for code in all_codes() if f"[`{code}`](" not in pages["codes.md"]] == []
