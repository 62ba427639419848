"""A plan that has every text that a plan can have, and the same plan with those texts spoilt."""

from __future__ import annotations

from functools import cache

from prism_rules.model.plan import (
    Acceptance,
    Annotators,
    Blocker,
    Bound,
    Decision,
    FileDigest,
    Finding,
    GovernanceEntry,
    HistoryPoint,
    LedgerRef,
    LostHistory,
    Origin,
    OwnerWork,
    Pair,
    Passing,
    Plan,
    PreviousRef,
    QaRate,
    QueueEntry,
    ResolvedBound,
    RuleEntry,
    RulesetRef,
    Stuck,
    Waiting,
)
from tests.render.plans import make_finding, make_glare_plan, make_plan, make_waiver

from .fields import AUTHORS, change_texts

PLACE = {"class": "burr", "site": "plant-3"}
BOUND = Bound(level="fail", kind="below", value=0.75, origin="rules.gloss.fail.below")


@cache
def make_full_plan() -> Plan:
    """The glare plan in short, with one of everything that it leaves out."""
    glare = make_glare_plan()
    decision = Decision(
        action="recalibrate-surface-scratch", name="recalibrate", scope=PLACE, event="done", by="@org/metal",
        because="Lenses are clean", at="2026-02-26T09:00:00Z", entry="5e" * 32, to="@org/lead",
    )  # fmt: skip
    queue = QueueEntry(
        path="queues/qa-burr.csv", source="annotations", rows=2, size=2, eligible=9, seed=0,
        digest="sha256:" + "7" * 64, effort_minutes=4,
        preview=({"row_id": "r-1", "why": "low confidence"}, {"row_id": "r-2", "n": 3}),
    )  # fmt: skip
    review, _, recalibrate, _, _ = glare.actions
    action = recalibrate.model_copy(update={
        "queue": review.queue,
        "history": (decision, decision.model_copy(update={"event": "reopened"})), "conflict": (decision, decision),
        "opened_at": "2026-02-20", "escalated_to": "@org/lead", "after": (review.id,),
        "blocked_by": (
            Blocker(action=review.id, scope={}, because="awaiting"),
            Blocker(rule="class-agreement", scope=PLACE, because="fails"),
        ),
        "acceptance": (
            Acceptance(rule="class-agreement", scope=PLACE, holds=False, was=0.6, value=0.61, n=80, bound=BOUND,
                       reason="few", unchanged=("annotations",)),
        ),
    })  # fmt: skip
    extra = [
        Finding.model_validate(
            make_finding("gloss", "gloss", PLACE, 0.4, bound=BOUND, doubted=BOUND, change="worse").model_dump()
            | {"status": "unsure", "unsure_of": "fail", "excluded": {"null": 3},
               "pairs": [Pair(classes=("dent", "burr"), n=4)], "changed_at": "2026-02-10T00:00:00Z", "window": WEEKS}
        ),
        make_finding("gloss-dent", "gloss", {"class": "dent"}, 0.6, bound=BOUND),
    ]  # fmt: skip
    rules = {
        **glare.rules,
        "gloss": RuleEntry(
            title="Gloss is as it was", source="predictions", metric="mean", by=("class", "site"), status="stable",
            unit="rows", scan="scan-1", test="page_hinkley",
            bounds=(
                ResolvedBound(match={"class": "burr"}, level="fail", kind="below", value=0.75, origin=BOUND.origin),
            ),
        ),
    }  # fmt: skip
    against = glare.diagnoses[2].model_copy(update={"against": ("gloss",), "unknown": ("agreement-ok",)})
    return Plan.model_validate(
        glare.model_copy(
            update={
                "ruleset": RulesetRef(
                    name="surface-inspection", version="1.3.0", digest="sha256:" + "ab12" * 16,
                    files=(FileDigest(path="surface.yaml", sha256="8" * 64),),
                ),
                "previous": PreviousRef(
                    digest="sha256:" + "9" * 64, as_of="2026-02-22T00:00:00Z", actions={"a-1": "open"}
                ),
                "ledger": LedgerRef(heads=("5e" * 32,), later="2026-03-04T00:00:00Z"),
                "annotators": Annotators(kind="keyed", fingerprint="3f9a2c1b0d4e"),
                "selected": ("gloss",),
                "rules": rules,
                "origins": {BOUND.origin: Origin(file="rulesets/surface.yaml", line=47, col=14)},
                "findings": (*glare.findings[2:4], *glare.findings[7:10], *extra),
                "passes": (Passing(id="p1", rule="gloss", scope={"class": "ok"}, value=0.93, n=400),),
                "history": {"gloss": (HistoryPoint(to="2026-02-15T00:00:00Z", value=0.7, n=90, status="pass"),) * 3},
                "diagnoses": (glare.diagnoses[0], against),
                "chain": (tuple(glare.diagnoses[number].id for number in (0, 2)),),
                "unexplained": ("wrong", "gloss-dent"),
                "stuck": (Stuck(rule="gloss", scope=PLACE, because="unmeasured", blocks=(action.id,)),),
                "actions": (action,),
                "waivers": (glare.waivers[0], glare.waivers[2], make_waiver("none", "gloss", {"site": "plant-*"})),
                "lost_history": (LostHistory(kind="action", name="polish", actions=("polish-burr",)),),
                "qa_sampling": (QaRate(**{"class": "burr"}, rate=0.25, because=0.63, finding="gloss", queue=queue),),
                "governance": GovernanceEntry(
                    budget_minutes=2_400, planned_minutes=684, per_owner={"@org/metal": OwnerWork(minutes=4, rows=2)},
                    waits=(Waiting(action=action.id, rows=20, minutes=40),),
                ),
                "files": (FileDigest(path="report.md", sha256="9" * 64),),
            }
        ).model_dump()
    )  # fmt: skip


WEEKS = ("2026-02-15T00:00:00Z", "2026-03-01T00:00:00Z")


@cache
def spoil_plan(text: str) -> Plan:
    """Put a text before every text of the plan but the authors' Markdown, so that what is alike stays alike."""
    return change_texts(make_full_plan(), lambda name, old: old if name in AUTHORS else f"{text}{old}")


def spoil_one(text: str, field: str) -> Plan:
    """Put a text before the texts of one field alone."""
    return change_texts(make_full_plan(), lambda name, old: f"{text}{old}" if name == field else old)


@cache
def spoil_authors(text: str) -> Plan:
    """Put a text before the authors' Markdown of a plan that says little else."""
    full = make_full_plan()
    short = make_plan(
        question=full.question, actions=full.actions, diagnoses=full.diagnoses[:1], findings=full.findings[:1]
    )
    return change_texts(short, lambda name, old: f"{text}{old}" if name in AUTHORS else old)
