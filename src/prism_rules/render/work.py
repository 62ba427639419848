"""An action's work in words, as plain text with every name cut: each format encodes it itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from prism_rules.diagnostics.text import say_count
from prism_rules.escaping import show_plain
from prism_rules.model.plan import (
    UNEVALUATED,
    Acceptance,
    ActionEntry,
    Blocker,
    GovernanceEntry,
    OwnerWork,
    Plan,
    QaRate,
    QueueEntry,
    Scope,
    Stratum,
    Stuck,
    Waiting,
)
from prism_rules.model.scopes import agree
from prism_rules.render.decided import say_again, write_deciding
from prism_rules.render.words import format_beside, format_number, is_experimental, name_reason, say_finding
from prism_rules.ruleset.effort import LEAST
from prism_rules.wording import join_all, list_some, name_scope


def say_causeless(action: ActionEntry, plan: Plan) -> str:
    """Say why an action is there that covers nothing."""
    if action.conflict:
        return "its cause is gone, waived, or cannot be told now; it stays, because it is in conflict"
    if action.state == "proposed" or "approved" in action.decidable:
        return f"its cause {_say_hidden(action, plan)}"
    if action.state not in ("open", "blocked"):
        return "-"
    event = next((one.event for one in reversed(action.history) if one.event in ("approved", "reopened")), None)
    why = "opened again" if say_again(action) or event == "reopened" else event
    stays = f", because it was {why}" if why else " until it is done"
    return f"its cause is gone, waived, or cannot be told now; it stays{stays}"


def _say_hidden(action: ActionEntry, plan: Plan) -> str:
    """Say why nothing opens an action that has not lapsed either, where what remains at its place leaves one reason."""
    findings = [finding for finding in plan.findings if agree(action.scope, finding.scope)]
    verdicts = {diagnosis.verdict for diagnosis in plan.diagnoses if agree(action.scope, diagnosis.scope)}
    waived = "waived" in verdicts or any(finding.hides for finding in findings)
    unknown = "undetermined" in verdicts or any(
        finding.status in (*UNEVALUATED, "unsure") or is_experimental(finding, plan) for finding in findings
    )
    # A plan that is not whole, or was made late, has other reasons; few annotators are told of together.
    partial = plan.only_changes or plan.selected or plan.ledger.later or "annotator" in action.scope
    if partial or waived == unknown:
        return "is waived, or cannot be told now"
    return "is waived" if waived else "cannot be told now"


def find_waits(plan: Plan) -> dict[str, Waiting]:
    """Find what waits for the review budget, by id of its action."""
    return {entry.action: entry for entry in plan.governance.waits} if plan.governance else {}


def lacks_rows(action: ActionEntry, waits: Mapping[str, Waiting]) -> bool:
    """Whether an action has no rows at all, because the review budget has no room for them."""
    return action.id in waits and not (action.queue and action.queue.rows)


def name_state(action: ActionEntry) -> str:
    """Name where an action stands: "open", "open, overdue"."""
    return f"{action.state}, overdue" if action.overdue else action.state


def say_work(action: ActionEntry, plan: Plan, waits: Mapping[str, Waiting]) -> str:
    """Say in short how much work an action is, or what it waits for: "14 rows; 6 more cut by the budget"."""
    if action.blocked_by:
        return "waits: " + list_some([say_blocker(blocker, plan) for blocker in action.blocked_by], 1)
    rows = say_count(action.queue.rows, "row") if action.queue and action.queue.rows else ""
    if action.id not in waits:
        return rows or "-"
    waiting = waits[action.id]
    if waiting.never:
        return f"{say_count(waiting.rows, 'row')} can never fit the budget"
    if rows:
        return f"{rows}; {waiting.rows:,} more cut by the budget"
    return f"{say_count(waiting.rows, 'row waits', 'rows wait')} for the budget"


def order_owners(work: GovernanceEntry) -> list[tuple[str, OwnerWork]]:
    """Order the work by owner, the most first; the name of nobody is empty."""
    return sorted(work.per_owner.items(), key=lambda item: (-item[1].minutes, -item[1].rows, item[0]))


def list_owners(work: GovernanceEntry) -> list[tuple[str, str, str]]:
    """List who has how much work, the most first: the name, empty for nobody, the time and the rows."""
    owners = order_owners(work)
    return [(name, say_minutes(one.minutes) if one.minutes else "-", f"{one.rows:,}") for name, one in owners]


def say_fitting(never: Waiting) -> str:
    """Say what it takes that rows fit: "a larger `review_budget`, a smaller `effort` or a `size` below 20"."""
    fewest = min(never.rows, LEAST)
    fewer = [f"a `size` below {fewest}"] if fewest > 1 else []
    return join_all(["a larger `review_budget`", "a smaller `effort`", *fewer], "or")


def say_due(action: ActionEntry, waits: Mapping[str, Waiting]) -> str:
    """Say when an action is due, or from when on it will have a day."""
    if action.due:
        return show_plain(action.due[:10])
    if action.state == "blocked":
        return "once unblocked"
    if not lacks_rows(action, waits):
        return "-"
    return "none, as its rows never fit" if waits[action.id].never else "once it has rows"


def say_closed(action: ActionEntry) -> str:
    """Say what a closed action is, and whether it may come back."""
    if action.covers:
        return "it is opened again once its cause holds in windows that begin after its end"
    if any(one.event == "done" for one in action.history):
        return "nothing is left to verify"
    return "it lapsed, because its cause is gone and nobody had approved it"


def say_next(action: ActionEntry, waits: Mapping[str, Waiting]) -> tuple[str, str]:
    """Say what somebody may do about an action now, and the command to do it by; empty where there is none."""
    if action.conflict:
        decisions = join_all(action.decidable or ("DECISION",), "or")
        return f"decide again, knowing both sides: {decisions}", write_deciding(action.id, "DECISION")
    first = "" if action.history and not say_again(action) else "once the plan is recorded (`plan --record`), "
    when = _say_when(action, waits)
    match action.state:
        case "proposed" | "blocked" if "approved" in action.decidable:
            return f"{first}approve or reject it{when and f'; work on it{when}'}", write_deciding(action.id, "approved")
        case "blocked" if "rejected" in action.decidable:
            return f"{first}do it{when}; or reject it", write_deciding(action.id, "rejected")
        case "proposed" | "blocked" | "open":
            instead = ", or reject it" if "rejected" in action.decidable else ""
            return f"{first}do it{when}, then say so{instead}", write_deciding(action.id, "done")
        case "done":
            return "the next recorded plan on newer data verifies it, or opens it again", ""
        case "verified":
            return "nothing; a recorded plan on newer data opens it again if its cause returns", ""
        case "closed":
            return f"nothing; {say_closed(action)}", ""
        case "rejected":
            return "nothing, unless somebody takes it up again", write_deciding(action.id, "reopened")


def _say_when(action: ActionEntry, waits: Mapping[str, Waiting]) -> str:
    """Say when an action can be worked on, or how; nothing where it can be now."""
    if action.state == "blocked":
        return " once nothing blocks it"
    if not lacks_rows(action, waits):
        return ""
    if waits[action.id].never:
        return f" without rows, which fit the review budget only with {say_fitting(waits[action.id])}"
    return " once the review budget has room for its rows (finish what comes before it, or raise `review_budget`)"


def say_queue(queue: QueueEntry, name: Callable[[str], str], waits: Waiting | None = None) -> str:
    """Say which rows are to be reviewed: "q.csv, 14 rows of 57 eligible in rows", "none written; ...".

    `name` writes a path or a source. `waits` is what waits for the review budget.
    """
    if queue.path is None:
        if queue.kept:
            return f"none written; the {say_count(queue.kept, 'row')} recorded before are kept until nothing blocks it"
        eligible = f"{say_count(queue.eligible, 'row')} of {name(queue.source)}"
        are = "is" if queue.eligible == 1 else "are"
        if waits and waits.never:
            never = f"{say_count(waits.rows, 'row')} can never fit the review budget without {say_fitting(waits)}"
            return f"none; {never}; {eligible} {are} eligible"
        if waits:
            rows = say_count(waits.rows, "row waits", "rows wait")
            return f"none yet; {rows} for the review budget, {eligible} {are} eligible"
        return f"none written; {eligible} {are} eligible"
    effort = f", about {say_minutes(queue.effort_minutes)} of review" if queue.effort_minutes else ""
    short = f" (asked for {queue.size:,})" if queue.rows < queue.size else ""
    more = f"; {waits.rows:,} more wait for the review budget" if waits else ""
    return (
        f"{name(queue.path)}, {say_count(queue.rows, 'row')}{short} of {queue.eligible:,} eligible in "
        f"{name(queue.source)}{effort}{more}"
    )


def say_stratum(stratum: Stratum) -> str:
    """Say what was drawn from a part of a queue: "204 of 634 surface-scratch, weight 3"."""
    name = name_scope(stratum.value) if stratum.value else "others"
    return f"{stratum.taken:,} of {stratum.eligible:,} {name}, weight {stratum.weight:g}"


def say_accepted(entry: Acceptance) -> str:
    """Say what was measured since the work was done: "0.81 (123)", "not measured yet", and what has not grown since."""
    said = name_reason(entry.reason)
    if entry.value is not None:
        said = f"{format_beside(entry.value, entry.bound)} ({entry.n:,})"
    sources = join_all(map(show_plain, entry.unchanged), "or") if entry.unchanged else ""
    return said + (f", and nothing was added to {sources} since" if sources else "")


def say_blocker(blocker: Blocker, plan: Plan) -> str:
    """Say why an action waits: "class-agreement fails for surface-scratch at 0.63, must be at least 0.75"."""
    place = name_scope(blocker.scope)
    name = next((action.title for action in plan.actions if action.id == blocker.action), blocker.action or "")
    title = show_plain(name, 120)
    if blocker.rule is None:
        return f'waits until "{title}" is done' if title else "waits for an earlier action"
    if blocker.because == "awaiting":
        rule = show_plain(blocker.rule)
        return (
            f'{rule} counts for {place} once "{title}" is done'
            if title
            else f"{rule} awaits an earlier action for {place}"
        )
    return _say_shut(blocker.rule, blocker.scope, blocker.because, plan)


def say_stuck(gate: Stuck, plan: Plan) -> str:
    """Say which gate is shut with nothing to open it, why, and what it blocks."""
    titles = {action.id: action.title for action in plan.actions}
    blocked = list_some([show_plain(titles.get(one, one), 120) for one in gate.blocks], 3)
    shut = _say_shut(gate.rule, gate.scope, gate.because, plan)
    return f"{shut}; no action works on it, and it blocks {blocked or 'nothing'}"


def _say_shut(name: str, scope: Scope, because: str, plan: Plan) -> str:
    """Say why a gate is shut; one that asks for a pass is shut by a warning too."""
    rule, place = show_plain(name), name_scope(scope)
    if because == "not_yet_measured" and (sources := _find_unchanged(name, scope, plan)):
        return f"{rule} counts for {place} once something is added to {join_all(map(show_plain, sources), 'and')}"
    if because in ("unmeasured", "not_yet_measured"):
        since = " since the work was done" if because == "not_yet_measured" else ""
        return f"{rule} has not been measured for {place}{since}"
    finding = next((f for f in plan.findings if f.rule == name and f.scope == scope), None)
    warns = finding is not None and (finding.hides or finding.status) == "warn"
    verb = "is in doubt" if because == "unsure" else "warns, and must pass," if warns else "fails"
    return f"{rule} {verb} for {place}" + (
        f" at {format_beside(finding.value, finding.bound)}, {say_finding(finding)}" if finding else ""
    )


def _find_unchanged(rule: str, scope: Scope, plan: Plan) -> dict[str, None]:
    """Find the collections of a shut gate that have not grown since what comes before it was done."""
    before = {
        one for action in plan.actions for one in action.after
        if any((blocker.rule, blocker.scope) == (rule, scope) for blocker in action.blocked_by)
    }  # fmt: skip
    return dict.fromkeys(
        source
        for action in plan.actions if action.id in before and action.state == "done"
        for entry in action.acceptance if (entry.rule, entry.scope) == (rule, scope)
        for source in entry.unchanged
    )  # fmt: skip


def say_minutes(minutes: int) -> str:
    """Say how long work takes: "11 h 20 min"."""
    hours, rest = divmod(minutes, 60)
    return " ".join(filter(None, [f"{hours:,} h" if hours else "", f"{rest} min" if rest or not hours else ""]))


def say_waiting(entry: Waiting, queue: QueueEntry | None) -> str:
    """Say which rows of an action wait for the budget: "60 of 74 rows, 1 h 2 min", "all 40 rows, 59 min"."""
    given = queue.rows if queue else 0
    rows = f"{entry.rows:,} of {entry.rows + given:,} rows" if given else f"all {entry.rows:,} rows"
    never = "; this can never fit: a few of them take longer than the whole budget" if entry.never else ""
    return f"{rows}, {say_minutes(entry.minutes)}{never}"


def say_rate(rate: QaRate) -> str:
    """Say the value that a rate of sampling follows from."""
    return "not known" if rate.because is None else format_number(rate.because, 1.0, least=3)


def say_cap(queue: QueueEntry) -> str:
    """Say that fewer rows were drawn than a rate of sampling asks for; else nothing."""
    return f" (capped at {queue.rows:,} where the rate asks for {queue.size:,})" if queue.rows < queue.size else ""


def say_budget(work: GovernanceEntry) -> str:
    """Say how the review budget is spent: "11 h of 40 h planned, 2 h already finished; 2 queues cut or waiting"."""
    of = f" of {say_minutes(work.budget_minutes)}" if work.budget_minutes is not None else ""
    planned = f"{say_minutes(work.planned_minutes)}{of} planned"
    if work.finished_minutes:
        planned += f", {say_minutes(work.finished_minutes)} already finished"
    over = work.planned_minutes + work.finished_minutes - (work.budget_minutes or 0)
    if work.budget_minutes is not None and over > 0:
        # Nothing new is given beyond the budget.
        planned += f"; {say_minutes(over)} over it by samples and recorded queues alone"
    if work.waits:
        planned += f"; {say_count(len(work.waits), 'queue')} cut or waiting"
    if work.uncounted and work.budget_minutes is not None:
        planned += f"; {say_count(work.uncounted, 'queue')} without `effort` not counted"
    return planned
