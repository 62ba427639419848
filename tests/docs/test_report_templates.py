"""docs/report-templates.md: its tables are what templates may name, and its examples are what they write.

`pytest tests/docs/test_report_templates.py --snapshot-update` writes the tables anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from prism_rules.render.template import MOST, OF_REPORTS, fill_report
from prism_rules.render.template.formats import FORMATS, find_format
from prism_rules.render.template.parts import SCOPE, Group, Listed
from prism_rules.render.template.plans import PLAN
from prism_rules.templating import Leaf

from ..render.plans import make_glare_plan, make_passing_plan

ROOT = Path(__file__).parents[2]
PATH = ROOT / "docs/report-templates.md"
SUMMARY = (ROOT / "examples/glare/summary.md.j2").read_text("utf-8")
WORDS = {Leaf.TEXT: "text", Leaf.NUMBER: "number", Leaf.TIME: "time", Leaf.FLAG: "true or false"}
MANY = {Leaf.TEXT: "texts"}


def list_groups(group: Group[Any], met: dict[str, Group[Any]]) -> dict[str, Group[Any]]:
    """List a group and those that its names stand for, each once, in the order of first mention."""
    if group is not SCOPE and group.name not in met:
        met[group.name] = group
        for part in group.parts.values():
            inner = part.of.of if isinstance(part.of, Listed) else part.of
            if isinstance(inner, Group):
                list_groups(inner, met)
    return met


def write_kind(of: Any) -> str:
    if isinstance(of, Listed):
        return f"list of {MANY[of.of] if isinstance(of.of, Leaf) else write_kind(of.of)}"
    if of is SCOPE:
        return "text per dimension"
    return f"[{of.name}](#{of.name})" if isinstance(of, Group) else WORDS.get(of, of.value)


def write_tables() -> Iterator[str]:
    for group in list_groups(PLAN, {}).values():
        yield f"### {group.name}\n\n| Name | Kind | Is |\n| --- | --- | --- |\n" + "".join(
            f"| `{name}` | {write_kind(part.of)} | {part.says} |\n" for name, part in group.parts.items()
        )


def test_the_tables_are_what_templates_may_name(request: pytest.FixtureRequest) -> None:
    page, tables = PATH.read_text("utf-8"), "\n".join(write_tables())
    head, _, rest = page.partition("<!-- names -->\n\n")
    shown, _, tail = rest.partition("\n<!-- end of names -->")
    if request.config.getoption("update_snapshots"):
        PATH.write_text(f"{head}<!-- names -->\n\n{tables}\n<!-- end of names -->{tail}", "utf-8")
        shown = tables
    assert shown == tables


def test_the_page_tells_formats_and_limits() -> None:
    page = PATH.read_text("utf-8")
    assert all(f"`*{end}`" in page for end in FORMATS)
    secure = (ROOT / "SECURITY.md").read_text("utf-8")
    for limit in (OF_REPORTS.length, OF_REPORTS.output, OF_REPORTS.steps):
        assert f"{limit:,}" in page and f"{limit:,}" in secure
    for name in ("docs/report-templates.md", "docs/commands.md"):
        assert f"{MOST:,} (1 MiB)" in (ROOT / name).read_text("utf-8").replace("\n", " ")
    assert f"{OF_REPORTS.loops} deep" in page


def test_the_examples_of_the_page_are_sound() -> None:
    form = find_format("page.md")
    assert form is not None
    examples = re.findall(r"```jinja\n(.*?)```", PATH.read_text("utf-8"), re.DOTALL)
    assert len(examples) > 1
    for text in examples:
        assert fill_report(text, make_glare_plan(), name="page.md", form=form)


def test_the_digest_of_the_example_says_what_is_new_and_what_to_do() -> None:
    form = find_format("summary.md.j2")
    assert form is not None
    told = fill_report(SUMMARY, make_glare_plan(), name="summary.md.j2", form=form).replace("\u200b", "")
    lines = told.splitlines()
    assert lines[0].startswith("**FAIL** as of 2026-03-01, surface-inspection 1.3.0: ")
    assert "- **Review low-confidence cases at plant-2**: @org/reliability, due 2026-03-03, 340 rows to review" in lines
    assert "- Reviewers agree on the class, surface-scratch: 0.63 (0.55 to 0.70), must be at least 0.75" in lines
    assert not any("slice-unvalidated" in line for line in lines), "titles, not ids"
    idle = fill_report(SUMMARY, make_passing_plan(), name="summary.md.j2", form=form)
    assert idle.endswith("\nTo do:\n\n- nothing\n")
