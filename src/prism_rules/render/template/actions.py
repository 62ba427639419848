"""What a template may name of causes and of work: diagnoses, actions with their gates, queues and decisions."""

from __future__ import annotations

from prism_rules.escaping import show_plain
from prism_rules.model.plan import (
    Acceptance,
    ActionEntry,
    Decision,
    Diagnosis,
    LostHistory,
    QaRate,
    QueueEntry,
    Stuck,
    Waiting,
)
from prism_rules.render.decided import list_told, name_event, say_again, say_conflict, say_decision, write_deciding
from prism_rules.render.template.findings import FINDING, FLAG, NUMBER, TEXT, TIME
from prism_rules.render.template.parts import SCOPE, Group, Listed, Part, Told
from prism_rules.render.told import find_evidence, name_action, name_diagnosis, name_rule, say_conditions
from prism_rules.render.words import format_beside, format_percent, name_slices, say_bound
from prism_rules.render.work import (
    lacks_rows,
    say_accepted,
    say_blocker,
    say_causeless,
    say_due,
    say_minutes,
    say_queue,
    say_stratum,
    say_stuck,
)
from prism_rules.templating import Leaf
from prism_rules.templating.filters import mark_markdown
from prism_rules.wording import name_scope

DIAGNOSIS: Group[Diagnosis] = Group("diagnosis", {
    "id": Part(TEXT, "its id, as `explain` takes it", lambda d, _: d.id),
    "cause": Part(TEXT, "the id of its cause", lambda d, _: d.cause),
    "title": Part(TEXT, "the title of its cause", lambda d, _: d.title),
    "kind": Part(TEXT, "the kind of its cause", lambda d, _: d.kind),
    "gap": Part(TEXT, "the gap that it is", lambda d, _: d.gap),
    "risk": Part(TEXT, "the risk of its class: `low`, `medium`, `high` or `critical`", lambda d, _: d.risk),
    "place": Part(TEXT, "its place in words", lambda d, _: name_scope(d.scope)),
    "scope": Part(SCOPE, "its place by dimension", lambda d, _: d.scope),
    "conditions": Part(TEXT, "the conditions that it is about: lighting = glare, reflection",
                       lambda d, _: name_slices([at for at in d.at if at]) if any(d.at) else None),
    "conditions_words": Part(TEXT, "those as the report says them: overall and where lighting = glare, reflection",
                             lambda d, _: say_conditions(d) or None),
    "verdict": Part(TEXT, "`diagnosed`, `undetermined` or `waived`", lambda d, _: d.verdict),
    "score": Part(NUMBER, "how sure it is, from 0 to 1", lambda d, _: d.score),
    "rank": Part(NUMBER, "its rank; 1 is the first", lambda d, _: d.rank),
    "head": Part(FLAG, "whether nothing leads to it", lambda d, _: d.head),
    "leads_to": Part(Listed(TEXT), "the titles of causes that it leads to, with their places", lambda d, t: [
        name_diagnosis(one) for one in map(t.diagnoses.get, d.leads_to) if one
    ]),
    "evidence": Part(Listed(FINDING), "what speaks for it", lambda d, t: t.pick(d.evidence)),
    "against": Part(Listed(FINDING), "what speaks against it", lambda d, t: t.pick(d.against)),
    "text": Part(Leaf.MARKDOWN, "its explanation", lambda d, _: mark_markdown(d.text.strip())),
})  # fmt: skip

QUEUE: Group[QueueEntry] = Group("queue", {
    "path": Part(TEXT, "its file in the plan's folder; unset where none is written", lambda q, _: q.path),
    "source": Part(TEXT, "the source of its rows", lambda q, _: q.source),
    "rows": Part(NUMBER, "how many rows it has", lambda q, _: q.rows),
    "size": Part(NUMBER, "how many were asked for", lambda q, _: q.size),
    "eligible": Part(NUMBER, "of how many rows they were drawn", lambda q, _: q.eligible),
    "minutes": Part(NUMBER, "how long the review takes", lambda q, _: q.effort_minutes),
    "time": Part(TEXT, "that in words: 11 h 20 min",
                 lambda q, _: say_minutes(q.effort_minutes) if q.effort_minutes else None),
    "parts": Part(Listed(TEXT), "what was drawn from each part, in words",
                  lambda q, _: [say_stratum(stratum) for stratum in q.strata]),
})  # fmt: skip

ACCEPTANCE: Group[Acceptance] = Group("acceptance", {
    "rule": Part(TEXT, "the id of the rule", lambda a, _: a.rule),
    "title": Part(TEXT, "the title of the rule", lambda a, t: name_rule(a.rule, t.plan)),
    "place": Part(TEXT, "where it is measured, in words", lambda a, _: name_scope(a.scope)),
    "holds": Part(FLAG, "whether it holds", lambda a, _: a.holds),
    "was": Part(NUMBER, "the value when the action was opened", lambda a, _: a.was),
    "was_words": Part(TEXT, "that value in words", lambda a, _: format_beside(a.was, a.bound)),
    "value": Part(NUMBER, "the value since the work was done", lambda a, _: a.value),
    "value_words": Part(TEXT, "that value in words, or why there is none", lambda a, _: say_accepted(a)),
    "required": Part(TEXT, "what is asked for, in words", lambda a, _: say_bound(a.bound)),
})  # fmt: skip

DECISION: Group[Decision] = Group("decision", {
    "action": Part(TEXT, "the id of the action", lambda d, _: d.action),
    "name": Part(TEXT, "its name in the ruleset", lambda d, _: d.name),
    "place": Part(TEXT, "its place in words", lambda d, _: name_scope(d.scope)),
    "event": Part(TEXT, "`approved`, `rejected`, `done`, `reopened` ...", lambda d, _: d.event),
    "event_words": Part(TEXT, "that in words: done (while blocked)", lambda d, _: name_event(d)),
    "by": Part(TEXT, "who decided", lambda d, _: d.by),
    "because": Part(TEXT, "why", lambda d, _: d.because),
    "at": Part(TIME, "when", lambda d, _: d.at),
    "words": Part(TEXT, "when, what, by whom and why", lambda d, _: say_decision(d)),
})  # fmt: skip


def _list_evidence(action: ActionEntry, told: Told, *, speaking: bool) -> list[object]:
    evidence = find_evidence(action, told.findings, told.diagnoses)
    return [finding for finding, speaks in evidence if speaks is speaking]


ACTION: Group[ActionEntry] = Group("action", {
    "id": Part(TEXT, "its id, as `decide` and `explain` take it", lambda a, _: a.id),
    "action": Part(TEXT, "its name in the ruleset", lambda a, _: a.action),
    "kind": Part(TEXT, "its kind: `review`, `relabel` ...", lambda a, _: a.kind),
    "title": Part(TEXT, "its title", lambda a, _: a.title),
    "name": Part(TEXT, "its title, with its place where that does not say it", lambda a, _: name_action(a)),
    "place": Part(TEXT, "its place in words", lambda a, _: name_scope(a.scope)),
    "scope": Part(SCOPE, "its place by dimension", lambda a, _: a.scope),
    "why": Part(Listed(TEXT), "the causes or rules that it answers, else why it is there", lambda a, t: [
        show_plain(one, 200) for one in dict.fromkeys(t.reasons.get(covered, covered) for covered in a.covers)
    ] or [say_causeless(a, t.plan)]),
    "owner": Part(TEXT, "whose it is; unset where nobody is named", lambda a, _: a.owner),
    "priority": Part(NUMBER, "its place in the order; 1 is the most urgent", lambda a, _: a.priority),
    "due": Part(TIME, "the day it is due; unset where it has none", lambda a, _: a.due),
    "due_words": Part(TEXT, "that day, or from when on it will have one", lambda a, t: say_due(a, t.waits)),
    "overdue": Part(FLAG, "whether it is late", lambda a, _: a.overdue),
    "state": Part(
        TEXT, "`proposed`, `blocked`, `open`, `done`, `verified`, `closed` or `rejected`", lambda a, _: a.state
    ),
    "blocked": Part(Listed(TEXT), "why it waits, in words",
                    lambda a, t: [say_blocker(blocker, t.plan) for blocker in a.blocked_by]),
    "after": Part(Listed(TEXT), "the names of actions that come first",
                  lambda a, t: [name_action(t.actions[one]) for one in a.after if one in t.actions]),
    "escalated_to": Part(TEXT, "whom it was escalated to", lambda a, _: a.escalated_to),
    "opened_at": Part(TIME, "when it was opened; unset while nothing is recorded", lambda a, _: a.opened_at),
    "episode": Part(NUMBER, "how often it was opened", lambda a, _: a.episode),
    "steps": Part(Leaf.MARKDOWN, "its steps", lambda a, _: mark_markdown((a.steps or "").strip())),
    "evidence": Part(Listed(FINDING), "what speaks for its causes",
                     lambda a, t: _list_evidence(a, t, speaking=True)),
    "against": Part(Listed(FINDING), "what speaks against them", lambda a, t: _list_evidence(a, t, speaking=False)),
    "queue": Part(QUEUE, "the rows to review", lambda a, _: a.queue),
    "queue_words": Part(TEXT, "the queue in words, or why there is none",
                        lambda a, t: say_queue(a.queue, show_plain, t.waits.get(a.id)) if a.queue else None),
    "lacks_rows": Part(FLAG, "whether the review budget has no room for any of its rows",
                       lambda a, t: lacks_rows(a, t.waits)),
    "acceptance": Part(Listed(ACCEPTANCE), "what will count as done", lambda a, _: a.acceptance),
    "history": Part(Listed(TEXT), "what has happened to it, in words", lambda a, _: list_told(a.history)),
    "again": Part(TEXT, "why this plan opens it again", lambda a, _: say_again(a)),
    "conflict": Part(TEXT, "which decisions disagree, and how to settle it",
                     lambda a, _: say_conflict(a.conflict) if a.conflict else None),
    "decidable": Part(Listed(TEXT), "what can be decided about it: `approved`, `rejected` ...",
                      lambda a, _: a.decidable),
    "decide": Part(TEXT, "the command that decides about it", lambda a, _: write_deciding(a.id)),
})  # fmt: skip

STUCK: Group[Stuck] = Group("stuck", {
    "rule": Part(TEXT, "the id of the rule that shuts the gate", lambda s, _: s.rule),
    "place": Part(TEXT, "its place in words", lambda s, _: name_scope(s.scope)),
    "words": Part(TEXT, "which gate, why it is shut, and what it blocks", lambda s, t: say_stuck(s, t.plan)),
})  # fmt: skip

LOST: Group[LostHistory] = Group("lost", {
    "kind": Part(TEXT, "`action`, `class` or `ruleset`", lambda one, _: one.kind),
    "name": Part(TEXT, "its old name", lambda one, _: one.name),
    "actions": Part(Listed(TEXT), "the ids of its live actions", lambda one, _: one.actions),
})  # fmt: skip

WAITING: Group[Waiting] = Group("waiting", {
    "action": Part(TEXT, "the name of the action",
                   lambda w, t: name_action(t.actions[w.action]) if w.action in t.actions else w.action),
    "rows": Part(NUMBER, "how many rows wait", lambda w, _: w.rows),
    "minutes": Part(NUMBER, "how long they take", lambda w, _: w.minutes),
    "time": Part(TEXT, "that in words", lambda w, _: say_minutes(w.minutes)),
    "never": Part(FLAG, "whether they can never fit", lambda w, _: w.never),
})  # fmt: skip

QA: Group[QaRate] = Group("qa", {
    "class": Part(TEXT, "the class", lambda q, _: q.class_),
    "rate": Part(NUMBER, "the share that is checked again", lambda q, _: q.rate),
    "rate_words": Part(TEXT, "that in percent", lambda q, _: format_percent(q.rate)),
    "because": Part(NUMBER, "the value that it follows from; unset where it is not known", lambda q, _: q.because),
    "queue": Part(QUEUE, "the rows to check", lambda q, _: q.queue),
})  # fmt: skip
