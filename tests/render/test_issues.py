"""Tickets of a plan: one per action, known again by its marker, within what hosts take, and with nobody called."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from markdown_it import MarkdownIt

from prism_rules.model.plan import ActionState, Decision, Plan
from prism_rules.render import RENDERERS, issues
from prism_rules.render.narrowing import keep_changes

from .plans import make_glare_plan, make_hostile_plan, make_passing_plan

PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")


def read(plan: Plan) -> dict[str, dict[str, Any]]:
    """Read the tickets by id, with what holds of each checked."""
    text = RENDERERS["issues"](plan)
    document = json.loads(text)
    assert (document["apiVersion"], document["kind"]) == ("prism-rules/v1", "Issues")
    assert text.isascii() and text.endswith("}\n")
    for issue in document["issues"]:
        assert 0 < len(issue["title"]) <= 255 and issue["title"].replace("\u200b", "").isprintable()
        assert issue["body"].startswith(f"{issue['marker']}\n\n") and issue["body"].count(issue["marker"]) == 1
        assert len(issue["body"]) <= 65_536
        assert all(re.fullmatch("[a-z_-]{1,50}", label) for label in issue["labels"])
    found = {issue["id"]: issue for issue in document["issues"]}
    assert len(found) == len({issue["marker"] for issue in found.values()}) == len(document["issues"])
    return found


def test_a_ticket_has_all_that_whoever_does_it_needs() -> None:
    found = read(make_glare_plan())
    assert [*found][:2] == ["review-set-plant-2", "guidance-surface-scratch"], "the most urgent first"
    issue = found["recalibrate-surface-scratch"]
    body = issue.pop("body")
    assert issue == {
        "id": "recalibrate-surface-scratch",
        "marker": "<!-- prism-rules action recalibrate-surface-scratch -->",
        "wanted": "open",
        "reason": None,
        "title": "Recalibrate reviewers on surface-scratch",
        "labels": ["prism-rules", "recalibrate_reviewers"],
        "owner": "@org/labels-metal",
        "due": "2026-03-04",
        "state": "proposed",
        "priority": 3,
    }
    lines = body.splitlines()
    assert lines[2:7] == [
        "- **For**: surface-scratch",
        "- **Why**: Reviewers split where glare hides the edge",
        "- **Owner**: `@org/labels-metal`",
        "- **Due**: 2026-03-04",
        "- **State**: proposed",
    ]
    assert "> 1. Take the calibration batch to all reviewers." in lines
    assert "**Queue**: `queues/recalibrate-surface-scratch.csv`, 40 rows of 57 eligible in `annotations`, about" in body
    assert "**Done when**" in lines
    assert any(
        line.startswith("| **fail**, worse | Reviewers agree on the class | surface-scratch | 0.63") for line in lines
    )
    assert lines[-1].startswith("Plan of 2026-03-01, ruleset `surface-inspection` 1.3.0.")


def test_what_is_blocked_is_open_and_says_by_what() -> None:
    issue = read(make_glare_plan())["relabel-surface-scratch"]
    assert (issue["wanted"], issue["labels"][2:]) == ("open", ["blocked"])
    assert "- **State**: blocked: class-agreement fails for surface-scratch at 0.63, must be at least 0.75" in (
        issue["body"].splitlines()
    )


@pytest.mark.parametrize(
    ("state", "event", "wanted", "reason"),
    [
        ("open", "approved", "open", None),
        ("done", "done", "open", None),
        ("verified", "done", "closed", "completed"),
        ("closed", "done", "closed", "completed"),
        ("closed", "closed", "closed", "not planned"),
        ("rejected", "rejected", "closed", "not planned"),
    ],
)
def test_a_ticket_is_closed_where_its_action_has_ended(
    state: ActionState, event: str, wanted: str, reason: str | None
) -> None:
    plan = make_glare_plan()
    first = plan.actions[0]
    past = Decision(action=first.id, name=first.action, scope=first.scope, event=event, by="@org/x", entry="5e")
    ended = first.model_copy(update={"state": state, "history": (past,)})
    issue = read(plan.model_copy(update={"actions": (ended, *plan.actions[1:])}))[first.id]
    assert (issue["wanted"], issue["reason"]) == (wanted, reason)


def test_a_title_names_the_place_unless_it_has_it_already() -> None:
    plan = make_glare_plan()
    first = plan.actions[0].model_copy(update={"title": "Review", "scope": {"class": "dent", "site": "plant-2"}})
    assert read(plan.model_copy(update={"actions": (first,)}))[first.id]["title"] == "Review (dent at plant-2)"


def test_where_there_is_nothing_to_do_there_are_no_tickets() -> None:
    assert read(make_passing_plan()) == {}


def test_nothing_that_hostile_texts_say_is_read_as_markup() -> None:
    for issue in read(make_hostile_plan()).values():
        assert not re.search(r"@(?=[a-z0-9])|#(?=[0-9])|www(?=\.)", issue["title"])
        assert "<script" not in issue["body"] and "](" not in issue["body"]
        assert not re.search(r"@(?=[a-z0-9])", issue["body"]), "a mention"
        blocks = [token for token in PARSER.parse(issue["body"]) if token.type == "html_block"]
        assert [token.content for token in blocks] == [f"{issue['marker']}\n"]


def test_a_body_that_is_too_long_leaves_out_whole_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read(make_glare_plan())["recalibrate-surface-scratch"]["body"]
    monkeypatch.setattr(issues, "MOST_BODY", len(whole))
    assert read(make_glare_plan())["recalibrate-surface-scratch"]["body"] == whole
    monkeypatch.setattr(issues, "MOST_BODY", len(whole) - 1)
    cut = read(make_glare_plan())["recalibrate-surface-scratch"]["body"]
    before, _, after = cut.partition("\n\n*Left to `plan.json`: the rest.*\n\n")
    assert whole.startswith(before) and whole[len(before) :].startswith("\n\n**Done when**")
    assert whole.endswith(after) and after.startswith("---\n\nPlan of 2026-03-01")


def test_a_plan_that_shows_only_changes_says_so() -> None:
    document = json.loads(RENDERERS["issues"](keep_changes(make_glare_plan())))
    assert document["note"].startswith("Only what changed since the plan of 2026-02-22")
    assert json.loads(RENDERERS["issues"](make_glare_plan()))["note"] is None
    selected = make_glare_plan().model_copy(update={"actions": (), "selected": ("low-confidence",)})
    assert json.loads(RENDERERS["issues"](selected))["note"].startswith(
        "No action is opened for a selection of rules, "
    )
