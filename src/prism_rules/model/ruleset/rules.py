"""Rules: a metric, where it is measured, and the bounds that judge it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from prism_rules.model.frozen import Change, Duration, Frozen, Id, Logical, Many, OneOrMany, Window
from prism_rules.model.ruleset.words import ClassName, Match, Text

Test = Literal["cusum", "ewma", "page_hinkley", "mann_kendall"]
"""A test for slow drift."""


class Condition(Frozen):
    """Bounds; the condition holds when any of them is crossed, strictly."""

    below: float | None = None
    """Crossed when the value is smaller: `0.75`."""
    above: float | None = None
    """Crossed when the value is larger: `0.05`."""
    outside: tuple[float, float] | None = Field(default=None, strict=False)
    """Crossed when the value is smaller than the first or larger than the second: `[0.4, 0.6]`."""
    drop: Change | None = None
    """Crossed when the value is lower than the baseline by more than this: `0.10`. With a percent sign it is a share
    of the baseline: `10%`."""
    rise: Change | None = None
    """Crossed when the value is higher than the baseline by more than this: `0.10`. With a percent sign it is a
    share of the baseline: `10%`."""
    change: Change | None = None
    """Crossed when the value is off the baseline, in either direction, by more than this: `0.10`. With a percent
    sign it is a share of the baseline: `10%`."""
    per_class: dict[ClassName, float] = Field(default_factory=dict)
    """The bound itself for some classes: `{dent: 0.70}`. Stands beside exactly one bound that is a number."""


class Baseline(Frozen):
    """Other rows to measure the same metric on."""

    window: Window | None = None
    """The time before the rule's own window: `28d`."""
    source: Id | None = None
    """Another source to measure on: `training`."""
    where: Text | None = None
    """Other rows of the source, as one SQL condition: `"site = 'plant-1'"`. On the rule's own source the rule's
    `where` holds as well."""
    by: Many[Logical] | None = None
    """The grain of the baseline: some of the rule's own dimensions. Each scope is compared with the part that
    contains it. With `source` or `where` it must be written when the rule is by anything besides class."""


class Series(Frozen):
    """One measurement over a span of windows."""

    every: Duration
    """The length of a step: `1d`. The metric is measured in each."""
    over: Duration
    """The span that is tested, at least 8 steps before `as_of`: `60d`."""
    test: Test
    """What is asked of the steps. The bounds judge the statistic of the test, in units of the usual spread.

    - `cusum`: has the level left that of the reference, and stayed away? Usual bound: `above: 5`
    - `ewma`: is the weighted average of the newest steps off the level of the reference? Usual bound: `above: 2.962`
    - `page_hinkley`: did the level move inside the span? Usual bound: `above: 5`
    - `mann_kendall`: is there a trend? Usual bound: `outside: [-1.96, 1.96]`
    """
    reference: Duration
    """The time before the span that says what was usual, at least 2 steps: `30d`."""


class Override(Frozen):
    """Judgement for the scopes that match; the most specific match wins, field by field."""

    match: Match
    """Which scopes: dimension → value, or a pattern in which `*` stands for any text: `{class: "edge-*"}`."""
    warn: Condition | None = None
    """The bounds of a warning, for these scopes."""
    fail: Condition | None = None
    """The bounds of a failure, for these scopes."""
    min_n: Annotated[int, Field(ge=0)] | None = None
    """The fewest rows (or units) that are judged, for these scopes: `30`."""
    confidence: Annotated[float, Field(gt=0, lt=1)] | None = None
    """How sure a crossed bound must be, for these scopes: `0.95`."""
    streak: Annotated[int, Field(ge=1, le=52)] | None = None
    """In how many windows in a row a bound must be crossed, for these scopes: `2`."""
    enabled: bool | None = None
    """`false` takes the findings of these scopes away. A gate that asks for them stays shut."""


class Rule(Frozen):
    """A metric, where it is measured, and the bounds that judge it."""

    title: Text | None = None
    """How people call it, as what should hold: `Reviewers agree on the class`."""
    status: Literal["experimental", "stable", "deprecated"] = "stable"
    """How far the rule counts.

    - `stable`: it counts; this holds if nothing is said
    - `experimental`: shown, but never fails a run; alone it opens no action and shuts no gate
    - `deprecated`: it counts, and is marked
    """
    source: Id
    """Id of the source that it is measured on."""
    metric: str
    """What is measured: a metric of the catalogue."""
    of: OneOrMany[Text] | None = None
    """What the metric is about, where it asks for it: a column, several, or `features`; dimensions; or one SQL
    expression."""
    where: Text | None = None
    """Which rows count, as one SQL condition over fields and dimensions: `"lighting = 'glare'"`."""
    with_: dict[Logical, Any] = Field(default_factory=dict, alias="with")
    """The metric's own parameters."""
    by: Many[Logical] = ()
    """Dimensions: the rule has one finding for each combination of their values. Besides those of the source there
    are `class` and `family`."""
    baseline: Baseline | None = None
    """What it is compared with: the same metric on other rows. For `drop`, `rise` and `change`, and for metrics that
    are comparisons."""
    window: Window | None = None
    """How far back it looks: `7d`, or `all`."""
    min_n: Annotated[int, Field(ge=0)] | None = None
    """The fewest rows (or units) that are judged: `30`. With fewer a finding is `insufficient`, never a pass."""
    confidence: Annotated[float, Field(gt=0, lt=1)] | None = None
    """How sure a crossed bound must be: `0.95`. While the interval still reaches the bound, the finding is `unsure`."""
    false_discovery_rate: Annotated[float, Field(gt=0, lt=1)] | None = None
    """How many of the crossings of all scopes may be chance: `0.05`. What might be is `unsure`."""
    streak: Annotated[int, Field(ge=1, le=52)] | None = None
    """In how many windows in a row a bound must be crossed: `2`. Before that the finding is `unsure`."""
    series: Series | None = None
    """A test for slow drift over many windows. What it says is judged in place of the metric's value."""
    unknown: bool = False
    """`true` gives rows of an undeclared class, `(unknown)`, and without a value, `(none)`, findings of their own."""
    warn: Condition | None = None
    """Bounds: the rule warns when any of them is crossed."""
    fail: Condition | None = None
    """Bounds: the rule fails when any of them is crossed."""
    overrides: dict[Id, Override] = Field(default_factory=dict)
    """Other judgement for some scopes: id → `match` and what is other there. The most specific match wins, field by
    field."""
    renamed_from: Many[Id] = ()
    """Earlier ids, newest first. History, open actions and waivers are kept over the new id."""
