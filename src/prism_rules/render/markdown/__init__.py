"""report.md: the plan for people, in GitHub's Markdown, to be read in one minute."""

from __future__ import annotations

from collections.abc import Iterator

from prism_rules.model.plan import Decision, IntakeNote, Plan
from prism_rules.render.escape import escape_line, show_plain, write_code, write_fence
from prism_rules.render.markdown.actions import ACTIONS, list_folds, list_rows, number_actions
from prism_rules.render.markdown.causes import draw_chain, list_causes
from prism_rules.render.markdown.findings import (
    CLEARED,
    EVIDENCE,
    list_cleared,
    list_unevaluated,
    list_unexplained,
    list_waived,
)
from prism_rules.render.markdown.layout import Part, fit_parts
from prism_rules.render.words import list_some, name_scope, name_scopes

_NAMED = 3


def render_markdown(plan: Plan) -> str:
    """Write the report: at most 350 lines and 18,000 bytes, what does not fit is counted and left to plan.json."""
    actions, causes = list(list_rows(plan)), list(list_causes(plan))
    unexplained, cleared, waived = list(list_unexplained(plan)), list(list_cleared(plan)), list(list_waived(plan))
    decisions = [_write_decision(decision) for decision in plan.decisions]
    intake = [_write_note(note) for note in plan.intake]
    return fit_parts(
        [
            Part(f"# Action plan: {escape_line(plan.ruleset.name)} {escape_line(plan.ruleset.version)}"),
            Part(_write_verdict(plan)),
            Part(rows=list(_list_question(plan))),
            Part(_write_alert(plan)),
            Part("## Why" if causes else "", causes, share=4_000, rank=2, left="diagnoses in `plan.json`", apart=True),
            Part(draw_chain(plan)),
            Part("## What to do" if actions or plan.stuck else _write_idle(plan)),
            Part(
                "**Shut gates that no action works on:**" if plan.stuck else "",
                list(_list_stuck(plan)),
                share=900,
                rank=3,
                left="shut gates in `plan.json`",
            ),
            Part("", actions, ACTIONS, share=4_500, rank=1, left="actions in `plan.json`"),
            Part(
                "",
                list(list_folds(plan)),
                rank=11,
                left="actions with their evidence and steps in `plan.json`",
                apart=True,
            ),
            Part(
                "## Failed, and explained by no cause" if unexplained else "",
                unexplained,
                EVIDENCE,
                share=1_500,
                rank=4,
                left="findings in `plan.json`",
            ),
            Part(
                "## Cleared" if cleared else "",
                cleared,
                CLEARED,
                share=900,
                rank=7,
                left="cleared findings in `plan.json`",
            ),
            Part("## Waived" if waived else "", waived, share=600, rank=8, left="waived findings in `plan.json`"),
            Part(
                f"## Not evaluated: {_count_unevaluated(plan):,}" if _count_unevaluated(plan) else "",
                list_unevaluated(plan),
                share=1_500,
                rank=5,
                left="groups of findings in `plan.json`",
            ),
            Part("## About the data" if intake else "", intake, share=900, rank=6, left="notes in `plan.json`"),
            Part(
                "## Decided since last time" if decisions else "",
                decisions,
                share=1_000,
                rank=9,
                left="decisions in `plan.json`",
            ),
            Part(
                "---\n\n" + _write_origin(plan),
                list(_list_inputs(plan)),
                share=900,
                rank=10,
                left="sources in `plan.json`",
            ),
            Part("To make it again:\n\n" + write_fence(plan.command)),
        ]
    )


def _write_verdict(plan: Plan) -> str:
    found = plan.counts.findings
    statuses = {status: found.get(status, 0) for status in ("fail", "warn", "unsure", "pass", "waived")}
    statuses["not evaluated"] = _count_unevaluated(plan)
    parts = [f"{n:,} {word}" for word, n in statuses.items() if n or word not in ("warn", "unsure")]
    verdict = f"**{escape_line(plan.status).upper()}** as of {escape_line(plan.as_of[:10])}: {', '.join(parts)}."
    if plan.previous is None:
        return f"{verdict} First plan, so everything is new."
    changed = plan.counts.changes
    words = {
        "new": "new",
        "worse": "worse",
        "same": "unchanged",
        "better": "better",
        "cleared": "cleared",
        "lost": "lost",
    }
    told = [
        f"{changed.get(c, 0):,} {word}" for c, word in words.items() if changed.get(c) or c not in ("better", "lost")
    ]
    return f"{verdict} Since the plan of {escape_line(plan.previous.as_of[:10])}: {', '.join(told)}."


def _count_unevaluated(plan: Plan) -> int:
    return plan.counts.findings.get("insufficient", 0) + plan.counts.findings.get("no_data", 0)


def _list_question(plan: Plan) -> Iterator[str]:
    question = plan.question
    told = {
        "Task": question.task,
        "Environment": question.environment,
        "Concern": question.concern,
        "Risk": question.risk,
        "Reports to": list_some(question.report_to, 6),
    }
    for name, text in told.items():
        if text:
            yield f"- **{name}**: {escape_line(text, 300)}"


def _write_idle(plan: Plan) -> str:
    return "Nothing to do." if plan.status == "pass" else "No action of the ruleset answers this."


def _write_alert(plan: Plan) -> str:
    if plan.status not in ("fail", "warn"):
        return ""
    worst = [finding for finding in plan.findings if finding.status == plan.status]
    verb = ("fails" if len(worst) == 1 else "fail") if plan.status == "fail" else "warns" if len(worst) == 1 else "warn"
    count = f"{len(worst):,} finding{'' if len(worst) == 1 else 's'} {verb}"
    places = name_scopes([finding.scope for finding in worst])
    first = next((a for _, a in number_actions(plan) if a.state in ("proposed", "open")), None)
    do = (
        f" Begin with: {escape_line(first.title)}" + (f" ({write_code(first.owner)})." if first.owner else ".")
        if first
        else ""
    )
    kind = "CAUTION" if plan.status == "fail" else "WARNING"
    return f"> [!{kind}]\n> {count}: {escape_line(places, 600)}.{do}"


def _list_stuck(plan: Plan) -> Iterator[str]:
    titles = {action.id: action.title for action in plan.actions}
    for gate in plan.stuck:
        blocked = list_some([titles.get(one, one) for one in gate.blocks], _NAMED)
        yield (
            f"- {escape_line(gate.rule)} for {escape_line(name_scope(gate.scope), 300)} "
            f"({escape_line(gate.because.replace('_', ' '))}); it blocks {escape_line(blocked, 400) or 'nothing'}"
        )


def _write_note(note: IntakeNote) -> str:
    names = [show_plain(name) for name in note.names if name not in note.text]
    listed = f": {escape_line(list_some(names, 6), 600)}" if names else ""
    return f"- {write_code(note.source)}: {escape_line(note.text, 300)}{listed}"


def _write_decision(decision: Decision) -> str:
    when = f"{escape_line(decision.at[:10])} " if decision.at else ""
    who = f" by {write_code(decision.by)}" if decision.by else ""
    why = f": {escape_line(decision.because, 300)}" if decision.because else ""
    place = f" for {escape_line(name_scope(decision.scope), 300)}" if decision.scope else ""
    return f"- {when}**{escape_line(decision.event)}** {escape_line(decision.name)}{place}{who}{why}"


def _write_origin(plan: Plan) -> str:
    heads = ", ".join(_write_digest(head) for head in plan.ledger.heads[:_NAMED]) or "none"
    return (
        f"Ruleset {write_code(plan.ruleset.name)} {escape_line(plan.ruleset.version)}, "
        f"{_write_digest(plan.ruleset.digest)}. "
        f"As of {escape_line(plan.as_of)}. Ledger head: {heads}. "
        f"Written by {plan.tool.name} {escape_line(plan.tool.version)}; everything is in `plan.json`."
    )


def _list_inputs(plan: Plan) -> Iterator[str]:
    for source in plan.inputs:
        span = (
            f", {escape_line(source.from_[:10])} to {escape_line(source.to[:10])}" if source.from_ and source.to else ""
        )
        yield f"- {write_code(source.source)}: {source.rows:,} rows{span}, {_write_digest(source.digest)}"


def _write_digest(digest: str) -> str:
    kind, colon, rest = digest.rpartition(":")
    return write_code(f"{kind}{colon}{rest[:12]}")
