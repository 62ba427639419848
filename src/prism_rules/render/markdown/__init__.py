"""report.md: the plan for people, in GitHub's Markdown, to be read in one minute."""

from __future__ import annotations

from collections.abc import Iterator

from prism_rules.escaping.markdown import escape_line, write_code
from prism_rules.model.plan import IntakeNote, Plan
from prism_rules.render.counted import count_unevaluated, say_idle
from prism_rules.render.markdown.actions import ACTIONS, list_folds, list_rows
from prism_rules.render.markdown.causes import draw_chain, group_causes, write_cause
from prism_rules.render.markdown.findings import (
    CLEARED,
    EVIDENCE,
    list_cleared,
    list_slices,
    list_unevaluated,
    list_waived,
    write_evidence,
)
from prism_rules.render.markdown.governance import list_governance
from prism_rules.render.markdown.layout import BYTES, LEAST, Part, fit_parts
from prism_rules.render.markdown.opening import (
    list_alert,
    list_question,
    list_selection,
    write_title,
    write_verdict,
)
from prism_rules.render.markdown.origin import write_origin, write_pointer
from prism_rules.render.markdown.past import write_event
from prism_rules.render.ranking import rank_diagnosis, rank_findings
from prism_rules.render.told import list_groups, say_note
from prism_rules.render.work import say_stuck
from prism_rules.wording import list_some

__all__ = ["LEAST", "render_markdown"]

_NAMED = 3


def render_markdown(plan: Plan, *, most: int = BYTES, trends: str | None = None) -> str:
    """Write the report: at most 350 lines and 18,000 bytes, or `most` bytes if that is less (`LEAST` at the least).

    What does not fit is counted and left to plan.json. `trends` is the path of the picture of trends, as seen from
    where the report is going to stand; without it there is no picture.
    """
    waived = list_waived(plan)
    decided = (f"- {write_event(decision, named=True)}" for decision in plan.decisions)
    notes = map(_write_note, plan.intake)
    picture = [f"![The values of the last windows, with their bounds]({trends})"] if trends else []
    return fit_parts(
        [
            *_list_opening(plan),
            *_list_causes(plan),
            *_list_actions(plan),
            Part("## Trends", picture, len(picture), rank=6, left="pictures of trends"),
            *_list_tables(plan),
            Part("## Cleared", list_cleared(plan), len(plan.cleared), (), CLEARED, 900, 7, "cleared findings"),
            Part("## Waived", waived, len(waived), share=900, rank=8, left="waivers"),
            _tell_unevaluated(plan),
            Part("## About the data", notes, len(plan.intake), share=900, rank=6, left="notes on the data"),
            Part("## Decided since last time", decided, len(plan.decisions), share=1_000, rank=9, left="decisions"),
            *list_governance(plan),
            Part(write_pointer(narrowed=most < BYTES), always=True),
            Part("", [write_origin(plan)], 1, rank=3, left="digests and the command"),
        ],
        most,
    )


def _list_opening(plan: Plan) -> Iterator[Part]:
    yield Part(write_title(plan), always=True)
    yield Part(write_verdict(plan), always=True)
    for lines, rank, left in (
        (list_selection(plan), 1, "note on the selection"),
        (list_question(plan), 2, "lines of the question"),
        (list_alert(plan), 1, "alert"),
    ):
        yield Part("", lines, len(lines), rank=rank, left=left)


def _list_causes(plan: Plan) -> Iterator[Part]:
    pictures = [*filter(None, [draw_chain(plan)])]
    taken = sorted(enumerate(group_causes(plan)), key=lambda pair: min(map(rank_diagnosis, pair[1])))
    causes, places = (write_cause(group, plan) for _, group in taken), [place for place, _ in taken]
    yield Part("## Why", causes, len(places), places, share=4_000, rank=2, left="causes", apart=True)
    yield Part("", pictures, len(pictures), rank=3, left="picture of the chain")


def _list_actions(plan: Plan) -> Iterator[Part]:
    if not (plan.actions or plan.stuck or plan.lost_history):
        yield Part("" if plan.selected else say_idle(plan), always=True)
        return
    yield Part("## What to do", always=True)
    yield Part(
        "**Live in the ledger, and gone from the ruleset**: no plan goes on with them until a `renamed_from` says the "
        "old name.",
        _list_lost(plan),
        len(plan.lost_history),
        share=900,
        rank=3,
        left="names with lost history",
    )
    shut = (f"- {escape_line(say_stuck(gate, plan), 900)}" for gate in plan.stuck)
    yield Part(
        "**Stuck**: gates that are shut, and that no action works on.", shut, len(plan.stuck), share=900, rank=3,
        left="shut gates",
    )  # fmt: skip
    yield Part("", list_rows(plan), len(plan.actions), table=ACTIONS, share=4_500, rank=1, left="actions")
    folds = list_folds(plan)
    yield Part("", folds, len(plan.actions), rank=11, left="actions with evidence and steps", apart=True)


def _list_tables(plan: Plan) -> Iterator[Part]:
    """List the tables of findings that no action tells of, each with what stands out in its findings below it.

    Rows stand in the plan's order, so that one that changed moves no other; those that are most urgent are kept.
    """
    turns = {finding.id: turn for turn, (_, finding) in enumerate(rank_findings(plan))}
    rooms = (
        (1_500, 4, "findings that no action answers"), (1_500, 4, "failed findings without a cause"),
        (900, 6, "warnings without a cause"), (900, 6, "experimental findings"),
    )  # fmt: skip
    for (title, found), (share, rank, left) in zip(list_groups(plan), rooms, strict=True):
        taken = sorted(enumerate(found), key=lambda pair: turns[pair[1].id])
        rows = (write_evidence(finding, plan) for _, finding in taken)
        yield Part(f"## {title}", rows, len(taken), [place for place, _ in taken], EVIDENCE, share, rank, left)
        slices = [(place, line) for place, finding in taken for line in list_slices([finding], plan)]
        yield Part(
            "", [line for _, line in slices], len(slices), [place for place, _ in slices], share=700, rank=rank + 1,
            left=f"lists of what stands out in {left}",
        )  # fmt: skip


def _tell_unevaluated(plan: Plan) -> Part:
    count, groups = count_unevaluated(plan), list_unevaluated(plan)
    return Part(
        f"## Not evaluated: {count:,}", groups, len(groups), share=1_500, rank=5, left="groups without a verdict"
    )


def _list_lost(plan: Plan) -> Iterator[str]:
    for lost in plan.lost_history:
        ids = list_some([write_code(action) for action in lost.actions], _NAMED)
        yield f"- the {lost.kind} {write_code(lost.name)}: {ids}"


def _write_note(note: IntakeNote) -> str:
    return f"- {write_code(note.source)}: {escape_line(say_note(note), 900)}"
