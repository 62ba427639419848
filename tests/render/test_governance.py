"""Review work and sampling in the report: what is said, and nothing where there is nothing to say."""

from __future__ import annotations

from typing import Any

from prism_rules.cli.verdict import tell_plan
from prism_rules.model.plan import GovernanceEntry, OwnerWork, QaRate, QueueEntry, Waiting
from prism_rules.render.markdown import render_markdown
from prism_rules.render.markdown.layout import BYTES, LINES

from .plans import make_glare_plan, make_passing_plan


def make_work(**more: Any) -> GovernanceEntry:
    """Two owners and half of the budget."""
    facts: dict[str, Any] = {
        "budget_minutes": 2400, "planned_minutes": 725,
        "per_owner": {"": OwnerWork(minutes=45, rows=15), "@org/metal": OwnerWork(minutes=680, rows=340)}, **more,
    }  # fmt: skip
    return GovernanceEntry(**facts)


def make_rate(name: str, rate: float, because: float | None, rows: int) -> QaRate:
    """Of 200 labels so many rows."""
    queue = QueueEntry(
        path=f"queues/qa-{name}.csv" if rows else None, source="annotations", rows=rows, size=rows, eligible=200,
        seed=0, digest=None, effort_minutes=None,
    )  # fmt: skip
    return QaRate.model_validate({"class": name, "rate": rate, "because": because, "queue": queue})


def test_the_work_of_each_owner_is_told_the_most_first() -> None:
    lines = render_markdown(make_passing_plan().model_copy(update={"governance": make_work()})).splitlines()
    place = lines.index("## Review work")
    assert lines[place + 2] == "12 h 5 min of 40 h planned."
    assert lines[place + 4 : place + 8] == [
        "| Owner | Time | Rows |", "| --- | --- | --- |", "| `@org/metal` | 11 h 20 min | 340 |",
        "| nobody | 45 min | 15 |",
    ]  # fmt: skip
    assert not any("waits" in line for line in lines)


def test_what_waits_is_told_beside_its_action_and_below_the_budget() -> None:
    plan = make_glare_plan()
    cut, whole, *_ = (action for action in plan.actions if action.queue and action.state == "proposed")
    assert cut.queue and whole.queue
    gone = whole.queue.model_copy(update={"rows": 0, "path": None})
    actions = [
        action.model_copy(update={"queue": gone, "due": None}) if action.id == whole.id else action
        for action in plan.actions
    ]
    late = Waiting(action=whole.id, rows=40, minutes=59)
    waits = (Waiting(action=cut.id, rows=60, minutes=121), late)
    plan = plan.model_copy(update={"actions": tuple(actions), "governance": make_work(waits=waits)})
    report, said = render_markdown(plan), tell_plan(plan, None)
    assert "12 h 5 min of 40 h planned; 2 queues cut or waiting." in report.splitlines()
    assert f"{cut.title}: 60 of {cut.queue.rows + 60} rows, 2 h 1 min" in report
    assert f"{whole.title}: all 40 rows, 59 min" in report
    rows = [line for line in report.splitlines() if line.startswith("| ") and "waits for the review budget" in line]
    assert len(rows) == 1 and "| once it has rows |" in rows[0]
    assert "review: 12 h 5 min of 40 h planned; 2 queues cut or waiting" in said.splitlines()
    assert f"{cut.queue.rows} rows; 60 more cut by the budget" in said
    assert "40 rows wait for the budget" in said
    never = make_work(waits=(late.model_copy(update={"never": True}),))
    plan = plan.model_copy(update={"governance": never})
    report = render_markdown(plan)
    assert f"{whole.title}: all 40 rows, 59 min; this can never fit: " in report
    assert "; waits for the review budget" not in report and "once it has rows" not in report
    rows = [
        line for line in report.splitlines() if line.startswith("| ") and "; never fits the review budget |" in line
    ]
    assert len(rows) == 1 and "| none, as its rows never fit |" in rows[0]
    assert "can never fit the review budget without a larger `review_budget`, " in report
    assert "40 rows can never fit the budget" in tell_plan(plan, None)


def test_what_is_finished_and_what_is_over_the_budget_is_told() -> None:
    over = "over it by samples and recorded queues alone"
    for more, expected in (
        ({"finished_minutes": 1675}, "12 h 5 min of 40 h planned, 27 h 55 min already finished"),
        ({"finished_minutes": 1676}, f"12 h 5 min of 40 h planned, 27 h 56 min already finished; 1 min {over}"),
        ({"budget_minutes": 120}, f"12 h 5 min of 2 h planned; 10 h 5 min {over}"),
    ):
        plan = make_passing_plan().model_copy(update={"governance": make_work(**more)})
        assert f"{expected}." in render_markdown(plan).splitlines()
        assert f"review: {expected}" in tell_plan(plan, None, width=1_000).splitlines()


def test_sampling_tells_rate_reason_and_rows_of_each_class() -> None:
    rates = (make_rate("dent", 0.02, 0.95, 4), make_rate("chip", 0.25, None, 50), make_rate("ok", 0.0, 0.9996, 0))
    lines = render_markdown(make_passing_plan().model_copy(update={"qa_sampling": rates})).splitlines()
    place = lines.index("## QA sampling")
    assert lines[place + 4 : place + 7] == [
        "| dent | 2% | 0.950 | 4 of 200 | `queues/qa-dent.csv` |",
        "| chip | 25% | not known | 50 of 200 | `queues/qa-chip.csv` |",
        "| ok | 0% | 0.9996 | 0 of 200 | - |",
    ]


def test_without_budget_and_minutes_nothing_is_said() -> None:
    plan = make_passing_plan()
    idle = make_work(budget_minutes=None, planned_minutes=0, per_owner={"@org/a": OwnerWork(minutes=0, rows=5)})
    assert render_markdown(plan.model_copy(update={"governance": idle})) == render_markdown(plan)
    assert tell_plan(plan.model_copy(update={"governance": idle}), None) == tell_plan(plan, None)


def test_thousands_of_owners_and_classes_fit_and_their_names_do_nothing() -> None:
    owners = {f"@org/{number}|<b>`x`": OwnerWork(minutes=number, rows=1) for number in range(3000)}
    rates = [make_rate(f"[c](x)|{number}", 0.02, 0.9, 4) for number in range(3000)]
    plan = make_passing_plan().model_copy(update={"governance": make_work(per_owner=owners), "qa_sampling": rates})
    report = render_markdown(plan)
    assert len(report.encode()) <= BYTES and report.count("\n") <= LINES
    assert "of 3,000 owners" in report and "of 3,000 classes" in report
    assert "](x)" not in report.replace("\\]\\(x\\)", "") and "|<b>" not in report
