"""How the review budget is spent, what waits for it, and how much of the finished labels is checked again."""

from __future__ import annotations

from collections.abc import Iterator

from prism_rules.escaping.markdown import escape_line, write_code, write_row, write_table_head
from prism_rules.model.plan import GovernanceEntry, Plan, QaRate
from prism_rules.render.markdown.layout import Part
from prism_rules.render.told import find_followed, name_action
from prism_rules.render.words import format_percent
from prism_rules.render.work import list_owners, say_budget, say_cap, say_rate, say_waiting

_OWNERS = write_table_head("Owner", "Time", "Rows")
_RATES = write_table_head("Class", "Checked", "Measured", "Rows", "Queue")


def list_governance(plan: Plan) -> Iterator[Part]:
    """List the parts on review work and sampling; none where the plan says nothing of either."""
    work = plan.governance
    if work and (work.budget_minutes is not None or work.planned_minutes):
        yield Part("## Review work", [f"{say_budget(work)}."], 1, rank=8, left="note on the review work")
        yield Part("", _list_owners(work), len(work.per_owner), table=_OWNERS, share=700, rank=8, left="owners")
        waiting = "**What waits for the review budget, or was cut to it:**"
        yield Part(waiting, _list_waits(work, plan), len(work.waits), share=700, rank=8, left="queues cut or waiting")
    if plan.qa_sampling:
        rows = (_write_rate(rate) for rate in plan.qa_sampling)
        yield Part(
            f"## QA sampling\n\n{_say_rule(plan)}".strip(),
            rows,
            len(plan.qa_sampling),
            table=_RATES,
            share=1_200,
            rank=8,
            left="classes",
        )


def _list_owners(work: GovernanceEntry) -> Iterator[str]:
    for owner, time, rows in list_owners(work):
        yield write_row(write_code(owner) if owner else "nobody", time, rows)


def _list_waits(work: GovernanceEntry, plan: Plan) -> Iterator[str]:
    actions = {action.id: action for action in plan.actions}
    for entry in work.waits:
        if entry.action not in actions:
            continue
        action = actions[entry.action]
        yield f"- {escape_line(name_action(action))}: {say_waiting(entry, action.queue)}"


def _say_rule(plan: Plan) -> str:
    """Say which rule the rates follow, which their findings tell."""
    return "".join(
        f"How much is checked again follows what {write_code(rule)} measured." for rule in find_followed(plan)
    )


def _write_rate(rate: QaRate) -> str:
    queue = rate.queue
    return write_row(
        escape_line(rate.class_, 300),
        format_percent(rate.rate),
        say_rate(rate),
        f"{queue.rows:,} of {queue.eligible:,}{say_cap(queue)}" if queue else "-",
        write_code(queue.path) if queue and queue.path else "-",
    )
