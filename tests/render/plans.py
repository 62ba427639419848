"""Plans made by hand, as a plan stage would make them: the glare case, nothing to do, very much, and hostile."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from prism_rules.model.plan import (
    Acceptance,
    ActionEntry,
    BaselineValue,
    Blocker,
    Bound,
    Cleared,
    Counts,
    Decision,
    Diagnosis,
    Finding,
    HistoryPoint,
    Input,
    IntakeNote,
    LedgerRef,
    Passing,
    Plan,
    PreviousRef,
    QueueEntry,
    RuleEntry,
    RulesetRef,
    Slice,
    Stratum,
    Stuck,
    Tool,
    WaiverEntry,
)
from prism_rules.model.ruleset import Question

WEEK = ("2026-02-22T00:00:00Z", "2026-03-01T00:00:00Z")
SCRATCH = {"class": "surface-scratch", "site": "plant-2"}
CHIP = {"class": "edge-chip", "site": "plant-2"}
TITLES = {
    "low-confidence": ("Mean confidence holds per class and site", "predictions", "mean_confidence", ("class", "site")),
    "class-agreement": ("Reviewers agree on the class", "annotations", "krippendorff_alpha", ("class",)),
    "slice-absent": (
        "Production conditions exist in the training data",
        "predictions",
        "absent_share",
        ("class", "site"),
    ),
    "slice-unvalidated": (
        "Production conditions exist in the validation data",
        "predictions",
        "absent_share",
        ("class", "site"),
    ),
    "confident-and-wrong": ("Confident answers are right", "predictions", "confident_wrong_share", ("site",)),
}


def make_rules() -> dict[str, RuleEntry]:
    """The glare case's rules, by id."""
    return {
        name: RuleEntry(
            title=title, source=source, metric=metric, by=by, status="stable", unit="rows", scan="scan-1", bounds=()
        )
        for name, (title, source, metric, by) in TITLES.items()
    }


def make_finding(id_: str, rule: str, scope: dict[str, str], value: float | None, **more: Any) -> Finding:
    """A failed finding of the week; `more` says otherwise."""
    facts: dict[str, Any] = {"status": "fail", "n": 719, "unit": "rows", "window": WEEK, "since": "2026-03-01", **more}
    return Finding(id=id_, rule=rule, scope=scope, value=value, **facts)


def make_plan(**more: Any) -> Plan:
    """A plan in which everything holds; `more` says otherwise."""
    facts: dict[str, Any] = {
        "tool": Tool(version="0.1.0"),
        "command": "prism-rules plan rulesets/surface-inspection.yaml --as-of 2026-03-01",
        "ruleset": RulesetRef(name="surface-inspection", version="1.3.0", digest="sha256:" + "ab12" * 16),
        "question": Question(),
        "as_of": WEEK[1],
        "ledger": LedgerRef(),
        "status": "pass",
        "scans": {"scan-1": "select 1"},
        "rules": make_rules(),
        "origins": {},
        "inputs": [
            Input(
                source="predictions",
                rows=12_840,
                digest="bytes:" + "0f" * 32,
                files=1,
                **{"from": "2026-02-01T06:00:00Z"},
                to="2026-02-28T21:40:00Z",
            )
        ],
        "counts": Counts(findings={"pass": 44}, actions={}, changes={}),
        "findings": (),
        "passes": (),
        "diagnoses": (),
        "actions": (),
        **more,
    }
    return Plan(**facts)


def make_passing_plan() -> Plan:
    """Nothing to do."""
    return make_plan(passes=[Passing(id="p1", rule="class-agreement", scope={"class": "ok"}, value=0.93, n=400)])


def make_waiver(id_: str, rule: str, match: dict[str, str], **more: Any) -> WaiverEntry:
    """A waiver in force until the end of April; `more` says otherwise."""
    facts: dict[str, Any] = {
        "until": "2026-04-30", "days_left": 60, "expired": False, "by": "@org/reliability", "because": "Known",
        "findings": (), **more,
    }  # fmt: skip
    return WaiverEntry(id=id_, rule=rule, match=match, **facts)


def make_glare_plan() -> Plan:
    """The case that the tool is tried on: two affected classes, a chain of three causes, a blocked relabel."""
    agree = Bound(level="fail", kind="below", value=0.75, origin="rules.class-agreement.fail.below")
    drop = Bound(level="fail", kind="drop", value=0.10, origin="rules.low-confidence.fail.drop")
    share = Bound(level="fail", kind="above", value=0.05, origin="rules.slice-absent.fail.above")

    def compare(source: str, value: float | None, n: int, class_: str) -> BaselineValue:
        return BaselineValue(value=value, n=n, scope={"class": class_}, source=source, window=(None, WEEK[1]))

    def miss(glare: int, reflection: int) -> tuple[Slice, ...]:
        return (
            Slice(of={"lighting": "glare"}, n=glare, reference=0, kind="absent"),
            Slice(of={"lighting": "reflection"}, n=reflection, reference=0, kind="absent"),
        )

    findings = (
        make_finding(
            "low-scratch",
            "low-confidence",
            SCRATCH,
            0.61,
            n=719,
            bound=drop,
            baseline=compare("validation-run", 0.91, 640, "surface-scratch"),
        ),
        make_finding(
            "low-chip",
            "low-confidence",
            CHIP,
            0.79,
            n=733,
            bound=drop,
            baseline=compare("validation-run", 0.91, 600, "edge-chip"),
        ),
        make_finding(
            "agreement",
            "class-agreement",
            {"class": "surface-scratch"},
            0.63,
            n=118,
            unit="units",
            bound=agree,
            interval=(0.55, 0.70),
            change="worse",
        ),
        make_finding(
            "absent-scratch",
            "slice-absent",
            SCRATCH,
            1.0,
            n=719,
            bound=share,
            slices=miss(402, 317),
            baseline=compare("training", None, 2_400, "surface-scratch"),
        ),
        make_finding(
            "absent-chip",
            "slice-absent",
            CHIP,
            1.0,
            n=733,
            bound=share,
            slices=miss(410, 323),
            baseline=compare("training", None, 2_150, "edge-chip"),
        ),
        make_finding(
            "unvalidated-scratch",
            "slice-unvalidated",
            SCRATCH,
            1.0,
            n=719,
            bound=share,
            slices=miss(402, 317),
            baseline=compare("validation", None, 320, "surface-scratch"),
        ),
        make_finding(
            "unvalidated-chip",
            "slice-unvalidated",
            CHIP,
            1.0,
            n=733,
            bound=share,
            slices=miss(410, 323),
            baseline=compare("validation", None, 300, "edge-chip"),
        ),
        make_finding(
            "wrong",
            "confident-and-wrong",
            {"site": "plant-1"},
            0.031,
            n=2_011,
            bound=Bound(level="fail", kind="above", value=0.03, origin="rules.confident-and-wrong.fail.above"),
        ),
        make_finding(
            "dent-low",
            "low-confidence",
            {"class": "dent", "site": "plant-2"},
            0.78,
            n=96,
            bound=drop,
            status="waived",
            hides="fail",
            waiver="dent-guideline",
            baseline=compare("validation-run", 0.90, 410, "dent"),
        ),
        make_finding(
            "agreement-dent",
            "class-agreement",
            {"class": "dent"},
            0.7,
            n=12,
            unit="units",
            bound=agree,
            status="insufficient",
            reason="12 of the 30 that the rule asks for",
            change="lost",
        ),
        make_finding(
            "agreement-ok",
            "class-agreement",
            {"class": "ok"},
            0.9,
            n=9,
            unit="units",
            bound=agree,
            status="insufficient",
            reason="9 of the 30 that the rule asks for",
        ),
        make_finding(
            "absent-dent",
            "slice-absent",
            {"class": "dent", "site": "plant-1"},
            None,
            n=0,
            bound=share,
            status="no_data",
            reason="no_rows",
        ),
    )

    def unseen(place: dict[str, str], evidence: tuple[str, ...], leads_to: tuple[str, ...], rank: int) -> Diagnosis:
        return Diagnosis(
            id=f"unseen-{place['class']}",
            cause="unseen-lighting",
            title="Lighting that training has not seen",
            kind="missing_coverage",
            gap="coverage",
            scope=place,
            at=({"lighting": "glare"}, {"lighting": "reflection"}),
            verdict="diagnosed",
            score=1.0,
            rank=rank,
            head=True,
            evidence=evidence,
            leads_to=leads_to,
            risk="high",
            text=f"{place['class']} at {place['site']} is met under lighting that the training data does not have.",
        )

    def stale(place: dict[str, str], evidence: tuple[str, ...], rank: int) -> Diagnosis:
        return Diagnosis(
            id=f"stale-{place['class']}",
            cause="old-validation",
            title="The validation set shows the old plant",
            kind="stale_validation",
            gap="validation_staleness",
            scope=place,
            verdict="diagnosed",
            score=1.0,
            rank=rank,
            head=False,
            evidence=evidence,
        )

    diagnoses = (
        unseen(SCRATCH, ("absent-scratch", "low-scratch"), ("split", "stale-surface-scratch"), 1),
        unseen(CHIP, ("absent-chip", "low-chip"), ("stale-edge-chip",), 2),
        Diagnosis(
            id="split",
            cause="split-reviewers",
            title="Reviewers split where glare hides the edge",
            kind="ambiguous_labels",
            gap="annotation_consistency",
            scope={"class": "surface-scratch"},
            verdict="diagnosed",
            score=0.83,
            rank=3,
            head=False,
            evidence=("agreement",),
            text="Agreement on *surface-scratch* is **0.63**; the guideline does not say where an edge ends.",
        ),
        stale(SCRATCH, ("unvalidated-scratch", "low-scratch"), 4),
        stale(CHIP, ("unvalidated-chip", "low-chip"), 5),
    )
    holds_agreement = Acceptance(
        rule="class-agreement",
        scope={"class": "surface-scratch"},
        holds=False,
        was=0.63,
        value=None,
        n=0,
        bound=agree,
        reason="not_yet_measured",
    )
    actions = (
        ActionEntry(
            id="review-set-plant-2",
            action="review-set",
            kind="review",
            scope={"site": "plant-2"},
            covers=("unseen-surface-scratch", "unseen-edge-chip"),
            state="proposed",
            title="Review low-confidence cases at plant-2",
            steps="1. Look at each case in its own lighting.\n2. Note what hides the edge: glare or reflection.",
            owner="@org/reliability",
            due="2026-03-03",
            priority=1,
            queue=QueueEntry(
                path="queues/review-set-plant-2.csv",
                source="predictions",
                rows=340,
                size=340,
                eligible=1_152,
                seed=7,
                digest="sha256:" + "1" * 64,
                effort_minutes=680,
                strata=(
                    Stratum(value={"class": "surface-scratch"}, weight=3, eligible=719, taken=204),
                    Stratum(value={"class": "edge-chip"}, weight=2, eligible=433, taken=136),
                ),
            ),
        ),
        ActionEntry(
            id="guidance-surface-scratch",
            action="guidance",
            kind="update_guideline",
            scope={"class": "surface-scratch"},
            covers=("split",),
            state="proposed",
            title="Fourteen edge cases for the guideline of surface-scratch",
            steps=None,
            owner=None,
            due="2026-03-04",
            priority=2,
            queue=QueueEntry(
                path="queues/guidance-surface-scratch.csv",
                source="annotations",
                rows=14,
                size=14,
                eligible=57,
                seed=0,
                digest="sha256:" + "2" * 64,
                effort_minutes=None,
            ),
        ),
        ActionEntry(
            id="recalibrate-surface-scratch",
            action="recalibrate",
            kind="recalibrate_reviewers",
            scope={"class": "surface-scratch"},
            covers=("split",),
            state="proposed",
            title="Recalibrate reviewers on surface-scratch",
            steps="1. Take the calibration batch to all reviewers.\n2. Agree on the boundary cases; write them down.\n",
            owner="@org/labels-metal",
            due="2026-03-04",
            decidable=("approved", "rejected", "done"),
            priority=3,
            after=("guidance-surface-scratch",),
            acceptance=(holds_agreement,),
            queue=QueueEntry(
                path="queues/recalibrate-surface-scratch.csv",
                source="annotations",
                rows=40,
                size=40,
                eligible=57,
                seed=0,
                digest="sha256:" + "3" * 64,
                effort_minutes=80,
            ),
        ),
        ActionEntry(
            id="refresh-plant-2",
            action="refresh-validation",
            kind="refresh_validation",
            scope={"site": "plant-2"},
            covers=("unseen-surface-scratch", "unseen-edge-chip", "stale-surface-scratch", "stale-edge-chip"),
            state="proposed",
            title="Refresh the validation slice for plant-2",
            steps=None,
            owner="@org/reliability",
            due="2026-03-15",
            priority=4,
            acceptance=(
                Acceptance(
                    rule="slice-unvalidated",
                    scope=SCRATCH,
                    holds=False,
                    was=1.0,
                    value=None,
                    n=0,
                    bound=share,
                    reason="not_yet_measured",
                ),
                Acceptance(
                    rule="slice-unvalidated",
                    scope=CHIP,
                    holds=False,
                    was=1.0,
                    value=None,
                    n=0,
                    bound=share,
                    reason="not_yet_measured",
                ),
            ),
            queue=QueueEntry(
                path="queues/refresh-plant-2.csv",
                source="predictions",
                rows=190,
                size=190,
                eligible=1_452,
                seed=0,
                digest="sha256:" + "4" * 64,
                effort_minutes=None,
            ),
        ),
        ActionEntry(
            id="relabel-surface-scratch",
            action="relabel",
            kind="relabel",
            scope={"class": "surface-scratch"},
            covers=("unseen-surface-scratch", "split"),
            state="blocked",
            title="Relabel low-confidence surface-scratch",
            steps=None,
            owner="@org/labels-metal",
            due=None,
            priority=5,
            after=("recalibrate-surface-scratch",),
            blocked_by=(Blocker(rule="class-agreement", scope={"class": "surface-scratch"}, because="fails"),),
            queue=QueueEntry(
                path=None,
                source="predictions",
                rows=0,
                size=200,
                eligible=719,
                seed=0,
                digest=None,
                effort_minutes=None,
            ),
        ),
    )
    return make_plan(
        question=Question(
            task="Defect classification on metal surfaces",
            environment="Plant 2, overhead fluorescent arrays, reflective housings",
            concern="Confidence fell after the rollout to plant 2",
            risk="high",
            report_to=("engineering", "operations"),
        ),
        status="fail",
        previous=PreviousRef(digest="sha256:" + "9" * 64, as_of="2026-02-22T00:00:00Z"),
        ledger=LedgerRef(heads=("5e" * 32,)),
        counts=Counts(
            findings={"fail": 8, "warn": 0, "unsure": 0, "insufficient": 2, "no_data": 1, "pass": 31, "waived": 1},
            actions={"proposed": 4, "blocked": 1},
            changes={"new": 7, "worse": 1, "same": 0, "better": 0, "cleared": 1, "lost": 1},
        ),
        findings=findings,
        diagnoses=diagnoses,
        chain=(("unseen-surface-scratch", "split", "stale-surface-scratch"), ("unseen-edge-chip", "stale-edge-chip")),
        history={
            "agreement": (
                HistoryPoint(to="2026-02-08T00:00:00Z", value=0.79, n=104, status="pass"),
                HistoryPoint(to="2026-02-15T00:00:00Z", value=0.77, n=110, status="pass"),
                HistoryPoint(to="2026-02-22T00:00:00Z", value=0.71, n=121, status="fail"),
            )
        },
        unexplained=("wrong",),
        actions=actions,
        cleared=(
            Cleared(
                id="c",
                rule="low-confidence",
                scope={"class": "ok", "site": "plant-1"},
                was=0.78,
                value=0.93,
                since="2026-02-15",
            ),
        ),
        intake=(
            IntakeNote(
                source="predictions",
                code="unknown_class",
                n=12,
                text="12 rows have a class that the ruleset does not declare",
                names=("burr",),
            ),
        ),
        waivers=(
            make_waiver(
                "answers-at-1",
                "confident-and-wrong",
                {"site": "plant-1"},
                until="2026-02-28",
                days_left=-1,
                expired=True,
                because="Lens to be replaced",
                findings=("wrong",),
            ),
            make_waiver("nothing-there", "class-agreement", {"class": "edge-chip"}),
            make_waiver(
                "dent-guideline",
                "low-confidence",
                {"class": "dent", "site": "plant-*"},
                because="Guideline rewrite under way, DQ-112",
                findings=("dent-low",),
            ),
        ),
        decisions=(
            Decision(
                action="review-set-plant-1",
                name="review-set",
                scope={"site": "plant-1"},
                event="done",
                by="@org/reliability",
                because="All 120 cases were read; nothing new.",
                at="2026-02-26T09:00:00Z",
                entry="5e" * 32,
            ),
        ),
    )


def make_big_plan(scopes: int = 2_000) -> Plan:
    """Two thousand failed findings, each with its diagnosis and its action, and as many without a value."""
    places = [{"class": f"class-{number:04}", "site": f"plant-{number % 7}"} for number in range(scopes)]
    bound = Bound(level="fail", kind="below", value=0.75, origin="rules.class-agreement.fail.below")
    failed = [make_finding(f"f{n}", "class-agreement", place, 0.5, bound=bound) for n, place in enumerate(places)]
    silent = [
        make_finding(f"s{n}", "slice-absent", place, None, status="no_data", reason="no_rows")
        for n, place in enumerate(places)
    ]
    diagnoses = [
        Diagnosis(
            id=f"d{n}",
            cause=f"cause-{n % 60}",
            title=f"Cause {n % 60}",
            kind="drift",
            gap="coverage",
            scope=place,
            verdict="diagnosed",
            score=1.0,
            rank=n,
            head=n % 2 == 0,
            evidence=(f"f{n}",),
            leads_to=(f"d{n + 1}",),
            text="Something *moved*.",
        )
        for n, place in enumerate(places)
    ]
    actions = [
        ActionEntry(
            id=f"a{n}",
            action="relabel",
            kind="relabel",
            scope=place,
            covers=(f"d{n}",),
            state="proposed",
            title=f"Relabel {place['class']}",
            steps="1. Read.\n2. Write.",
            owner="@org/labels",
            due="2026-03-08",
            priority=n,
        )
        for n, place in enumerate(places)
    ]
    return make_plan(
        status="fail",
        findings=failed + silent,
        diagnoses=diagnoses,
        actions=actions,
        unexplained=[f.id for f in failed],
        cleared=[Cleared(id=f.id, rule=f.rule, scope=f.scope, was=0.5, value=0.9, since="2026-02-01") for f in failed],
        stuck=[Stuck(rule="class-agreement", scope=place, because="unmeasured", blocks=("a1",)) for place in places],
        counts=Counts(findings={"fail": scopes, "no_data": scopes}, actions={"proposed": scopes}, changes={}),
    )


HOSTILE = (
    "</details>\n# Free *x* |a|b| ``` <script>alert(1)</script> <!-- [x](http://evil.example/a) "
    "![i](http://evil.example/b) "
    "@org/team #12 GH-7 fixes #1 www.evil.example &commat;you <http://evil.example> ~~~\n---\n| --- "
    "|\n> [!NOTE]\n\u202e\x1b[31m"
)


def make_hostile_plan() -> Plan:
    """The glare plan with every free text in it spoilt, ids and references alike."""
    return _spoil(make_glare_plan())


def _spoil(value: Any, literal: bool = False) -> Any:
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        spoilt = {n: _spoil(getattr(value, n), "Literal" in repr(f.annotation)) for n, f in fields.items()}
        return type(value)(**spoilt)
    if isinstance(value, dict):
        # Counts are kept by keys of our own.
        counts = all(isinstance(one, int) for one in value.values())
        return {key if counts else _spoil(key): _spoil(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return tuple(_spoil(one, literal) for one in value)
    # The name goes last, where a cut would lose it: what differs must still differ.
    return f"{HOSTILE}{value}" if isinstance(value, str) and not literal else value
