"""The background: how review time is spent, what is sampled, what is known of the data, and where it all is from."""

from __future__ import annotations

from typing import Any

from prism_rules.model.plan import Plan
from prism_rules.render.decided import name_event, say_later
from prism_rules.render.html.actions import make_anchor, number_actions
from prism_rules.render.html.queues import tell_queue
from prism_rules.render.html.tables import make_table, name_line
from prism_rules.render.told import find_followed, say_note
from prism_rules.render.words import format_percent
from prism_rules.render.work import list_owners, say_budget, say_cap, say_rate, say_waiting
from prism_rules.wording import name_scope


def list_governance(plan: Plan) -> dict[str, Any]:
    """List how the review budget is spent, what waits for it, and how much of the finished labels is checked again."""
    work = plan.governance
    shown = work is not None and (work.budget_minutes is not None or bool(work.planned_minutes))
    rows = [(owner or "nobody", *asked) for owner, *asked in list_owners(work)] if work else []
    return {
        "budget": say_budget(work) if work and shown else "",
        "owners": make_table("Time and rows per owner", ("Owner", "Time", "Rows"), rows, len(rows)),
        "waits": _list_waits(plan) if shown else [],
        "follows": find_followed(plan),
        "rates": [
            {
                "class": rate.class_,
                "rate": format_percent(rate.rate),
                "value": say_rate(rate),
                "queue": tell_queue(rate.queue) if rate.queue else None,
                "rows": f"{rate.queue.rows:,} of {rate.queue.eligible:,}" if rate.queue else "-",
                "cap": say_cap(rate.queue) if rate.queue else "",
            }
            for rate in plan.qa_sampling
        ],
    }


def _list_waits(plan: Plan) -> list[dict[str, Any]]:
    actions = {action.id: (number, action) for number, action in number_actions(plan)}
    waits = plan.governance.waits if plan.governance else ()
    return [
        {
            "anchor": make_anchor(actions[one.action][1]),
            "title": name_line(actions[one.action][1].title),
            "said": say_waiting(one, actions[one.action][1].queue),
        }
        for one in waits
        if one.action in actions
    ]


def list_background(plan: Plan) -> dict[str, Any]:
    """List what is to be known of the data, and what was decided since the last plan."""
    decided = (
        ((one.at or "-")[:10], name_event(one), one.name, name_scope(one.scope), one.by or "-",
         name_line(one.because or ""))
        for one in plan.decisions
    )  # fmt: skip
    inputs = (
        (
            one.source, f"{one.rows:,}", f"{one.from_[:10]} to {one.to[:10]}" if one.from_ and one.to else "-",
            one.digest,
        )
        for one in plan.inputs
    )  # fmt: skip
    heads = ("When", "What", "Action", "For", "By", "Because")
    return {
        "notes": [{"source": note.source, "said": name_line(say_note(note))} for note in plan.intake],
        "inputs": make_table("What was read", ("Source", "Rows", "Days", "Digest"), inputs, len(plan.inputs)),
        "decided": make_table("Decided since last time", heads, decided, len(plan.decisions)),
        "heads": list(plan.ledger.heads),
        "later": say_later(plan) if plan.ledger.later else "",
    }


def tell_origin(plan: Plan) -> dict[str, Any]:
    """Tell what made the plan, and the command that makes it again."""
    return {
        "tool": f"{plan.tool.name} {plan.tool.version}",
        "digest": plan.ruleset.digest,
        "as_of": plan.as_of,
        "files": [(file.path, file.sha256) for file in plan.ruleset.files],
        "command": plan.command,
    }
