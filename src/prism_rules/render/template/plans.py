"""What a template may name of a whole plan: the names that it begins with."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from prism_rules.escaping import show_plain
from prism_rules.model.plan import (
    UNEVALUATED,
    Change,
    GovernanceEntry,
    Input,
    IntakeNote,
    OwnerWork,
    Plan,
    PreviousRef,
    RulesetRef,
    ShownStatus,
)
from prism_rules.model.ruleset import Question
from prism_rules.render.counted import (
    count_changes,
    count_statuses,
    count_unevaluated,
    is_tried_alone,
    say_changes,
    say_counts,
    say_idle,
    say_narrowed,
)
from prism_rules.render.decided import say_later
from prism_rules.render.ranking import rank_findings
from prism_rules.render.template.actions import ACTION, DECISION, DIAGNOSIS, LOST, QA, STUCK, WAITING
from prism_rules.render.template.findings import CLEARED, FINDING, FLAG, NUMBER, PASS, TEXT, TIME, WAIVER
from prism_rules.render.template.parts import Group, Listed, Part, Told
from prism_rules.render.told import find_doubtful, find_unanswered, find_unexplained, order_told
from prism_rules.render.work import order_owners, say_budget, say_minutes

_STATUSES = (*get_args(ShownStatus), "experimental")
_COUNTED = {
    "fail": "that fail", "warn": "that warn", "unsure": "in doubt", "insufficient": "with too little data",
    "no_data": "without data", "pass": "that pass", "waived": "that a waiver hides",
    "experimental": "of experimental rules, counted nowhere else",
}  # fmt: skip
_CHANGED = {
    "new": "that are new", "worse": "that got worse", "same": "that are unchanged", "better": "that got better",
    "cleared": "that hold now", "lost": "that are not evaluated any more",
}  # fmt: skip


def _count_status(status: str) -> Callable[[Plan, Told], int]:
    return lambda plan, _: count_statuses(plan)[status]


def _count_change(change: str) -> Callable[[Plan, Told], int]:
    return lambda plan, _: count_changes(plan)[change]


COUNTS: Group[Plan] = Group("counts", {
    **{
        status: Part[Plan](NUMBER, f"findings {_COUNTED[status]}", _count_status(status))
        for status in _STATUSES
    },
    "not_evaluated": Part(NUMBER, "findings without a verdict", lambda p, _: count_unevaluated(p)),
    "words": Part(TEXT, "all in words: 9 fail, 40 pass, 1 waived, 3 not evaluated", lambda p, _: say_counts(p)),
})  # fmt: skip

CHANGES: Group[Plan] = Group("changes", {
    **{
        change: Part[Plan](NUMBER, f"findings {_CHANGED[change]}", _count_change(change))
        for change in get_args(Change)
    },
    "words": Part(TEXT, "all in words; empty of a first plan", lambda p, _: say_changes(p)),
})  # fmt: skip

RULESET: Group[RulesetRef] = Group("ruleset", {
    "name": Part(TEXT, "its name", lambda r, _: r.name),
    "version": Part(TEXT, "its version", lambda r, _: r.version),
    "digest": Part(TEXT, "the digest of what it says", lambda r, _: r.digest),
})  # fmt: skip

QUESTION: Group[Question] = Group("question", {
    "task": Part(TEXT, "what the model does", lambda q, _: q.task),
    "environment": Part(TEXT, "where it does it", lambda q, _: q.environment),
    "concern": Part(TEXT, "what made somebody ask", lambda q, _: q.concern),
    "risk": Part(TEXT, "how bad it is when the model is wrong", lambda q, _: q.risk),
    "report_to": Part(Listed(TEXT), "who reads the answer", lambda q, _: q.report_to),
})  # fmt: skip

PREVIOUS: Group[PreviousRef] = Group("previous", {
    "as_of": Part(TIME, "its moment", lambda p, _: p.as_of),
    "digest": Part(TEXT, "its digest", lambda p, _: p.digest),
})  # fmt: skip

INPUT: Group[Input] = Group("input", {
    "source": Part(TEXT, "the source", lambda i, _: i.source),
    "rows": Part(NUMBER, "its rows before `as_of`", lambda i, _: i.rows),
    "files": Part(NUMBER, "its files", lambda i, _: i.files),
    "from": Part(TIME, "its first time", lambda i, _: i.from_),
    "to": Part(TIME, "its last time", lambda i, _: i.to),
    "digest": Part(TEXT, "its digest", lambda i, _: i.digest),
})  # fmt: skip

NOTE: Group[IntakeNote] = Group("note", {
    "source": Part(TEXT, "the source", lambda n, _: n.source),
    "code": Part(TEXT, "what it is about", lambda n, _: n.code),
    "n": Part(NUMBER, "of how many", lambda n, _: n.n),
    "text": Part(TEXT, "what there is to know", lambda n, _: n.text),
    "names": Part(Listed(TEXT), "whom or what it names", lambda n, _: n.names),
})  # fmt: skip

OWNER: Group[tuple[str, OwnerWork]] = Group("owner", {
    "owner": Part(TEXT, "who; unset where nobody is named", lambda o, _: o[0] or None),
    "minutes": Part(NUMBER, "the minutes that queues ask for", lambda o, _: o[1].minutes),
    "time": Part(TEXT, "those in words", lambda o, _: say_minutes(o[1].minutes)),
    "rows": Part(NUMBER, "the rows", lambda o, _: o[1].rows),
})  # fmt: skip

WORK: Group[GovernanceEntry] = Group("work", {
    "words": Part(TEXT, "how the review budget is spent", lambda w, _: say_budget(w)),
    "budget_minutes": Part(NUMBER, "the budget; unset where there is none", lambda w, _: w.budget_minutes),
    "planned_minutes": Part(NUMBER, "minutes of all queues", lambda w, _: w.planned_minutes),
    "finished_minutes": Part(NUMBER, "minutes of work that is finished", lambda w, _: w.finished_minutes),
    "owners": Part(Listed(OWNER), "the work by owner, the most first", lambda w, _: order_owners(w)),
    "waits": Part(Listed(WAITING), "queues that wait for the budget or were cut to it", lambda w, _: w.waits),
})  # fmt: skip

PLAN: Group[Plan] = Group("plan", {
    "status": Part(TEXT, "the worst status that no waiver hides: `fail`, `warn`, `pass` ...", lambda p, _: p.status),
    "tried_alone": Part(FLAG, "whether that is of experimental rules alone", lambda p, _: is_tried_alone(p)),
    "as_of": Part(TIME, "the moment of the plan", lambda p, _: p.as_of),
    "counts": Part(COUNTS, "how many findings of which status", lambda p, _: p),
    "changes": Part(CHANGES, "how many findings changed since the plan before", lambda p, _: p),
    "previous": Part(PREVIOUS, "the plan before; unset of a first plan", lambda p, _: p.previous),
    "only_changes": Part(FLAG, "whether the plan was narrowed by `--only-changes`", lambda p, _: p.only_changes),
    "narrowed": Part(TEXT, "the sentence that says so; empty of a whole plan", lambda p, _: say_narrowed(p)),
    "idle": Part(TEXT, "why there is no action; empty where there is one", lambda p, _: say_idle(p)),
    "selected": Part(Listed(TEXT), "the rules that alone were looked at, where they were selected",
                     lambda p, _: p.selected),
    "question": Part(QUESTION, "the reliability question", lambda p, _: p.question),
    "ruleset": Part(RULESET, "the ruleset", lambda p, _: p.ruleset),
    "findings": Part(Listed(FINDING), "all that does not pass, the worst first",
                     lambda p, _: [finding for _, finding in rank_findings(p)]),
    "unexplained": Part(Listed(FINDING), "failed findings that no cause explains", lambda p, _: find_unexplained(p)),
    "doubtful": Part(Listed(FINDING), "what warns or is in doubt, and no cause explains",
                     lambda p, _: find_doubtful(p)),
    "unanswered": Part(Listed(FINDING), "what speaks for causes that no action answers",
                       lambda p, _: find_unanswered(p)),
    "not_evaluated": Part(Listed(FINDING), "findings without a verdict",
                          lambda p, _: [f for f in p.findings if f.status in UNEVALUATED]),
    "passes": Part(Listed(PASS), "what passes", lambda p, _: p.passes),
    "cleared": Part(Listed(CLEARED), "what did not pass in the plan before and holds now", lambda p, _: p.cleared),
    "diagnoses": Part(Listed(DIAGNOSIS), "the causes, each chain from its head on", lambda p, _: order_told(p)),
    "actions": Part(Listed(ACTION), "what to do, the most urgent first", lambda _, t: t.actions.values()),
    "stuck": Part(Listed(STUCK), "gates that are shut and that no action works on", lambda p, _: p.stuck),
    "waivers": Part(Listed(WAIVER), "waivers that hide something, or would if they had not expired",
                    lambda p, _: [waiver for waiver in p.waivers if waiver.findings]),
    "decisions": Part(Listed(DECISION), "what people decided since the plan before", lambda p, _: p.decisions),
    "lost_history": Part(Listed(LOST), "what is live in the ledger and gone from the ruleset",
                         lambda p, _: p.lost_history),
    "work": Part(WORK, "how the review budget is spent", lambda p, _: p.governance),
    "qa_sampling": Part(Listed(QA), "how much of finished labels is checked again", lambda p, _: p.qa_sampling),
    "notes": Part(Listed(NOTE), "what to know about the data", lambda p, _: p.intake),
    "inputs": Part(Listed(INPUT), "the data", lambda p, _: p.inputs),
    "ledger_heads": Part(Listed(TEXT), "the heads of the ledger", lambda p, _: p.ledger.heads),
    "ledger_later": Part(TEXT, "the sentence that says that later decisions count, where they do",
                         lambda p, _: say_later(p) if p.ledger.later else None),
    "command": Part(TEXT, "the command that makes the plan again", lambda p, _: show_plain(p.command, 1_500)),
    "version": Part(TEXT, "the version of prism-rules that made it", lambda p, _: p.tool.version),
})  # fmt: skip
