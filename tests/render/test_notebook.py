"""The summary in a notebook: tables and text, whatever names the data brought, and never more than a screen or two."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from prism_rules.cli.verdict import tell_plan
from prism_rules.model.plan import GovernanceEntry, Plan, Waiting
from prism_rules.render.notebook import MOST, render_notebook

from .plans import make_big_plan, make_finding, make_glare_plan, make_hostile_plan, make_passing_plan, make_plan

TAGS = {"div", "p", "strong", "code", "table", "thead", "tbody", "tr", "th", "td"}


class Reader(HTMLParser):
    """Reads a page by another parser than ours: its tags, balanced, with their attributes, and its text by cells."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.met: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.cells: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.met.add(tag)
        self.attributes |= {*attrs}
        if tag in ("td", "p"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.cells:
            self.cells[-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


@pytest.mark.parametrize("make", [make_plan, make_passing_plan, make_glare_plan, make_big_plan, make_hostile_plan])
def test_it_is_tables_and_text_alone(make: type[Plan]) -> None:
    page = render_notebook(make())
    read = Reader(page)
    assert read.met <= TAGS
    assert {name for name, _ in read.attributes} <= {"style"}
    assert not any("url" in (value or "") or "color" in (value or "") for _, value in read.attributes)
    assert len(page) < 60_000
    assert page.isprintable() or {char for char in page if not char.isprintable()} <= {"\n", "\u200b"}


def test_it_says_how_it_stands_and_what_to_do() -> None:
    plan = make_glare_plan()
    cells = Reader(render_notebook(plan)).cells
    assert plan.ruleset.name in cells[0]
    assert plan.status.upper() in cells[0]
    for action in plan.actions:
        assert action.title in cells
    blocked = [action for action in plan.actions if action.blocked_by]
    assert sum(cell.startswith("waits: ") for cell in cells) == len(blocked) > 0


def test_of_many_the_first_are_shown_and_the_rest_are_counted() -> None:
    plan = make_big_plan()
    page = render_notebook(plan)
    assert page.count("<tr>") == 2 + 2 * MOST
    assert f"and {len(plan.findings) - MOST:,} more findings: <code>plan.findings</code> has all" in page


def test_what_is_shown_of_many_is_the_most_urgent() -> None:
    warned = [make_finding(f"w{n}", "r", {"class": f"c-{n}"}, 0.7, status="warn") for n in range(MOST)]
    fails = make_finding("f", "r", {"class": "dent"}, 0.6)
    like = make_glare_plan().actions[0]
    actions = [like.model_copy(update={"id": f"a{n}", "title": f"Do {n}", "priority": 30 - n}) for n in range(MOST + 1)]
    cells = Reader(render_notebook(make_plan(status="fail", findings=[*warned, fails], actions=actions))).cells
    assert "dent" in cells and f"c-{MOST - 1}" not in cells
    assert [cell for cell in cells if cell.startswith("Do ")] == [f"Do {n}" for n in range(MOST, 0, -1)]


def test_work_that_waits_for_the_budget_says_so_as_in_a_terminal() -> None:
    plan = make_glare_plan()
    first = next(one for one in plan.actions if not one.blocked_by)
    waiting = Waiting(action=first.id, rows=7, minutes=9, never=True)
    work = GovernanceEntry(budget_minutes=1, planned_minutes=0, waits=(waiting,))
    kept = plan.model_copy(update={"governance": work, "actions": (first,)})
    assert "7 rows can never fit the budget" in render_notebook(kept)
    assert "can never fit" in tell_plan(kept, None)
