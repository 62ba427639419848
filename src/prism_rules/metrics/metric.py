"""What a metric is: SQL aggregates it needs, and how their numbers become one value with its support.

A metric sees neither the engine nor thresholds. It names *measures* (aggregates over the logical columns of a
relation), the program puts them into shared scans, and `finish` turns the counted table into values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from prism_rules.model.frozen import Frozen

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Measure:
    """One aggregate over the rows of a relation.

    `count` counts rows; `sum` adds `of` exactly (fixed point of 10^-9 in 128 bits) and crosses the engine's border as a
    float; `value` is an author's gated aggregate expression, which is not additive.
    """

    aggregate: Literal["count", "sum", "value"]
    of: str | None = None
    where: str | None = None
    """A condition over logical columns, in our own SQL; null counts as false."""


class NoParameters(Frozen):
    """A metric without parameters of its own."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a rule asks of its metric: `with`, `of`, and the rule's `by`."""

    params: Any
    of: tuple[str, ...]
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The counted table of one side (the window, or the baseline).

    `frame` has one row per combination of `by` and the metric's keys: those columns as text, never null (`n_uc` and
    `m_u` as int64), and a column per measure: int64 for counts, float64 for sums and values. Every combination has at
    least one row of the relation; a scope without rows never reaches a metric.
    """

    frame: pl.DataFrame
    by: tuple[str, ...]


Finish = Callable[[Ask, Table, "Table | None"], "pl.DataFrame"]
"""(ask, current, reference) -> one row per scope: the columns of `by`, `value` (float64, null where undefined),
`n` (int64, the support), `reason` (text, null when there is a value), and, where a metric has them, `slices` (a list
of structs {of: text JSON, n, reference, kind}). Values are not rounded here. `reference` is None unless the metric
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
    class_role: Literal["rows", "truth", "one-vs-rest"]
    unit: Literal["rows", "units"]
    """What `n` counts."""
    low: float | None
    high: float | None
    """The range of its values; None is unbounded. Bounds outside it are refused."""
    measures: Callable[[Ask], Mapping[str, Measure]]
    finish: Finish
    params: type[Frozen] = NoParameters
    of: Literal["none", "column", "dimensions", "expression"] = "none"
    """What `of` means: nothing, one numeric column, dimensions, or one SQL aggregate expression."""
    relation: Literal["rows", "votes"] = "rows"
    """`rows`: the source's rows. `votes`: one row per (unit, class) with `n_uc` and `m_u`, see relations/votes.sql."""
    keys: Callable[[Ask], tuple[str, ...]] = lambda _: ()
    """Grouping columns beside `by`; one that is in both is grouped by once."""
    compares: bool = False
    """True when the reference is part of the metric itself (a baseline is required and `finish` gets it)."""

    def ask(self, params: Mapping[str, Any], of: str | tuple[str, ...] | None, by: tuple[str, ...]) -> Ask:
        """Give what a rule asks in the form that the metric reads. Raises `ValidationError` for wrong parameters."""
        return Ask(self.params.model_validate(params), (of,) if isinstance(of, str) else of or (), by)

    def list_reserved(self, ask: Ask) -> frozenset[str]:
        """List the names that this metric and its relation need for themselves, and a dimension must not have."""
        votes = {"unit", "n_uc", "m_u", "newest"} if self.relation == "votes" else set()
        return frozenset({*self.measures(ask), "value", "n", "reason", "slices"} | votes)
