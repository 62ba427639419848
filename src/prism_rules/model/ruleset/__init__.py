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
from prism_rules.model.ruleset.rules import Baseline, Condition, Override, Rule, Series
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
    "Text",
    "Waiver",
    "Weights",
    "When",
]


class Ruleset(Frozen):
    """A whole ruleset of `prism-rules/v1`."""

    api_version: Literal["prism-rules/v1"] = Field(alias="apiVersion")
    kind: Literal["Ruleset"]
    metadata: Metadata
    question: Question = Field(default_factory=Question)
    extends: Many[Parent] = ()
    """Packs that ship, such as `prism-core@^1`, and files of the project, such as `./plants.yaml`, merged by id."""
    sources: dict[Id, Source] = Field(default_factory=dict)
    classes: dict[ClassName, Class] = Field(default_factory=dict)
    defaults: Defaults = Field(default_factory=Defaults)
    rules: dict[Id, Rule] = Field(default_factory=dict)
    causes: dict[Id, Cause] = Field(default_factory=dict)
    actions: dict[Id, Action] = Field(default_factory=dict)
    governance: Governance | None = None
    waivers: dict[Id, Waiver] = Field(default_factory=dict)
