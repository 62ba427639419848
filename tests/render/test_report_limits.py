"""report.md within its limits: what goes first when there is little room, how that is told, and whole tables."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from markdown_it import MarkdownIt

from prism_rules.model.plan import Plan
from prism_rules.render.markdown import LEAST, render_markdown
from prism_rules.render.markdown.causes import draw_chain
from prism_rules.render.markdown.layout import BYTES, Part, fit_parts

from .plans import make_big_plan, make_glare_plan, make_hostile_plan, make_passing_plan, make_plan

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
PLANS: list[Callable[[], Plan]] = [make_passing_plan, make_glare_plan, make_big_plan, make_hostile_plan]


def make_long_names() -> Plan:
    """Names that take six bytes a character once they are escaped."""
    plan = make_hostile_plan()
    ruleset = plan.ruleset.model_copy(update={"name": "|" * 90, "version": "|" * 90})
    return plan.model_copy(update={"ruleset": ruleset, "selected": ("|" * 90,) * 9, "command": "|" * 900})


def read_tables(report: str) -> list[list[int]]:
    """Cells of every row, by table; a row that has too many for its table is read by its bars."""
    tables: list[list[int]] = []
    for token in PARSER.parse(report):
        if token.type == "table_open":
            tables.append([])
        elif token.type == "tr_open":
            tables[-1].append(0)
        elif token.type in ("th_open", "td_open"):
            tables[-1][-1] += 1
    return tables


@pytest.mark.parametrize("most", [LEAST, 3_000, 4_000, 6_000, 10_000, BYTES, 60_000])
@pytest.mark.parametrize("make", [*PLANS, make_long_names])
def test_a_narrowed_report_is_whole_and_keeps_its_counts(make: Callable[[], Plan], most: int) -> None:
    plan = make()
    report = render_markdown(plan, most=most)
    assert len(report.encode()) <= min(most, BYTES)
    assert report.count("\n") <= 350
    assert report.startswith("# Action plan: ")
    verdict = report.split("\n")[2]
    silent = sum(plan.counts.findings.get(status, 0) for status in ("insufficient", "no_data"))
    assert verdict.startswith(f"**{plan.status.upper()}** as of ") and f" {silent:,} not evaluated." in verdict
    assert all(len(set(rows)) == 1 and len(rows) > 1 for rows in read_tables(report))
    assert report.count("<details>") == report.count("\n</details>\n")
    assert report.count("```mermaid\n") == len(re.findall(r"```mermaid\n[^`]*\n```\n", report))
    # A heading without anything below it says nothing, but for the one whose actions are all left out.
    assert not re.search(r"\n(?:## (?!What to do)[^\n]*)\n+(?=## |---)", report)
    assert (f"\n## Not evaluated: {silent:,}\n" in report) <= (silent > 0)


def test_what_is_left_out_altogether_is_named_with_its_count_and_its_place() -> None:
    plan = make_glare_plan()
    report = render_markdown(plan, most=LEAST)
    *_, last = report.splitlines()
    assert last.startswith("*Left to `plan.json`: ") and "actions with evidence and steps (5)" in last
    assert "waivers (2)" in last and "decisions (1)" in last
    assert "More is in `report.md`, everything in `plan.json`, and in the page that `prism-rules render PLAN" in report
    whole = render_markdown(plan)
    assert "Left to" not in whole and "Everything is in `plan.json`, and in the page" in whole


def test_the_verdict_and_the_actions_outlast_evidence_and_decisions() -> None:
    plan = make_glare_plan()
    marks = {
        "[!CAUTION]": 0, "| Review low-confidence": 0, "## Why": 0, "<details><summary><b>": 0, "## Decided": 0,
    }  # fmt: skip
    for most in range(LEAST, BYTES, 500):
        report = render_markdown(plan, most=most)
        marks |= {mark: most for mark in marks if mark in report and not marks[mark]}
    assert all(marks.values())
    assert marks["[!CAUTION]"] == marks["| Review low-confidence"] == LEAST
    assert marks["## Why"] < marks["## Decided"] <= marks["<details><summary><b>"]


def test_more_room_never_tells_less() -> None:
    sizes = [len(render_markdown(make_big_plan(60), most=most)) for most in range(LEAST, BYTES, 1_500)]
    assert sizes == sorted(sizes)


def test_a_part_fills_its_share_first_and_what_is_left_later() -> None:
    rows = [f"- {number:03} {'x' * 94}" for number in range(400)]
    greedy = Part("## A", rows, 400, share=1_000, rank=1, left="rows")
    modest = Part("## B", rows[:5], 5, share=1_000, rank=2, left="rows")
    report = fit_parts([greedy, modest])
    assert "## B\n\n- 000" in report and "- 004" in report.partition("## B")[2]
    shown = report.partition("## B")[0].count("- ")
    assert f"*Left to `plan.json`: {400 - shown} of 400 rows.*" in report
    assert len(report.encode()) <= BYTES < len(report.encode()) + 101


@pytest.mark.parametrize("make", PLANS)
def test_the_picture_of_the_causes_stays_small_and_says_what_it_leaves_out(make: Callable[[], Plan]) -> None:
    picture = draw_chain(make())
    nodes, arrows = re.findall(r"^  (\w+)\[", picture, re.MULTILINE), re.findall(r"(\w+) --> (\w+)", picture)
    assert len(picture) < 2_000
    assert {end for arrow in arrows for end in arrow} <= set(nodes)
    causes = {diagnosis.cause for diagnosis in make().diagnoses}
    left = len(causes) - len(nodes)
    told = f"*The picture leaves out {left} of {len(causes)} causes.*"
    assert (told in picture) == (left > 0 and bool(nodes))


def test_the_report_of_a_folder_shows_its_picture_and_one_that_stands_alone_does_not() -> None:
    plan = make_plan()
    assert "![" not in render_markdown(plan)
    report = render_markdown(plan, trends="charts/trends.svg")
    (image,) = [
        child for token in PARSER.parse(report) for child in token.children or () if child.type == "image"
    ]  # fmt: skip
    assert image.attrs["src"] == "charts/trends.svg" and len(image.content) > 20
