"""report.md: the plan for people, in GitHub's Markdown, to be read in one minute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from prism_rules.diagnostics.text import say_count
from prism_rules.escaping.markdown import escape_line, show_plain, write_code, write_fence
from prism_rules.model.plan import Finding, IntakeNote, Plan
from prism_rules.render.decided import say_later
from prism_rules.render.markdown.actions import ACTIONS, list_folds, list_rows, number_actions
from prism_rules.render.markdown.causes import draw_chain, list_causes
from prism_rules.render.markdown.findings import (
    CLEARED,
    EVIDENCE,
    find_doubtful,
    find_experimental,
    find_unanswered,
    find_unexplained,
    list_cleared,
    list_slices,
    list_unevaluated,
    list_waived,
    write_evidence,
)
from prism_rules.render.markdown.governance import list_governance
from prism_rules.render.markdown.layout import Part, fit_parts
from prism_rules.render.markdown.past import write_event
from prism_rules.render.words import count_statuses, is_experimental, say_narrowed
from prism_rules.render.work import say_stuck
from prism_rules.wording import list_some, name_scopes

_NAMED = 3


def render_markdown(plan: Plan) -> str:
    """Write the report: at most 350 lines and 18,000 bytes, what does not fit is counted and left to plan.json."""
    unexplained, waived, silent = find_unexplained(plan), list_waived(plan), list_unevaluated(plan)
    unanswered = find_unanswered(plan)
    count, tried, doubtful = _count_unevaluated(plan), find_experimental(plan), find_doubtful(plan)
    question = list(_list_question(plan))
    return fit_parts(
        [
            Part(f"# Action plan: {escape_line(plan.ruleset.name, 80)} {escape_line(plan.ruleset.version, 40)}"),
            Part(_write_verdict(plan)),
            Part(_write_selection(plan)),
            Part(f"**{narrowed}.**" if (narrowed := say_narrowed(plan)) else ""),
            Part("\n".join(question)),
            Part(_write_alert(plan)),
            _section("Why", list_causes(plan), len(plan.diagnoses), "diagnoses", 4_000, 2, apart=True),
            Part(draw_chain(plan)),
            Part("## What to do" if plan.actions or plan.stuck or plan.lost_history else _write_idle(plan)),
            Part(
                "**Live in the ledger, and gone from the ruleset**: no plan goes on with them until a "
                "`renamed_from` says the old name."
                if plan.lost_history
                else "",
                _list_lost(plan),
                len(plan.lost_history),
                share=900,
                rank=3,
                left="names with lost history",
            ),
            Part(
                "**Stuck**: gates that are shut, and that no action works on." if plan.stuck else "",
                (f"- {escape_line(say_stuck(gate, plan), 900)}" for gate in plan.stuck),
                len(plan.stuck),
                share=900,
                rank=3,
                left="shut gates",
            ),
            Part("", list_rows(plan), len(plan.actions), ACTIONS, share=4_500, rank=1, left="actions"),
            Part("", list_folds(plan), len(plan.actions), rank=11, left="actions with evidence and steps", apart=True),
            *list_governance(plan),
            _section(
                "Behind causes that no action answers",
                (write_evidence(finding, plan) for finding in unanswered),
                len(unanswered),
                "findings",
                1_500,
                4,
                EVIDENCE,
            ),
            _write_slices(unanswered, plan, 5),
            _section(
                "Failed, and explained by no cause",
                (write_evidence(finding, plan) for finding in unexplained),
                len(unexplained),
                "findings",
                1_500,
                4,
                EVIDENCE,
            ),
            _write_slices(unexplained, plan, 5),
            _section(
                "Warned or in doubt, and explained by no cause",
                (write_evidence(finding, plan) for finding in doubtful),
                len(doubtful),
                "findings",
                900,
                6,
                EVIDENCE,
            ),
            _write_slices(doubtful, plan, 7),
            _section(
                "Experimental: fails no run",
                (write_evidence(finding, plan) for finding in tried),
                len(tried),
                "findings",
                900,
                6,
                EVIDENCE,
            ),
            _section("Cleared", list_cleared(plan), len(plan.cleared), "cleared findings", 900, 7, CLEARED),
            _section("Waived", waived, len(waived), "waivers", 900, 8),
            Part(
                f"## Not evaluated: {count:,}" if count else "",
                silent,
                len(silent),
                share=1_500,
                rank=5,
                left="groups of findings",
            ),
            _section("About the data", map(_write_note, plan.intake), len(plan.intake), "notes", 900, 6),
            _section(
                "Decided since last time",
                (f"- {write_event(decision, named=True)}" for decision in plan.decisions),
                len(plan.decisions),
                "decisions",
                1_000,
                9,
            ),
            Part(
                "---\n\n" + _write_origin(plan),
                _list_inputs(plan),
                len(plan.inputs),
                share=900,
                rank=10,
                left="sources",
            ),
            Part("To make it again:\n\n" + write_fence(plan.command)),
        ]
    )


def _write_slices(findings: Sequence[Finding], plan: Plan, rank: int) -> Part:
    """Write what stands out in findings that no action tells of, below their table."""
    lines = [*list_slices(findings, plan)]
    return Part("", lines, len(lines), share=700, rank=rank, left="lists of what stands out")


def _section(
    title: str,
    rows: Iterable[str],
    count: int,
    left: str,
    share: int,
    rank: int,
    table: str = "",
    *,
    apart: bool = False,
) -> Part:
    return Part(f"## {title}" if count else "", rows, count, table, share, rank, left, apart)


def _write_verdict(plan: Plan) -> str:
    found = count_statuses(plan)
    statuses = {status: found.get(status, 0) for status in ("fail", "warn", "unsure", "pass", "waived", "experimental")}
    statuses["not evaluated"] = _count_unevaluated(plan)
    parts = [f"{n:,} {word}" for word, n in statuses.items() if n or word not in ("warn", "unsure", "experimental")]
    alone = ", of experimental rules alone," if found["experimental"] and not found.get(plan.status) else ""
    verdict = f"**{escape_line(plan.status).upper()}**{alone} as of {escape_line(plan.as_of[:10])}: {', '.join(parts)}."
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


def _write_selection(plan: Plan) -> str:
    if not plan.selected:
        return ""
    rules = list_some([write_code(rule) for rule in plan.selected], 6)
    return (
        f"**A selection of rules:** {rules}. Causes that rest on other rules too were not looked at, and no action is "
        "opened: for that, plan with all rules."
    )


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
            yield f"- **{name}**: {escape_line(text)}"


def _write_idle(plan: Plan) -> str:
    if plan.selected:
        return ""
    return "Nothing to do." if plan.status in ("pass", "waived") else "No action of the ruleset answers this."


def _write_alert(plan: Plan) -> str:
    if plan.status not in ("fail", "warn"):
        return ""
    worst = [f for f in plan.findings if f.status == plan.status and not is_experimental(f, plan)]
    if not worst:
        return ""
    verb = ("fails" if len(worst) == 1 else "fail") if plan.status == "fail" else "warns" if len(worst) == 1 else "warn"
    count = f"{say_count(len(worst), 'finding')} {verb}"
    places = name_scopes([finding.scope for finding in worst])
    first = next((a for _, a in number_actions(plan) if a.state in ("proposed", "open")), None)
    do = (
        f" Begin with: {escape_line(first.title)}" + (f" ({write_code(first.owner)})." if first.owner else ".")
        if first
        else ""
    )
    kind = "CAUTION" if plan.status == "fail" else "WARNING"
    return f"> [!{kind}]\n> {count}: {escape_line(places, 300)}.{do}"


def _list_lost(plan: Plan) -> Iterator[str]:
    for lost in plan.lost_history:
        ids = list_some([write_code(action) for action in lost.actions], _NAMED)
        yield f"- the {lost.kind} {write_code(lost.name)}: {ids}"


def _write_note(note: IntakeNote) -> str:
    names = [show_plain(name) for name in note.names if name not in note.text]
    listed = f": {escape_line(list_some(names, 6), 600)}" if names else ""
    return f"- {write_code(note.source)}: {escape_line(note.text, 300)}{listed}"


def _write_origin(plan: Plan) -> str:
    heads = list_some([_write_digest(head) for head in plan.ledger.heads], _NAMED) or "none yet, nothing is recorded"
    later = f"{escape_line(say_later(plan), 200)}. " if plan.ledger.later else ""
    return (
        f"Ruleset {write_code(plan.ruleset.name)} {escape_line(plan.ruleset.version, 40)}, "
        f"{_write_digest(plan.ruleset.digest)}. "
        f"As of {escape_line(plan.as_of)}. Ledger head: {heads}. {later}"
        f"Written by {plan.tool.name} {escape_line(plan.tool.version)}; everything is in `plan.json`. "
        "`prism-rules explain ID --plan DIR` tells why an action or a finding is so."
    )


def _list_inputs(plan: Plan) -> Iterator[str]:
    for source in plan.inputs:
        span = (
            f", {escape_line(source.from_[:10])} to {escape_line(source.to[:10])}" if source.from_ and source.to else ""
        )
        yield f"- {write_code(source.source)}: {say_count(source.rows, 'row')}{span}, {_write_digest(source.digest)}"


def _write_digest(digest: str) -> str:
    kind, colon, rest = digest.rpartition(":")
    return write_code(f"{kind}{colon}{rest[:12]}")
