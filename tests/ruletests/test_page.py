"""The pieces of tests that docs/rule-tests.md shows, run over the ruleset that it shows."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from prism_rules.ruletests.reading import read_suite
from prism_rules.ruletests.running import Runner

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/rule-tests.md").read_text("utf-8"), re.DOTALL)
HEAD = "apiVersion: prism-rules/v1\nkind: RulesetTest\nruleset: surface.yaml\ntests:\n"


def test_pieces_of_tests_are_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("surface.yaml").write_text(BLOCKS[0], "utf-8")
    data, test = (next(block for block in BLOCKS if block.startswith(start)) for start in ("data:", "- name:"))
    rows = f"- name: rows\n  as_of: 2026-03-01\n{textwrap.indent(data, '  ')}  expect: {{actions: []}}\n"
    Path("page.test.yaml").write_text(HEAD + textwrap.indent(rows + test, "  "), "utf-8")
    suite = read_suite(Path("page.test.yaml"))
    assert [len(given.rows) for given in suite.cases[0].data.values()] == [94, 2]
    with Runner() as runner:
        assert [runner.run(suite, case).differences for case in suite.cases] == [(), ()]
