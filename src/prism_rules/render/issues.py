"""Actions as tickets: what a script needs to open one per action, keep it current, and close it. Nothing is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from prism_rules.escaping import defuse_references, show_plain, write_key
from prism_rules.escaping.json import defuse_json
from prism_rules.escaping.markdown import escape_line, write_code
from prism_rules.model.frozen import API_VERSION
from prism_rules.model.plan import ActionEntry, Plan, Waiting
from prism_rules.render.counted import say_narrowed
from prism_rules.render.markdown.actions import tell_actions
from prism_rules.render.told import name_action, name_causes
from prism_rules.render.words import say_selected
from prism_rules.render.work import find_waits, say_blocker, say_causeless, say_due
from prism_rules.wording import list_some, name_scope, say_moment

MOST_TITLE = 255
"""Characters: GitHub takes 256 (what its API says of longer ones), GitLab and Jira 255."""
MOST_BODY = 65_536
"""Characters of a body on GitHub, as its API says of longer ones. GitLab takes a million."""
_REASONS = {"verified": "completed", "closed": "completed", "rejected": "not planned"}
"""State that ends an action -> the reason that GitHub knows for closing an issue."""


def render_issues(plan: Plan) -> str:
    """Write one JSON object (``kind: Issues``) with a ticket for each action, the most urgent first."""
    causes, waits = name_causes(plan), find_waits(plan)
    document = {
        "apiVersion": API_VERSION,
        "kind": "Issues",
        "ruleset": show_plain(plan.ruleset.name),
        "as_of": show_plain(plan.as_of),
        "note": say_narrowed(plan) or say_selected(plan) or None,
        "issues": [
            _write_issue(action, [*_list_facts(action, causes, waits, plan)], blocks, plan)
            for action, blocks in tell_actions(plan, apart=True)
        ],
    }
    return defuse_json(json.dumps(document, indent=2) + "\n")


def _write_issue(action: ActionEntry, facts: list[str], blocks: list[str], plan: Plan) -> dict[str, Any]:
    marker = f"<!-- prism-rules action {write_key(action.id)} -->"
    lapsed = action.state == "closed" and all(one.event != "done" for one in action.history)
    flags = ["blocked"] * (action.state == "blocked") + ["overdue"] * action.overdue
    return {
        "id": show_plain(action.id, 200),
        "marker": marker,
        "wanted": "closed" if action.state in _REASONS else "open",
        "reason": "not planned" if lapsed else _REASONS.get(action.state),
        "title": _write_title(action),
        "body": _fit_blocks([marker, "\n".join(facts), *blocks], f"---\n\n{_write_origin(plan)}"),
        "labels": ["prism-rules", action.kind, *flags],
        "owner": show_plain(action.owner) if action.owner else None,
        "due": show_plain(action.due) if action.due else None,
        "state": action.state,
        "priority": action.priority,
    }


def _write_title(action: ActionEntry) -> str:
    """Write a title, with the place unless it names it: actions of one kind differ in that alone."""
    # Hosts link what titles mention, too; what keeps them from it takes some characters.
    return defuse_references(show_plain(name_action(action), MOST_TITLE - 15))[:MOST_TITLE]


def _list_facts(
    action: ActionEntry, causes: Mapping[str, str], waits: Mapping[str, Waiting], plan: Plan
) -> Iterator[str]:
    why = list_some(dict.fromkeys(causes.get(covered, covered) for covered in action.covers), 3, "; ")
    blocked = list_some([say_blocker(blocker, plan) for blocker in action.blocked_by], 3, "; ")
    yield f"- **For**: {escape_line(name_scope(action.scope), 300)}"
    yield f"- **Why**: {escape_line(why or say_causeless(action, plan), 300)}"
    yield f"- **Owner**: {write_code(action.owner) if action.owner else 'nobody'}"
    yield f"- **Due**: {escape_line(say_due(action, waits))}{', **overdue**' if action.overdue else ''}"
    yield f"- **State**: {action.state}" + (f": {escape_line(blocked, 1_500)}" if blocked else "")


def _fit_blocks(blocks: list[str], last: str) -> str:
    """Fit blocks into a body; those at the end that find no room are left to plan.json as a whole."""
    left = f"*Left to `plan.json`: the rest.*\n\n{last}"
    kept: list[str] = []
    for number, block in enumerate(blocks):
        end = last if number == len(blocks) - 1 else left
        if len("\n\n".join([*kept, block, end])) > MOST_BODY:
            return "\n\n".join([*kept, left])
        kept.append(block)
    return "\n\n".join([*kept, last])


def _write_origin(plan: Plan) -> str:
    return (
        f"Plan of {escape_line(say_moment(plan.as_of))}, ruleset {write_code(plan.ruleset.name)} "
        f"{escape_line(plan.ruleset.version, 40)}. This text is written anew with every plan; decisions belong in "
        "the ledger: `prism-rules decide`."
    )
