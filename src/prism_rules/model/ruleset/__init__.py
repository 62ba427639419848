"""The language `prism-rules/v1` as models: what a ruleset file may say, key by key.

The models hold form alone (keys, types, ranges of one value). What takes two places to judge, such as a
reference to a rule, is checked in `prism_rules.ruleset`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from prism_rules.model.frozen import Frozen, Id, Many
from prism_rules.model.ruleset.actions import Action, Gate, Hold, Occasion, Queue, Target, Weights
from prism_rules.model.ruleset.causes import Cause, Leaf, Speaker, Term, When
from prism_rules.model.ruleset.governance import (
    Cadence,
    Escalation,
    EscalationWhen,
    Governance,
    QaSampling,
    Rate,
    Waiver,
)
from prism_rules.model.ruleset.heading import Defaults, Extended, Metadata, Parent, Question
from prism_rules.model.ruleset.rules import Baseline, Condition, Override, Rule, Series, Test
from prism_rules.model.ruleset.sources import Class, Kind, Source
from prism_rules.model.ruleset.words import (
    FIELDS,
    ActionKind,
    CauseKind,
    ClassName,
    Gap,
    Glob,
    Match,
    Risk,
    Role,
    Status,
    Text,
)

__all__ = [
    "FIELDS",
    "Action",
    "ActionKind",
    "Baseline",
    "Cadence",
    "Cause",
    "CauseKind",
    "Class",
    "ClassName",
    "Condition",
    "Defaults",
    "Escalation",
    "EscalationWhen",
    "Extended",
    "Gap",
    "Gate",
    "Glob",
    "Governance",
    "Hold",
    "Kind",
    "Leaf",
    "Match",
    "Metadata",
    "Occasion",
    "Override",
    "Parent",
    "QaSampling",
    "Question",
    "Queue",
    "Rate",
    "Risk",
    "Role",
    "Rule",
    "Ruleset",
    "Series",
    "Source",
    "Speaker",
    "Status",
    "Target",
    "Term",
    "Test",
    "Text",
    "Waiver",
    "Weights",
    "When",
]


class Ruleset(Frozen):
    """A whole ruleset of `prism-rules/v1`."""

    api_version: Literal["prism-rules/v1"] = Field(alias="apiVersion")
    """The version of the language."""
    kind: Literal["Ruleset"]
    """What kind of file this is."""
    metadata: Metadata
    """Who owns the ruleset, and which version of it this is."""
    question: Question = Field(default_factory=Question)
    """The reliability question that this ruleset answers. It heads every report."""
    extends: Many[Parent] = ()
    """The rulesets that this one builds on, merged by id: packs that ship, such as `prism-core@^1`, and files of the
    project, such as `./plants.yaml`."""
    sources: dict[Id, Source] = Field(default_factory=dict)
    """What data look like: id of a source → its role and columns. Where data are is said in `prism.yaml` or by
    `--data`."""
    classes: dict[ClassName, Class] = Field(default_factory=dict)
    """The taxonomy under control: class → what is known of it. Any other class is `(unknown)`. Without this section
    every class that is met counts."""
    defaults: Defaults = Field(default_factory=Defaults)
    """What rules take when they say nothing."""
    rules: dict[Id, Rule] = Field(default_factory=dict)
    """What must hold: id of a rule → a metric, where it is measured, and the bounds that judge it."""
    causes: dict[Id, Cause] = Field(default_factory=dict)
    """Why it may not hold: id of a root cause → the findings that, at one place, speak for it."""
    actions: dict[Id, Action] = Field(default_factory=dict)
    """What is then to be done: id of an action → for which causes, by whom, by when, and behind which gate."""
    governance: Governance | None = None
    """How the work is governed: cadence, turnaround, budget, sampling, escalation."""
    waivers: dict[Id, Waiver] = Field(default_factory=dict)
    """What is set aside until a day: id of a waiver → findings of a rule, by whom and why."""
