"""The language `prism-rules/v1` as models: what a ruleset file may say, key by key.

The models hold form alone (keys, types, ranges of one value). What takes two places to judge, such as a
reference to a rule, is checked in `prism_rules.ruleset`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

from prism_rules.model.frozen import (
    Change,
    Columns,
    Duration,
    Fraction,
    Frozen,
    Id,
    Logical,
    Many,
    OneOrMany,
    Window,
)

Risk = Literal["low", "medium", "high", "critical"]
Role = Literal["predictions", "annotations", "training", "validation", "feedback"]
Status = Literal["fail", "warn", "unsure", "pass", "insufficient", "no_data"]
CauseKind = Literal[
    "drift",
    "stale_validation",
    "ambiguous_labels",
    "missing_coverage",
    "capture_change",
    "taxonomy_pressure",
    "process_misalignment",
]
Gap = Literal["coverage", "annotation_consistency", "validation_staleness", "feedback_disconnection"]
ActionKind = Literal[
    "review",
    "relabel",
    "recalibrate_reviewers",
    "update_guideline",
    "collect_labels",
    "collect_data",
    "refresh_validation",
    "rebalance",
    "revise_taxonomy",
    "fix_capture",
    "route_feedback",
    "qa_sample",
    "escalate",
]

FIELDS: dict[str, dict[str, bool]] = {
    "predictions": {
        "id": True,
        "time": True,
        "class": True,
        "confidence": False,
        "label": False,
        "overridden": False,
        "probabilities": False,
    },
    "annotations": {
        "unit": True,
        "annotator": True,
        "class": True,
        "time": False,
        "guideline": False,
        "gold": False,
        "batch": False,
    },
    "training": {"id": True, "class": True, "time": False},
    "validation": {"id": True, "class": True, "time": False},
    "feedback": {"id": True, "time": True, "channel": True, "class": False, "routed_at": False},
}
"""Role -> field -> whether it is required."""

ClassName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Glob = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(max_length=4000)]
Match = Annotated[dict[Logical, Glob], Field(min_length=1)]
"""Dimension -> exact value, or a glob with `*`."""


class Metadata(Frozen):
    """Who owns the ruleset, and its version."""

    name: Id
    version: Annotated[str, StringConstraints(pattern=r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$")]
    """The ruleset's own semantic version, quoted."""
    owners: Many[str] = ()
    description: Text | None = None
    renamed_from: Many[Id] = ()


class Question(Frozen):
    """The reliability question this ruleset answers; it heads every report."""

    task: Text | None = None
    environment: Text | None = None
    concern: Text | None = None
    risk: Risk | None = None
    report_to: Many[str] = ()


class Source(Frozen):
    """What one kind of data looks like. Where it is comes from prism.yaml or `--data`."""

    role: Role
    fields: dict[Logical, str]
    """Field of the role -> column in the data."""
    dimensions: Columns = ()
    """What a rule may group `by`; a map renames: `{camera: "Camera ID"}`."""
    features: Columns = ()
    """Input-quality columns (numbers)."""
    window: Window | None = None
    duplicates: Literal["latest", "first", "error"] | None = None
    lookup: dict[Id, Many[Logical]] = Field(default_factory=dict)
    """Other source -> its dimensions and fields to join by id."""
    renamed_from: Many[Id] = ()

    @property
    def columns(self) -> dict[str, str]:
        """Logical name -> physical column, for fields, dimensions and features together."""
        named = dict(self.fields)
        for group in (self.dimensions, self.features):
            named.update(group if isinstance(group, dict) else {name: name for name in group})
        return named

    @property
    def collection(self) -> bool:
        """True when all rows before `as_of` count, whatever the rule's window."""
        return self.role in ("training", "validation") or self.window == "all" or "time" not in self.fields


class Class(Frozen):
    """A class of the taxonomy under control."""

    risk: Risk | None = None
    owner: Text | None = None
    family: Id | None = None
    renamed_from: Many[str] = ()


class Condition(Frozen):
    """Bounds; the condition holds when any of them is crossed, strictly."""

    below: float | None = None
    above: float | None = None
    outside: tuple[float, float] | None = Field(default=None, strict=False)
    drop: Change | None = None
    rise: Change | None = None
    change: Change | None = None
    per_class: dict[ClassName, float] = Field(default_factory=dict)
    """The bound itself, per class; beside exactly one numeric bound."""


class Baseline(Frozen):
    """Other rows to measure the same metric on."""

    window: Window | None = None
    source: Id | None = None
    where: Text | None = None
    by: Many[Logical] | None = None


class Series(Frozen):
    """One measurement over a span of windows."""

    every: Duration
    over: Duration
    test: Literal["cusum", "ewma", "page_hinkley", "mann_kendall"]
    reference: Duration


class Override(Frozen):
    """Judgement for the scopes that match; the most specific match wins, field by field."""

    match: Match
    warn: Condition | None = None
    fail: Condition | None = None
    min_n: Annotated[int, Field(ge=0)] | None = None
    confidence: Annotated[float, Field(gt=0, lt=1)] | None = None
    streak: Annotated[int, Field(ge=1, le=52)] | None = None
    enabled: bool | None = None


class Rule(Frozen):
    """A metric, where it is measured, and the bounds that judge it."""

    title: Text | None = None
    status: Literal["experimental", "stable", "deprecated"] = "stable"
    source: Id
    metric: str
    of: OneOrMany[Text] | None = None
    where: Text | None = None
    with_: dict[Logical, Any] = Field(default_factory=dict, alias="with")
    by: Many[Logical] = ()
    baseline: Baseline | None = None
    window: Window | None = None
    min_n: Annotated[int, Field(ge=0)] | None = None
    confidence: Annotated[float, Field(gt=0, lt=1)] | None = None
    false_discovery_rate: Annotated[float, Field(gt=0, lt=1)] | None = None
    streak: Annotated[int, Field(ge=1, le=52)] | None = None
    series: Series | None = None
    unknown: bool = False
    """Give `(unknown)` and `(none)` scopes of their own."""
    warn: Condition | None = None
    fail: Condition | None = None
    overrides: dict[Id, Override] = Field(default_factory=dict)
    renamed_from: Many[Id] = ()


class Leaf(Frozen):
    """A rule asked for in a cause: true where its finding has the status."""

    rule: Id
    status: OneOrMany[Status] = "fail"
    anywhere: bool = False
    weight: Annotated[float, Field(gt=0, le=100)] = 1.0

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses asked for, as a tuple."""
        return (self.status,) if isinstance(self.status, str) else self.status


def _name_leaf(value: Any) -> str:
    if isinstance(value, str):
        return "<rule>"
    if isinstance(value, When) or (isinstance(value, dict) and value.keys() & {"all", "any", "none"}):
        return "<when>"
    return "<leaf>"


Term = Annotated[
    Annotated[Id, Tag("<rule>")] | Annotated[Leaf, Tag("<leaf>")] | Annotated["When", Tag("<when>")],
    Discriminator(_name_leaf),
]


Speaker = Annotated[Annotated[Id, Tag("<rule>")] | Annotated[Leaf, Tag("<leaf>")], Discriminator(_name_leaf)]


class When(Frozen):
    """Rules combined in three values; nested at will."""

    all: Many[Term] = ()
    any: Many[Term] = ()
    none: Many[Term] = ()


class Cause(Frozen):
    """A root cause: which findings, at one place, speak for it and against it."""

    title: Text | None = None
    kind: CauseKind
    gap: Gap | None = None
    by: Many[Logical] = ()
    when: When
    against: Many[Speaker] = ()
    leads_to: Many[Id] = ()
    explain: Text | None = None
    risk: Risk | None = None
    renamed_from: Many[Id] = ()


class Hold(Frozen):
    """A rule that must hold; `at: pass` asks for no warning either."""

    rule: Id
    at: Literal["pass"] | None = None


class Occasion(Frozen):
    """A finding that opens an action without a cause."""

    rule: Id
    status: OneOrMany[Status] = "fail"

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses asked for, as a tuple."""
        return (self.status,) if isinstance(self.status, str) else self.status


def _name_reference(value: Any) -> str:
    return "<id>" if isinstance(value, str) else "<entry>"


Gate = Annotated[Annotated[Id, Tag("<id>")] | Annotated[Hold, Tag("<entry>")], Discriminator(_name_reference)]
Target = Annotated[Annotated[Id, Tag("<id>")] | Annotated[Occasion, Tag("<entry>")], Discriminator(_name_reference)]


Weights = Annotated[dict[str, Annotated[float, Field(gt=0)]], Field(min_length=1)]


class Queue(Frozen):
    """Rows to review, drawn by a stated seed."""

    from_: Id = Field(alias="from")
    only: Literal["disputed"] | None = None
    where: Text | None = None
    size: Annotated[int, Field(ge=1, le=1_000_000)]
    weights: Annotated[dict[Logical, Weights], Field(max_length=1)] = Field(default_factory=dict)
    """One dimension -> value -> weight; `"*"` is one stratum for all other values."""
    show: Many[Logical] = ()
    effort: Duration | None = None
    """Time that one row takes."""
    seed: int = 0


class Action(Frozen):
    """What is to be done about causes, by whom, by when, and behind which gate."""

    kind: ActionKind
    for_: Many[Target] = Field(alias="for", min_length=1)
    by: Many[Logical] = ()
    title: Text
    steps: Text | None = None
    owner: Text | None = None
    due: Duration | None = None
    requires: Many[Gate] = ()
    after: Many[Id] = ()
    done_when: Many[Gate] = ()
    queue: Queue | None = None
    renamed_from: Many[Id] = ()


class Cadence(Frozen):
    """How often the ruleset is evaluated and reviewed."""

    evaluate: Duration | None = None
    full_review: Duration | None = None


class Rate(Frozen):
    """A sampling rate and the value from which it applies."""

    at_least: float | None = None
    rate: Fraction | None = None
    otherwise: Fraction | None = None


class QaSampling(Frozen):
    """Sampling rates per class from a rule's measured value."""

    rule: Id
    rates: Many[Rate] = Field(min_length=1)


class EscalationWhen(Frozen):
    """When an action is told to somebody else."""

    overdue: Duration | None = None
    status: Status | None = None
    risk: Many[Risk] = ()


class Escalation(Frozen):
    """One step of escalation."""

    when: EscalationWhen
    to: Text


class Governance(Frozen):
    """Cadence, turnaround, budget, sampling, escalation."""

    cadence: Cadence | None = None
    turnaround: Duration | None = None
    review_budget: Duration | None = None
    qa_sampling: QaSampling | None = None
    escalation: Many[Escalation] = ()
    annotators: Literal["pseudonyms", "named"] | None = None


class Waiver(Frozen):
    """A finding that is set aside until a day, by somebody, for a reason."""

    rule: Id
    match: Match
    until: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    by: Text
    because: Text


class Defaults(Frozen):
    """What rules take when they say nothing."""

    window: Duration | None = None
    min_n: Annotated[int, Field(ge=0)] | None = None


class Ruleset(Frozen):
    """A whole ruleset of `prism-rules/v1`."""

    api_version: Literal["prism-rules/v1"] = Field(alias="apiVersion")
    kind: Literal["Ruleset"]
    metadata: Metadata
    question: Question = Field(default_factory=Question)
    extends: Many[str] = ()
    sources: dict[Id, Source] = Field(default_factory=dict)
    classes: dict[ClassName, Class] = Field(default_factory=dict)
    defaults: Defaults = Field(default_factory=Defaults)
    rules: dict[Id, Rule] = Field(default_factory=dict)
    causes: dict[Id, Cause] = Field(default_factory=dict)
    actions: dict[Id, Action] = Field(default_factory=dict)
    governance: Governance | None = None
    waivers: dict[Id, Waiver] = Field(default_factory=dict)
