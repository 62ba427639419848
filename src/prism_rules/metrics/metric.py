"""What a metric is: SQL aggregates it needs, and how their numbers become one value with its support.

A metric sees neither the engine nor thresholds. It names *measures* (aggregates over the logical columns of a
relation), the program puts them into shared scans, and `finish` turns the counted table into values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from prism_rules.model.frozen import Frozen
from prism_rules.model.ruleset import Class

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Measure:
    """One aggregate over the rows of a relation.

    `count` counts rows, or those with an `of`; `sum` adds `of` exactly (fixed point of 10^-9 in 128 bits) and crosses
    the engine's border as a float; `cumulative` counts rows with an `of` up to the `at`-th edge of its bins, from 1.
    These add up over scopes, so a coarser grain is rolled up from a finer one.
    `greatest` is the largest `of`, `distinct` counts the different ones, `quantile` is the one at `at` in [0, 1];
    `value` is an author's gated aggregate expression. The latter are not rolled up.
    """

    aggregate: Literal["count", "sum", "cumulative", "greatest", "distinct", "quantile", "value"]
    of: str | None = None
    where: str | None = None
    """A condition over logical columns, in our own SQL; null counts as false."""
    small: bool = False
    """For sums: no term lies beyond 1, so that 64 bits hold each."""
    at: float | None = None
    """For quantiles: the part of the rows that lies below. For cumulative counts: which edge."""

    @property
    def additive(self) -> bool:
        """Whether the measure of a whole follows from those of its parts."""
        return self.aggregate in ("count", "sum", "cumulative")


Subject = Literal[
    "agreement",
    "annotators",
    "taxonomy",
    "coverage",
    "validation",
    "drift",
    "confidence",
    "outcome",
    "operations",
    "values",
]
"""What metrics are listed under."""

ClassRole = Literal["rows", "truth", "one-vs-rest", "across"]
Unit = Literal["rows", "units", "columns"]
Interval = Literal["proportion", "error", "difference"]
Of = Literal["none", "column", "field", "category", "fields", "dimensions", "grouped", "expression"]


class Whole(NamedTuple):
    """What a metric looks at as a whole."""

    columns: frozenset[str]
    """What conditions may not ask for, as they would take it apart."""
    reason: str
    """Said of the metric: "counts the rows of a label whatever was predicted"."""


class NoParameters(Frozen):
    """A metric without parameters of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class Taxonomy:
    """The classes under control, in the order of the ruleset; an open taxonomy has none. One is made per ruleset."""

    classes: Mapping[str, Class] = field(default_factory=dict)

    def place(self, label: str | None) -> str:
        """Place a label as rows are placed by class: itself, `(unknown)` outside of the taxonomy, `(none)` for null."""
        if label is None:
            return "(none)"
        return label if not self.classes or label in self.classes else "(unknown)"

    def find_family(self, name: str) -> str:
        """Find the family of a class; `(none)` for one without."""
        entry = self.classes.get(name)
        return entry.family if entry and entry.family else "(none)"


OPEN = Taxonomy()
ROLES = ("predictions", "annotations", "feedback", "training", "validation")
"""Every role, for metrics of any rows."""
CHANCE = 0.05
"""How often chance alone may exceed a critical value."""
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ask:
    """What a rule asks of its metric: `with`, `of`, the `by` of the side that is measured, and whether it asks how sure
    the value is."""

    params: Any
    of: tuple[str, ...]
    by: tuple[str, ...]
    doubted: bool = False
    """True when `error` and `df` are wanted of a metric whose `interval` is `error`."""
    numeric: bool = False
    """True when the column of `of` holds numbers, for a metric that is measured of columns of any kind."""
    taxonomy: Taxonomy = OPEN
    until: datetime = NEVER
    """The end of the window that is measured: what came then or later has not happened yet. `NEVER` where a metric is
    asked for its names alone."""
    identity: tuple[str, ...] = ("id",)
    """The columns that tell one row of the source from another."""


@dataclass(frozen=True, slots=True)
class Table:
    """The counted table of one side (the window, or the baseline).

    `frame` has one row per combination of `by` and the metric's keys: those columns as text, never null (`n_uc`, `m_u`
    and annotators, who are numbered, as int64), and a column per measure: int64 for counts, float64 for sums and
    values. Every combination has at least one row of the relation; a scope without rows never reaches a metric.
    """

    frame: pl.DataFrame
    by: tuple[str, ...]
    window: tuple[datetime | None, datetime] | None = None
    """Half-open, in UTC: the time of the rows that were counted. None where a metric is asked outside of a program."""
    edges: tuple[float, ...] = ()
    """Where the bins of a column of numbers end, the same on both sides: its quantiles in the reference at 1/bins,
    2/bins and so on, the greatest value last."""


Finish = Callable[[Ask, Table, "Table | None"], "pl.DataFrame"]
"""(ask, current, reference) -> one row per scope: the columns of `by`, `value` (float64, null where undefined),
`n` (int64, the support), `reason` (text, null when there is a value), and, where a metric has them, `slices` (a list
of structs {of: text JSON, n, reference, kind}), `pairs` (a list of structs {classes, n}), `error` (float64, the
standard error of the value) and `df` (float64, its degrees of freedom; null: normal), `critical` (float64: a value on
this side of it is no evidence, whatever the bound). Values are not rounded here. `reference` is None unless the metric
`compares`; its `by` is then a subset of the current one's, and a scope is compared with the one that contains it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric of the catalogue. Its module's docstring is its manual page."""

    name: str
    title: str
    roles: tuple[str, ...]
    """Source roles it can be measured on."""
    fields: tuple[str, ...]
    """Fields of the source that it reads (of both sides when it compares)."""
    class_role: ClassRole
    """`across`: it is about all classes of a place together, so that `by` has neither class nor family."""
    unit: Unit
    """What `n` counts."""
    low: float | None
    high: float | None
    """The range of its values; None is unbounded. Bounds outside it are refused."""
    measures: Callable[[Ask], Mapping[str, Measure]]
    finish: Finish
    subject: Subject
    params: type[Frozen] = NoParameters
    interval: Interval | None = None
    """How sure a value is. `proportion`: it is the share of `n` trials, unless `finish` gives its standard error;
    `error`: `finish` gives that; `difference`: it is that of two shares, of which `finish` gives `share` of `trials`
    and `other_share` of `other_trials`; None: nobody knows."""
    sure_by: tuple[str, ...] = ()
    """Dimensions of `by` without which its trials hang together, so that nobody knows how sure a value is."""
    guarded: bool = False
    """True when `finish` gives a `critical` value, so that a rule may be `unsure` whatever it asks for."""
    leaves_out: bool = False
    """True when rows that lack what is measured are left out of `n`, which findings then tell."""
    lacking: str = "null"
    """What findings call it that such rows lack: a value, or what it names."""
    of: Of = "none"
    """What `of` means: nothing, numeric columns (each measured by itself), columns of any kind (likewise), any but
    numeric ones (likewise), columns of any kind taken together, dimensions, one dimension of `by`, or one SQL aggregate
    expression."""
    relation: Literal[
        "rows", "binned", "votes", "pairs", "labels", "patterns", "repeats", "quantiles", "ecdf", "schema"
    ] = "rows"
    """`rows`: the source's rows. `binned`: the same, counted in the bins of a numeric column.
    `votes`: one row per (unit, class) with `n_uc` and `m_u`, see relations/votes.sql; per (unit, family) where the
    metric's keys name that. `pairs`: one row per unit and pair of its annotators, see relations/pairs.sql.
    `labels`: one row per settled label, with what the unit's other labels say, see relations/labels.sql. `patterns`:
    likewise, with what tells units apart by all of their labels, see relations/patterns.sql. `repeats`: one row per
    annotator, unit and class, nothing settled, see relations/repeats.sql.
    `quantiles`: one row per scope and probability, see relations/quantiles.sql.
    `ecdf`: one row per scope, compared with its baseline, see relations/ecdf.sql; the baseline's own table only tells
    its scopes. `schema`: one row per column of the source's files, with `column_name` and `column_type`."""
    whole: Whole | None = None
    """What conditions may not take apart; what holds of all metrics of a relation stands there."""
    mixes: bool = False
    """True when it is about the mix of the values of `of`, which is one value where rows are told apart by it."""
    keys: Callable[[Ask], Mapping[str, str]] = lambda _: {}
    """Grouping columns beside `by`, each with the expression over logical columns that it is (see `name_columns`); one
    that is in both is grouped by once."""
    object_to: Callable[[Ask], str | None] = lambda _: None
    """What to do instead, where a metric that is asked so never has a value, for which it is refused; else None."""
    waits: Callable[[Ask], timedelta | None] = lambda _: None
    """How long what it counts may take: a window no longer than that never has a value, for which it is refused."""
    probabilities: Callable[[Ask], tuple[float, ...]] = lambda _: ()
    """Of which quantiles are asked for, where the relation is `quantiles`."""
    identifies: bool = False
    """True when it reads what tells rows apart (`Ask.identity`), which every source has."""
    at_end: bool = False
    """True when it tells how things stand at the end of a window (`Ask.until`), which steps of a series do not have."""
    compares: bool = False
    """True when the reference is part of the metric itself (a baseline is required and `finish` gets it)."""

    @property
    def columnwise(self) -> bool:
        """Whether `of` names columns that are measured one by one."""
        return self.of in ("column", "field", "category")

    @property
    def of_units(self) -> bool:
        """Whether labels are shaped into units first, of which only what all their labels share can be asked."""
        return self.relation in ("votes", "pairs")

    def ask(
        self,
        params: Mapping[str, Any],
        of: str | tuple[str, ...] | None,
        by: tuple[str, ...],
        *,
        doubted: bool = False,
        numeric: bool = False,
        taxonomy: Taxonomy = OPEN,
    ) -> Ask:
        """Give what a rule asks in the form that the metric reads. Raises `ValidationError` for wrong parameters."""
        listed = (of,) if isinstance(of, str) else of or ()
        return Ask(self.params.model_validate(params), listed, by, doubted, numeric, taxonomy)

    def list_reserved(self, ask: Ask) -> frozenset[str]:
        """List the names that this metric and its relation need for themselves, and a dimension must not have."""
        own = {
            "rows": set[str](),
            "labels": set(),
            "patterns": set(),
            "repeats": set(),
            "binned": set(),
            "votes": {"unit", "n_uc", "m_u", "newest", "composition"},
            "pairs": {"unit", "one_annotator", "other_annotator", "one_class", "other_class", "m_u", "newest"},
            "quantiles": {"probability", "rows_of_scope", "low", "high"},
            "ecdf": set[str](),
            "schema": set[str](),
        }[self.relation]
        results = {"value", "n", "reason", "slices", "pairs", "error", "df", "critical", "of", "period", *SHARES}
        doubted = replace(ask, doubted=True)
        made = {name for name, expression in self.keys(doubted).items() if expression != f'"{name}"'}
        return frozenset({*self.measures(doubted), *results} | made | own)


SHARES = ("share", "trials", "other_share", "other_trials")
"""What `finish` gives of a difference of shares."""


def name_columns(*names: str) -> dict[str, str]:
    """Name columns of the relation as keys that are grouped by as they are."""
    return {name: f'"{name}"' for name in names}


def build_results(by: Iterable[str], results: Iterable[Mapping[str, object]], *further: str) -> pl.DataFrame:
    """Build what `finish` gives from a mapping per scope. `further`: which of its optional columns there are."""
    import polars as pl

    found = pl.Struct({"of": pl.String, "n": pl.Int64, "reference": pl.Int64, "kind": pl.String})
    columns: dict[str, pl.DataType] = {name: pl.String() for name in by}
    columns |= {"value": pl.Float64(), "n": pl.Int64(), "reason": pl.String()}
    pair = pl.Struct({"classes": pl.List(pl.String), "n": pl.Int64})
    kinds = {"slices": pl.List(found), "pairs": pl.List(pair), "trials": pl.Int64(), "other_trials": pl.Int64()}
    columns |= {name: kinds.get(name, pl.Float64()) for name in further}
    return pl.DataFrame([*results], schema=columns)
