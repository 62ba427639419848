"""report.md from plan to plan: one thing more changes its own lines, and no other line names it by a number."""

from __future__ import annotations

from difflib import unified_diff
from html import unescape

import pytest

from prism_rules.model.plan import HistoryPoint, Plan
from prism_rules.render.markdown import render_markdown
from prism_rules.render.markdown.findings import write_evidence
from prism_rules.render.told import name_action

from .plans import make_finding, make_glare_plan, make_plan

DENT = {"class": "dent"}


def compare(before: Plan, after: Plan) -> tuple[list[str], list[str]]:
    """The lines of the report that are gone, and those that are new."""
    _, _, *marked = unified_diff(*(render_markdown(plan).splitlines() for plan in (before, after)), n=0)
    gone, new = ([line[1:] for line in marked if line[0] == mark and line[1:]] for mark in "-+")
    return gone, new


def test_one_more_action_adds_its_row_and_its_fold() -> None:
    plan = make_glare_plan()
    like = plan.actions[2]
    more = like.model_copy(
        update={
            "id": "recalibrate-dent", "title": "Recalibrate reviewers on dent", "scope": DENT, "covers": (),
            "queue": None, "acceptance": (), "priority": 2, "steps": "1. Ask those of *dent*.",
        }
    )  # fmt: skip
    gone, new = compare(plan, plan.model_copy(update={"actions": (more, *plan.actions)}))
    assert gone == []
    assert [line for line in new if "dent" not in line] == ["**Steps**", "</details>"]


def test_one_more_place_of_a_cause_changes_the_lines_that_name_its_places() -> None:
    plan = make_glare_plan()
    update = {"id": "unseen-dent", "scope": {**DENT, "site": "plant-2"}, "leads_to": ("split",), "rank": 6}
    text = plan.diagnoses[1].text.replace("edge-chip", "dent")
    more = plan.diagnoses[1].model_copy(update={**update, "text": text})
    gone, new = compare(plan, plan.model_copy(update={"diagnoses": (*plan.diagnoses, more)}))
    assert [len(gone), len(new)] == [2, 2]
    assert all("surface-scratch, edge-chip, dent at plant-2" in line for line in new)


def test_evidence_stands_once_and_later_folds_say_where() -> None:
    report = render_markdown(make_glare_plan())
    rows = [line for line in report.splitlines() if line.startswith(("| **fail**", "| warn"))]
    assert len(rows) == len(set(rows)) == 8
    fold = report.partition("<b>Recalibrate reviewers on surface-scratch</b>")[2].partition("</details>")[0]
    assert '**Evidence**: in the table of "Fourteen edge cases for the guideline of surface-scratch".' in fold
    fold = report.partition("<b>Refresh the validation slice for plant-2</b>")[2].partition("</details>")[0]
    shared = '**Evidence**, 2026-02-22 to 2026-03-01, and rows in the table of "Review low-confidence cases at plant-2"'
    assert shared in fold and fold.count("| **fail**, new |") == 2


def test_steps_that_an_earlier_fold_has_told_are_not_told_again() -> None:
    plan = make_glare_plan()
    first, second = plan.actions[0], plan.actions[3].model_copy(update={"steps": plan.actions[0].steps})
    report = render_markdown(plan.model_copy(update={"actions": (first, second)}))
    assert report.count("> 1. Look at each case in its own lighting.") == 1
    assert '**Steps**: as for "Review low-confidence cases at plant-2".' in report


def test_why_something_was_decided_since_last_time_is_told_once() -> None:
    plan = make_glare_plan()
    decided = plan.decisions[0].model_copy(update={"action": plan.actions[0].id})
    opened = decided.model_copy(update={"event": "opened", "entry": "6f" * 32})
    action = plan.actions[0].model_copy(update={"history": (opened, decided)})
    told = plan.model_copy(update={"actions": (action,), "decisions": (decided,)})
    assert render_markdown(told).count("All 120 cases were read") == 1
    earlier = render_markdown(told.model_copy(update={"decisions": ()}))
    assert "**done** by `@org/reliability`: All 120 cases were read" in earlier


@pytest.mark.parametrize(
    ("scope", "name"),
    [
        ({"class": "dent"}, "Relabel dent"),
        ({"class": "dent", "site": "plant-1"}, "Relabel dent (dent at plant-1)"),
        ({}, "Relabel dent"),
    ],
)
def test_an_action_is_named_with_its_place_unless_its_title_says_it(scope: dict[str, str], name: str) -> None:
    action = make_glare_plan().actions[0].model_copy(update={"title": "Relabel dent", "scope": scope})
    assert name_action(action) == name


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ((0.0, 0.5, 1.0), "▁▄█"),
        ((0.0, None, 0.5, 1.0), "▁·▄█"),
        # Another finding was measured where this one has no window at all; before its first there is no gap.
        ((..., 0.0, ..., 0.5, 1.0), "▁·▄█"),
        ((0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1), "█▇▆▅▄▃▂▁"),
        # Two values are no trend, and what is written alike is drawn alike.
        ((0.0, None, 1.0), ""),
        ((0.5, 0.5001, 0.5002), "▄▄▄"),
    ],
)
def test_the_trend_shows_windows_and_gaps(values: tuple[float | None, ...], bars: str) -> None:
    moments = [f"2026-0{month}-01T00:00:00Z" for month in range(1, len(values))]
    points = [
        HistoryPoint(to=to, value=value, n=9, status="pass")
        for to, value in zip(moments, values, strict=False)
        if value is not ...
    ]
    finding = make_finding("f", "class-agreement", DENT, values[-1])
    other = [HistoryPoint(to=to, value=0.5, n=9, status="pass") for to in moments]
    plan = make_plan(findings=[finding], history={"f": points, "g": other})
    cell = unescape(write_evidence(finding, plan)).split("|")[4].split()
    assert cell[1:] == ([bars] if bars else [])
