"""Rules: a metric, where it is measured, and the bounds that judge it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from prism_rules.model.frozen import Change, Duration, Frozen, Id, Logical, Many, OneOrMany, Window
from prism_rules.model.ruleset.words import ClassName, Match, Text


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
